import { contains, rangeOf, type Asn, type IpAddress, type IpPrefix } from '@meshrs/network';
import { isClientAsAllowed, type RouteServerIntent, type SessionState } from '@meshrs/contract';
import type { Offender } from './eviction-book.ts';

/** Which sessions may stay; the AS numbers of a group are in the intent. */
export interface GuardPolicy {
  /** The router-ids that an iBGP session may have; empty: any. */
  readonly routerIds: readonly IpAddress[];
}

/** What runs, as far as the guard looks at it; an engine's own configuration has more. */
export interface GuardedRouter {
  /** They tell the group of a range client. */
  readonly ranges: readonly { readonly prefix: IpPrefix; readonly group: string }[];
  readonly neighbors: readonly { readonly address: IpAddress; readonly group?: string }[];
}

/** A session, as far as the guard looks at it. */
export interface GuardedPeer {
  readonly address: IpAddress;
  /** It came from a listen range. */
  readonly isDynamic: boolean;
  readonly remoteAsn?: Asn;
  readonly state: SessionState;
}

/** What the guard looks at. */
export interface GuardFacts {
  readonly intent: RouteServerIntent;
  readonly router: GuardedRouter;
  readonly peers: readonly GuardedPeer[];
  /** Router-ids of the established mesh sessions. */
  readonly routerIds: ReadonlyMap<IpAddress, IpAddress>;
  /** When each address exceeded its maximum-prefix, in milliseconds of a clock that never steps, in rising order. */
  readonly exceeded: ReadonlyMap<IpAddress, readonly number[]>;
}

/** A range client that exceeds its maximum-prefix this often within this time does not stop by itself. */
const exceedingCount = 2;
const exceedingMs = 10 * 60_000;

/** The sessions that may not stay, each with the reason; a declared client is bgpd's own affair. */
export function findOffenders(facts: GuardFacts, policy: GuardPolicy, now: number): readonly Offender[] {
  return [
    ...facts.peers.flatMap((peer) =>
      peer.isDynamic ? offendingRangeClient(facts, peer) : offendingMeshPeer(facts, policy, peer),
    ),
    ...offendersByPrefixes(facts, now),
  ];
}

/** What of the record still counts. */
export function recentlyExceeded(
  exceeded: ReadonlyMap<IpAddress, readonly number[]>,
  now: number,
): ReadonlyMap<IpAddress, readonly number[]> {
  return new Map(
    [...exceeded]
      .map(([address, times]) => [address, times.filter((time) => now - time <= exceedingMs)] as const)
      .filter(([, times]) => times.length > 0),
  );
}

function offendingRangeClient({ intent, router }: GuardFacts, peer: GuardedPeer): readonly Offender[] {
  if (peer.state !== 'established' || peer.remoteAsn === undefined) return [];
  const group = clientGroupOf(intent, router, peer.address);
  if (!group || intent.mode !== 'evpn-route-server' || isClientAsAllowed(group, peer.remoteAsn)) return [];
  return [{ address: peer.address, group: group.name, remoteAsn: peer.remoteAsn, reason: 'as-not-allowed' }];
}

function offendingMeshPeer(
  { intent, router, routerIds }: GuardFacts,
  policy: GuardPolicy,
  peer: GuardedPeer,
): readonly Offender[] {
  const remoteRouterId = routerIds.get(peer.address);
  if (policy.routerIds.length === 0 || remoteRouterId === undefined || policy.routerIds.includes(remoteRouterId)) {
    return [];
  }
  const group = router.neighbors.find(({ address }) => address === peer.address)?.group;
  if (!intent.meshGroups.some(({ name }) => name === group)) return [];
  return [
    {
      address: peer.address,
      ...(group !== undefined && { group }),
      ...(peer.remoteAsn !== undefined && { remoteAsn: peer.remoteAsn }),
      remoteRouterId,
      reason: 'router-id-unknown',
    },
  ];
}

function offendersByPrefixes({ intent, router, peers, exceeded }: GuardFacts, now: number): readonly Offender[] {
  const configured = new Set(router.neighbors.map(({ address }) => address));
  return [...recentlyExceeded(exceeded, now)]
    .filter(([address, times]) => times.length >= exceedingCount && !configured.has(address))
    .flatMap(([address]) => {
      const group = clientGroupOf(intent, router, address);
      if (!group) return [];
      const asn = peers.find((peer) => peer.address === address)?.remoteAsn;
      return [
        {
          address,
          group: group.name,
          ...(asn !== undefined && { remoteAsn: asn }),
          reason: 'maximum-prefix-exceeded' as const,
        },
      ];
    });
}

/** The group whose running range holds the address. */
function clientGroupOf(intent: RouteServerIntent, router: GuardedRouter, address: IpAddress) {
  const own = rangeOf(address);
  const name = router.ranges.find(({ prefix }) => contains(rangeOf(prefix), own))?.group;
  return intent.clientGroups.find((group) => group.name === name);
}
