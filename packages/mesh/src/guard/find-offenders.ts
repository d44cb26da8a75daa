import type { Asn, IpAddress } from '@meshrs/network';
import type { RouteServerIntent, SessionState } from '@meshrs/contract';
import type { Offender } from './eviction-book.ts';
import { sightOf, type GuardSight } from './guard-sight.ts';
import { reasonGone, type GuardPolicy } from './reason-gone.ts';

/** A session as the daemon itself tells of it; what a peer can write (its hostname) is not among it. */
export interface GuardedPeer {
  readonly address: IpAddress;
  /** Of the OPEN message. */
  readonly remoteAsn?: Asn;
  readonly state: SessionState;
  /** Since it was established. */
  readonly uptimeSeconds?: number;
  /** The daemon holds it down for its maximum-prefix. */
  readonly isOverLimit?: boolean;
}

/** What the guard looks at. */
export interface GuardFacts {
  readonly intent: RouteServerIntent;
  readonly peers: readonly GuardedPeer[];
  /** Router-ids of the established mesh sessions. */
  readonly routerIds: ReadonlyMap<IpAddress, IpAddress>;
}

/**
 * The sessions that may not stay, each with the reason; a declared client is bgpd's own affair.
 * @param sight by which that is decided; left out: by the intent alone
 */
export function findOffenders(
  { intent, peers, routerIds }: GuardFacts,
  policy: GuardPolicy,
  sight = sightOf(intent),
): readonly Offender[] {
  return peers.flatMap((peer) => {
    const suspect = suspectOf(sight, peer, routerIds.get(peer.address));
    return suspect && reasonGone(sight, policy, suspect) === undefined ? [suspect] : [];
  });
}

/** What it would be evicted for, if it may not stay. */
function suspectOf(sight: GuardSight, peer: GuardedPeer, remoteRouterId: IpAddress | undefined): Offender | undefined {
  const { address, remoteAsn, state } = peer;
  if (state !== 'established') return undefined;
  const role = sight.roleOf(address);
  switch (role.kind) {
    case 'range':
      if (remoteAsn === undefined) return undefined;
      return { address, group: role.group.name, remoteAsn, reason: 'as-not-allowed' };
    case 'mesh':
      if (remoteRouterId === undefined) return undefined;
      return {
        address,
        group: role.group,
        ...(remoteAsn !== undefined && { remoteAsn }),
        remoteRouterId,
        reason: 'router-id-unknown',
      };
    case 'declared':
    case 'unknown':
    case 'none':
      return undefined;
  }
}
