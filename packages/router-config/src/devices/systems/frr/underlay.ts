import { hostPrefix } from '@meshrs/network';
import { toFrrWord } from '../../../frr/words.ts';
import type { PrefixListEntry, RouteMapEntry } from '../../../frr/speaker/config.ts';
import type { AttachedRouter, Device } from '../../device.ts';
import { namesOf } from '../../names.ts';
import { entry, permitted } from './filters.ts';

/*
 * How the rest of the network learns VIPs, and does not learn the anycast loopback. BGP has all that the router has: what may not
 * leave is taken out of it. An IGP has nothing of BGP: the VIPs are brought into it, and nothing else.
 */

export function underlayPrefixLists(device: Device, { anycast, sides, underlay }: AttachedRouter): PrefixListEntry[] {
  const names = namesOf(device);
  if (!underlay) return [];
  if (underlay.protocol === 'bgp') return permitted(names.anycast, [hostPrefix(anycast.address)]);
  const vips = new Set(sides.flatMap(({ accepted }) => accepted));
  return permitted(names.vips, [...vips]);
}

export function underlayRouteMaps(device: Device, { underlay }: AttachedRouter): RouteMapEntry[] {
  const names = namesOf(device);
  if (!underlay) return [];
  if (underlay.protocol !== 'bgp') {
    return [{ ...entry(names.vips, 'permit', 10), matchPrefixList: toFrrWord(names.vips) }];
  }
  return [
    { ...entry(names.keepsAnycast, 'deny', 10), matchPrefixList: toFrrWord(names.anycast) },
    entry(names.keepsAnycast, 'permit', 20),
  ];
}

/** Where the filter stands; the group, the process or the instance is somebody else's. */
export function underlayLines(device: Device, { underlay }: AttachedRouter): string[] {
  const names = namesOf(device);
  if (!underlay) return [];
  switch (underlay.protocol) {
    case 'bgp':
      return [
        `router bgp ${String(device.asn)}`,
        ' address-family ipv4 unicast',
        `  neighbor ${toFrrWord(underlay.name)} route-map ${names.keepsAnycast} out`,
        ' exit-address-family',
        'exit',
      ];
    case 'ospf':
      return ['router ospf', ` redistribute bgp route-map ${names.vips}`, 'exit'];
    case 'isis':
      return [
        `router isis ${toFrrWord(underlay.name)}`,
        ` redistribute ipv4 bgp level-2 route-map ${names.vips}`,
        'exit',
      ];
  }
}
