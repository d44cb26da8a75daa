import { hostPrefix } from '@meshrs/network';
import type { AttachedRouter, Device } from '../../device.ts';
import { namesOf } from '../../names.ts';
import { anycastUnit, isMultipath, markedAddress } from './attached-router.ts';
import { policiesOf } from './render.ts';
import type { JunosStatement } from './statement.ts';
import { vrfExportsOf } from './vrf.ts';

/** What has a name of ours, wherever it stands, and the anycast address; of a list that others are in, our members alone. */
export function takeBack(device: Device): string[] {
  const { attached, client } = device;
  const names = namesOf(device);
  return [
    ...(attached ? takeOff(device, attached) : []),
    ...(client?.sessions.map(({ side }) => `delete protocols bgp group ${names.evpnOf({ side })}`) ?? []),
    ...(attached ? policiesOf(device, attached).map((each) => `delete policy-options ${nameOf(each)}`) : []),
  ];
}

function takeOff(device: Device, attached: AttachedRouter): string[] {
  const names = namesOf(device);
  const { anycast, sides, underlay, vrf } = attached;
  const instance = vrf ? `routing-instances ${vrf.name}` : undefined;
  const protocols = instance === undefined ? 'protocols' : `${instance} protocols`;
  const exports = underlay?.protocol === 'bgp' ? `bgp group ${underlay.name}` : underlay?.protocol;
  return [
    ...sides.map((side) => `delete ${protocols} bgp group ${names.metallb(side).group}`),
    ...(exports === undefined ? [] : [`delete ${protocols} ${exports} export ${names.keepsAnycast}`]),
    ...(instance === undefined
      ? []
      : [
          `delete ${instance} vrf-import ${names.vrfImport}`,
          ...vrfExportsOf(device).map((name) => `delete ${instance} vrf-export ${name}`),
        ]),
    ...(isMultipath(attached) ? [`delete routing-options forwarding-table export ${names.balance}`] : []),
    `delete interfaces lo0 unit ${anycastUnit(attached).number} family inet address ${hostPrefix(anycast.address)}`,
  ];
}

/** "community NAME" of "community NAME members …". */
function nameOf(statement: JunosStatement): string {
  return typeof statement === 'string' ? statement.split(' ').slice(0, 2).join(' ') : statement.name;
}

export function stays({ attached }: Device): string[] {
  if (!attached) return [];
  const { vrf } = attached;
  const { name, number } = anycastUnit(attached);
  const marked = markedAddress(attached);
  return [
    ...(marked === undefined ? [] : [`${marked} on ${name}, as its primary address.`]),
    ...(vrf
      ? [
          ...(isMultipath(attached)
            ? [
                `"routing-options multipath" of the VRF ${vrf.name}, which acts on all of its routes: if nothing but this file asked for it, also: delete routing-instances ${vrf.name} routing-options multipath`,
              ]
            : []),
          `The VRF ${vrf.name}, with its interfaces, its route-distinguisher and vrf-table-label. It does not commit without policies: if nothing but this file made it, also: delete routing-instances ${vrf.name}, delete interfaces lo0 unit ${number}`,
        ]
      : []),
  ];
}
