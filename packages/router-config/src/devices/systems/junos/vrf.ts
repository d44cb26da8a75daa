import { hostPrefix } from '@meshrs/network';
import type { AttachedRouter, Device } from '../../device.ts';
import { namesOf } from '../../names.ts';
import { anycastUnit, fromVips, isMultipath, metallbGroups } from './attached-router.ts';
import { word } from '../../words.ts';
import { branch, oneOrMore, type Branch, type JunosStatement } from './statement.ts';
import { underlayExport } from './underlay.ts';

type Vrf = NonNullable<AttachedRouter['vrf']>;

/** The instance with the nodes; a port without a unit is its unit 0. */
export function routingInstance(device: Device, attached: AttachedRouter, vrf: Vrf): Branch {
  const names = namesOf(device);
  return branch(
    'routing-instances',
    branch(
      word(vrf.name),
      'instance-type vrf',
      branch('protocols', branch('bgp', metallbGroups(device, attached)), underlayExport(device, attached)),
      attached.ports.map(({ name }) => `interface ${word(name.includes('.') ? name : `${name}.0`)}`),
      `interface ${word(anycastUnit(attached).name)}`,
      `route-distinguisher ${word(vrf.routeDistinguisher)}`,
      // "vrf-target" alone would tell all that is in it, the anycast loopback too.
      `vrf-import ${word(names.vrfImport)}`,
      `vrf-export ${oneOrMore(vrfExportsOf(device), names.vrfExport)}`,
      'vrf-table-label',
      branch('routing-options', isMultipath(attached) ? 'multipath' : undefined),
    ),
  );
}

/**
 * A community for each target: one with several members is matched by a route that has all of them. Two policies tell routes: one that
 * decides of nothing but the anycast address and the VIPs may stand before a policy that is there already, and takes nothing from it;
 * one that decides of all the rest comes behind it.
 */
export function vrfPolicies(device: Device, attached: AttachedRouter, vrf: Vrf): JunosStatement[] {
  const names = namesOf(device);
  const imported = communities(names.vrfImport, vrf.importTargets);
  const exported = communities(names.vrfExport, vrf.exportTargets);
  const importedNames = imported.map(({ name }) => name);
  // Added, never set: a VIP keeps the communities that it came with.
  const added = exported.map(({ name }) => `community add ${word(name)}`);
  return [
    branch(
      `policy-statement ${word(names.vrfImport)}`,
      branch(
        'term targets',
        branch('from', 'protocol bgp', `community ${oneOrMore(importedNames, names.vrfImport)}`),
        'then accept',
      ),
      branch('term rest', 'then reject'),
    ),
    branch(
      `policy-statement ${word(names.vrfExport)}`,
      branch(
        'term anycast',
        branch('from', `route-filter ${hostPrefix(attached.anycast.address)} exact`),
        'then reject',
      ),
      branch('term vips', fromVips(device, attached), branch('then', added, 'accept')),
    ),
    branch(
      `policy-statement ${word(names.vrfExportRest)}`,
      branch('term ports', branch('from', 'protocol direct'), branch('then', added, 'accept')),
      branch('term rest', 'then reject'),
    ),
    ...[...imported, ...exported].map(({ name, target }) => `community ${word(name)} members target:${word(target)}`),
  ];
}

/** In the order in which routes come to them. */
export function vrfExportsOf(device: Device): readonly string[] {
  const { vrfExport, vrfExportRest } = namesOf(device);
  return [word(vrfExport), word(vrfExportRest)];
}

/** What is right of a VRF that is there already: `load merge` puts policies behind its own. */
export function vrfAssumptions(device: Device, attached: AttachedRouter, vrf: Vrf): string[] {
  const { vrfExport } = namesOf(device);
  return [
    `If the VRF ${vrf.name} is there already, it has the route-distinguisher ${vrf.routeDistinguisher} and vrf-table-label: with another one of either, all of its routes are told anew.`,
    `If it has a vrf-export of its own, put the first one of this file in front, and leave the other one behind: insert routing-instances ${vrf.name} vrf-export ${vrfExport} before OTHER. Its own vrf-import stays in front.`,
    ...(isMultipath(attached)
      ? [
          `This file turns on "routing-options multipath" of the VRF ${vrf.name}, since several nodes announce one VIP. It acts on all routes there: flows to others, too, are spread over all paths of equal cost.`,
        ]
      : []),
    'If it has a vrf-target, policies of yours say what that one took and told: vrf-import and vrf-export stand in its place.',
  ];
}

function communities(
  start: string,
  targets: readonly string[],
): readonly { readonly name: string; readonly target: string }[] {
  return targets.map((target, index) => ({ name: `${start}-${String(index + 1)}`, target }));
}
