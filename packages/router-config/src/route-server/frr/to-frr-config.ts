import { sortByAddress, type IpAddress } from '@meshrs/network';
import { rangeClientLimit, type ClientGroupIntent, type RouteServerIntent } from '@meshrs/contract';
import {
  clientAsPathLists,
  clientGroup,
  clientNeighbors,
  clientRouteMaps,
  listenRanges,
  reflectorClientGroup,
  reflectorClientNeighbors,
  refusedLargeCommunities,
} from './client-groups.ts';
import type { FrrConfig, FrrFamily, Neighbor } from '../../frr/config.ts';
import { meshGroup, meshNeighbors } from './mesh-groups.ts';
import { toFrrWord } from '../../frr/words.ts';

/**
 * Messages that bgpd keeps of a session that sends faster than it looks, or takes nothing: with FRR's 10 000 of up to 64 KiB
 * (RFC 8654) a handful of clients fills its memory, below every limit of prefixes. Three times what it takes at once.
 */
const queueLimit = 32;
/** The shortest that RFC 4271 (section 4.2) knows beside 0, which is none: a client that is gone would stay for ever. */
const shortestHoldSeconds = 3;

/**
 * A route server's configuration of bgpd. An address that two groups name belongs to the first: mesh groups before client
 * groups, each in the order of the intent; bgpd knows one group of a neighbor.
 *
 * What FRR 10.7.1 cannot do: the ESI of a type 5 route is zeroed and types 6 to 8 are dropped; a listen range has no AS
 * list, so that a forbidden AS is up, and receives, until the agent's guard evicts it; a client also receives its own
 * routes back, which it drops by its AS; other timers hold from a session's next beginning.
 */
export function toFrrConfig(intent: RouteServerIntent): FrrConfig {
  const isEvpn = intent.mode === 'evpn-route-server';
  const family: FrrFamily = isEvpn ? 'l2vpn evpn' : 'ipv4 unicast';
  const toClientGroup = (group: ClientGroupIntent) =>
    isEvpn ? clientGroup(group) : reflectorClientGroup(group, family);
  const toClientNeighbors = isEvpn ? clientNeighbors : reflectorClientNeighbors;
  const { meshGroups, clientGroups } = intent;
  return {
    hostname: toFrrWord(intent.name),
    inputQueueLimit: queueLimit,
    outputQueueLimit: queueLimit,
    // Policies are for eBGP; a reflector's clients are in its own AS.
    asPathLists: isEvpn ? byName(clientGroups.flatMap(clientAsPathLists)) : [],
    largeCommunityLists: isEvpn && clientGroups.length > 0 ? [refusedLargeCommunities] : [],
    routeMaps: isEvpn ? byName(clientGroups.flatMap(clientRouteMaps)) : [],
    router: {
      asn: intent.asn,
      routerId: intent.routerId,
      listenLimit: rangeClientLimit,
      minimumHoldSeconds: shortestHoldSeconds,
      logsNeighborChanges: true,
      hasDefaultIpv4Unicast: false,
      isGracefulShutdown: false,
      groups: byName([...meshGroups.map((group) => meshGroup(group, family)), ...clientGroups.map(toClientGroup)]),
      neighbors: sortByAddress(
        firstOfEachAddress([...meshGroups.flatMap(meshNeighbors), ...clientGroups.flatMap(toClientNeighbors)]),
        ({ address }) => address,
      ),
      ranges: sortByAddress(clientGroups.flatMap(listenRanges), ({ prefix }) => prefix),
    },
  };
}

function firstOfEachAddress(neighbors: readonly Neighbor[]): readonly Neighbor[] {
  const seen = new Set<IpAddress>();
  return neighbors.filter(({ address }) => !seen.has(address) && seen.add(address));
}

function byName<T extends { readonly name: string }>(items: readonly T[]): readonly T[] {
  return [...items].sort((one, other) => (one.name < other.name ? -1 : one.name > other.name ? 1 : 0));
}
