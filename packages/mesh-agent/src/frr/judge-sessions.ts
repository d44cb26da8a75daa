import { contains, rangeOf, type IpAddress } from '@meshrs/network';
import { isClientAsAllowed, type FrrRouter } from '@meshrs/router-config/frr';
import type { RouteServerIntent } from '@meshrs/route-server';
import type { GuardPolicy } from '../engine.ts';
import type { Offender } from './evictions.ts';
import type { SummaryPeer } from './sessions.ts';

/** What the guard looks at. */
export interface GuardFacts {
  readonly intent: RouteServerIntent;
  /** What runs: its ranges tell the group of a range client. */
  readonly router: FrrRouter;
  readonly peers: readonly SummaryPeer[];
  /** Router-ids of the established mesh sessions. */
  readonly routerIds: ReadonlyMap<IpAddress, IpAddress>;
  /** When each address exceeded its maximum-prefix, in milliseconds since 1970, in rising order. */
  readonly exceeded: ReadonlyMap<IpAddress, readonly number[]>;
}

/** A range client that exceeds its maximum-prefix this often within this time does not stop by itself. */
const exceedingCount = 2;
const exceedingMilliseconds = 10 * 60_000;

/** The sessions that may not stay, each with the reason; a declared client is bgpd's own affair. */
export function judgeSessions(facts: GuardFacts, policy: GuardPolicy, now: number): readonly Offender[] {
  return [
    ...facts.peers.flatMap((peer) => (peer.isDynamic ? judgeRangeClient(facts, peer) : judgeMesh(facts, policy, peer))),
    ...judgeExceeding(facts, now),
  ];
}

/** What of the record still counts. */
export function recentlyExceeded(
  exceeded: ReadonlyMap<IpAddress, readonly number[]>,
  now: number,
): ReadonlyMap<IpAddress, readonly number[]> {
  return new Map(
    [...exceeded]
      .map(([address, times]) => [address, times.filter((time) => now - time <= exceedingMilliseconds)] as const)
      .filter(([, times]) => times.length > 0),
  );
}

function judgeRangeClient({ intent, router }: GuardFacts, peer: SummaryPeer): readonly Offender[] {
  if (peer.state !== 'established' || peer.remoteAsn === undefined) return [];
  const group = clientGroupOf(intent, router, peer.address);
  if (!group || intent.mode !== 'evpn-route-server' || isClientAsAllowed(group, peer.remoteAsn)) return [];
  return [{ address: peer.address, group: group.name, remoteAsn: peer.remoteAsn, reason: 'as-not-allowed' }];
}

function judgeMesh(
  { intent, router, routerIds }: GuardFacts,
  policy: GuardPolicy,
  peer: SummaryPeer,
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

function judgeExceeding({ intent, router, peers, exceeded }: GuardFacts, now: number): readonly Offender[] {
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
function clientGroupOf(intent: RouteServerIntent, router: FrrRouter, address: IpAddress) {
  const own = rangeOf(address);
  const name = router.ranges.find(({ prefix }) => contains(rangeOf(prefix), own))?.group;
  return intent.clientGroups.find((group) => group.name === name);
}
