import { hostPrefix } from '@meshrs/network';
import type { AttachedRouter, Device } from '../../device.ts';
import { namesOf } from '../../names.ts';
import { groupAgain, placesAgain } from '../assumed.ts';
import { attachedPrefixLists } from './attached-router.ts';
import { underlayLines, underlayRouteMaps } from './underlay.ts';

/** Sessions first, then the anycast address, then what kept it in. */
export function takeBack(device: Device): string[] {
  const { asn, attached, client } = device;
  const names = namesOf(device);
  const ofSides = attached?.sides.map((side) => names.metallb(side)) ?? [];
  const maps = [
    ...ofSides.map(({ filter }) => filter),
    ...(attached ? [names.nothing, ...underlayRouteMaps(device, attached).map(({ name }) => name)] : []),
    ...(client ? [names.evpn] : []),
  ];
  const lists = attached ? attachedPrefixLists(device, attached).map(({ name }) => name) : [];
  return [
    `router bgp ${String(asn)}`,
    ...ofSides.map(({ group }) => ` no neighbor ${group} peer-group`),
    ...(client?.sessions.map(({ vip }) => ` no neighbor ${vip}`) ?? []),
    'exit',
    ...(attached ? takeOff(device, attached) : []),
    ...(attached?.bfd ? ['bfd', ` no profile ${names.bfd}`, 'exit'] : []),
    ...[...new Set(maps)].map((name) => `no route-map ${name}`),
    ...[...new Set(lists)].map((name) => `no ip prefix-list ${name}`),
  ];
}

/** The filter goes, and no other comes in its place: nothing keeps the anycast address in then. */
function takeOff(device: Device, attached: AttachedRouter): string[] {
  return [
    ...(attached.underlay?.protocol === 'bgp'
      ? [`! Now take ${hostPrefix(attached.anycast.address)} off its interface, or the underlay is told it.`]
      : []),
    ...groupAgain(attached),
    ...placesAgain(attached, []),
    ...underlayLines(device, attached).map((line) => line.replace(/^( +)(?=neighbor|redistribute)/, '$1no ')),
  ];
}
