import type { IpPrefix } from '@meshrs/network';
import { toFrrLine, toFrrWord } from '../../../frr/words.ts';
import type { PrefixListEntry, RouteMapEntry, SpeakerGroup, SpeakerNeighbor } from '../../../frr/speaker/config.ts';
import { activeFamily, standardSession } from '../../../frr/speaker/standard.ts';
import type { AttachedRouter, AttachedSide, Device } from '../../device.ts';
import { namesOf, placeholderOf } from '../../names.ts';
import { entry, permitted } from './filters.ts';
import { underlayPrefixLists, underlayRouteMaps } from './underlay.ts';

/** Node, and the router behind it: BFD is multihop, as MetalLB's FRR takes it to be. */
const bfdTtl = 2;

/** A group for each side: what changes in it resets the sessions of that side's nodes alone. */
export function metallbGroups(device: Device, { anycast, sides, bfd }: AttachedRouter): SpeakerGroup[] {
  const names = namesOf(device);
  return sides.map((side) => ({
    ...standardSession(),
    name: toFrrWord(names.metallb(side).group),
    remoteAs: anycast.metallbAsn,
    ...(device.asn !== anycast.routerAsn && { localAs: { asn: anycast.routerAsn } }),
    updateSource: anycast.address,
    password: toFrrLine(placeholderOf(side.secret)),
    isPassive: true,
    ...(bfd && { usesBfd: true, bfdProfile: toFrrWord(names.bfd), distance: { kind: 'multihop', ttl: bfdTtl } }),
    families: [
      activeFamily('ipv4 unicast', {
        maximumPrefixes: { limit: side.prefixLimit, isWarningOnly: true },
        routeMapIn: toFrrWord(names.metallb(side).filter),
        routeMapOut: toFrrWord(names.nothing),
      }),
    ],
  }));
}

/** The addresses from which MetalLB speaks; a neighbor by its address keeps counters, last error and password. */
export function metallbNeighbors(device: Device, { sides }: AttachedRouter): SpeakerNeighbor[] {
  return sides.flatMap((side) =>
    side.nodes.map(({ name, address }) => ({
      ...standardSession(),
      address,
      group: toFrrWord(namesOf(device).metallb(side).group),
      description: toFrrLine(`MetalLB on ${name}`),
    })),
  );
}

export function attachedPrefixLists(device: Device, attached: AttachedRouter): PrefixListEntry[] {
  const names = namesOf(device);
  return [
    ...attached.sides.flatMap((side) => [
      ...permitted(names.metallb(side).addresses, side.accepted),
      ...permitted(names.metallb(side).nextHops, subnetsOf(side), 32),
    ]),
    ...underlayPrefixLists(device, attached),
  ];
}

export function attachedRouteMaps(device: Device, attached: AttachedRouter): RouteMapEntry[] {
  const names = namesOf(device);
  return [
    ...attached.sides.map((side) => {
      const { filter, addresses, nextHops } = names.metallb(side);
      return {
        ...entry(filter, 'permit', 10),
        matchPrefixList: toFrrWord(addresses),
        matchNextHopPrefixList: toFrrWord(nextHops),
      };
    }),
    entry(names.nothing, 'deny', 10),
    ...underlayRouteMaps(device, attached),
  ];
}

function subnetsOf({ nodes }: AttachedSide): IpPrefix[] {
  return [...new Set(nodes.map(({ subnet }) => subnet))];
}

/** What bfdd is told; vtysh brings it there. */
export function bfdLines(device: Device, { bfd }: AttachedRouter): string[] {
  if (!bfd) return [];
  return [
    'bfd',
    ` profile ${namesOf(device).bfd}`,
    `  detect-multiplier ${String(bfd.detectMultiplier)}`,
    `  transmit-interval ${String(bfd.transmitMilliseconds)}`,
    `  receive-interval ${String(bfd.receiveMilliseconds)}`,
    ' exit',
    'exit',
  ];
}
