import type { AttachedRouter, Device } from '../../device.ts';
import { namesOf } from '../../names.ts';
import { anycastInterface, attachedPolicies, isMultipath, metallbGroups } from './attached-router.ts';
import { routeServerGroups } from './evpn-client.ts';
import { word } from '../../words.ts';
import { branch, renderStatements, type JunosStatement } from './statement.ts';
import { underlayExport, underlayPolicy } from './underlay.ts';
import { routingInstance, vrfPolicies } from './vrf.ts';

/** What `load merge` adds to what is there. */
export function renderJunos(device: Device): string {
  const { attached, client } = device;
  const inMain = attached?.vrf ? undefined : attached;
  return renderStatements([
    ...(attached ? [anycastInterface(attached)] : []),
    branch('policy-options', attached ? policiesOf(device, attached) : []),
    ...(attached?.vrf ? [routingInstance(device, attached, attached.vrf)] : []),
    branch(
      'routing-options',
      attached && isMultipath(attached)
        ? branch('forwarding-table', `export ${word(namesOf(device).balance)}`)
        : undefined,
    ),
    branch(
      'protocols',
      branch('bgp', inMain ? metallbGroups(device, inMain) : [], client ? routeServerGroups(device, client) : []),
      inMain ? underlayExport(device, inMain) : undefined,
    ),
  ]);
}

/** All that stands under policy-options. */
export function policiesOf(device: Device, attached: AttachedRouter): JunosStatement[] {
  return [
    ...attachedPolicies(device, attached),
    ...underlayPolicy(device, attached),
    ...(attached.vrf ? vrfPolicies(device, attached, attached.vrf) : []),
  ];
}
