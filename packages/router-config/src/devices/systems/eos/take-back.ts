import { hostPrefix } from '@meshrs/network';
import type { AttachedRouter, Device } from '../../device.ts';
import { namesOf } from '../../names.ts';
import { groupAgain, outOfPlaces } from '../assumed.ts';
import { anycastInterfaceOf } from './attached-router.ts';
import { attachedFilters, clientFilters } from './filters.ts';

/** What takes the place of a statement that the VRF may have. */
export const replacedInVrf = ['redistribute connected'];

/** Sessions first, then the anycast address, then what kept it in; a filter goes when nothing has it. */
export function takeBack(device: Device): string[] {
  const { asn, attached, client } = device;
  const names = namesOf(device);
  return [
    `router bgp ${String(asn)}`,
    ...(attached ? nodes(attached) : []),
    ...(attached?.sides.map((side) => `   no neighbor ${names.metallb(side).group} peer group`) ?? []),
    ...(client?.sessions.map(({ vip }) => `   no neighbor ${vip}`) ?? []),
    'exit',
    ...(attached ? [...anycastAddress(attached), ...attachments(device, attached)] : []),
    ...filterNames(device).map((name) => `no ${name}`),
  ];
}

function nodes({ sides, vrf }: AttachedRouter): string[] {
  const each = sides.flatMap((side) => side.nodes.map(({ address }) => `no neighbor ${address}`));
  return vrf
    ? [`   vrf ${vrf.name}`, ...each.map((line) => `      ${line}`), '   exit']
    : each.map((line) => `   ${line}`);
}

function anycastAddress({ anycast }: AttachedRouter): string[] {
  return [
    `interface ${anycastInterfaceOf(anycast)}`,
    `   no ip address ${hostPrefix(anycast.address)}`,
    '   no description',
    'exit',
  ];
}

function attachments(device: Device, attached: AttachedRouter): string[] {
  const { underlay, vrf } = attached;
  const bgp = `router bgp ${String(device.asn)}`;
  if (vrf) {
    return outOfPlaces(attached, replacedInVrf, (statement) => [
      bgp,
      `   vrf ${vrf.name}`,
      `      no ${statement}`,
      '   exit',
      'exit',
    ]);
  }
  switch (underlay?.protocol) {
    case 'bgp':
      return [
        ...groupAgain(attached),
        bgp,
        `   no neighbor ${underlay.name} route-map ${namesOf(device).keepsAnycast} out`,
        'exit',
      ];
    case 'ospf':
    case 'isis':
      return outOfPlaces(attached, [], (statement) => [
        `router ${underlay.protocol} ${underlay.name}`,
        `   no ${statement}`,
        'exit',
      ]);
    case undefined:
      return [];
  }
}

/** "route-map NAME" and lists by their names, each once, and what is matched behind what matches it. */
function filterNames(device: Device): string[] {
  const { attached, client } = device;
  const filters = [
    ...(attached ? attachedFilters(device, attached) : []),
    ...(client ? clientFilters(device, client.routeServerAsn) : []),
  ].map((line) => (typeof line === 'string' ? line : line.enter));
  const named = (start: string): string[] =>
    filters
      .filter((line) => line.startsWith(`${start} `))
      .map(
        (line) =>
          `${start} ${line
            .slice(start.length + 1)
            .split(' ', 1)
            .join('')}`,
      );
  return [...new Set(['route-map', 'ip prefix-list', 'ip as-path access-list'].flatMap(named))];
}

export function stays({ attached }: Device): string[] {
  if (!attached) return [];
  const { anycast, vrf } = attached;
  return [
    `The interface ${anycastInterfaceOf(anycast)}, without an address.`,
    ...(vrf ? [`The VRF ${vrf.name}, with its route-distinguisher and route targets.`] : []),
  ];
}
