import type { RouteServerIntent } from '@meshrs/contract';
import { findOffenders, reasonGone, sightOf, type GuardedPeer, type GuardFacts, type Offender } from '@meshrs/mesh';
import type { IpAddress } from '@meshrs/network';
import { isDeepStrictEqual } from 'node:util';
import type { MayEnd, PendingChange } from './mesh-engine.ts';

/**
 * Clients that were let in by the settings before, and that those of now do not let in: to evict them ends sessions because of
 * settings, as a change of the daemon's configuration does, and waits as one (docs/decisions/0050). Who came as nobody let it in is
 * not among them.
 */
export interface SparedKeeper {
  /** Whether anybody could be spared where this is wanted after that: sessions need not be read otherwise. */
  isNeeded(before: RouteServerIntent | undefined, wanted: RouteServerIntent): boolean;
  /**
   * Decides anew whom these settings spare, by what the daemon has now. Who is let go is spared, too, until it is evicted: it is let
   * go for this moment, and a guard evicts at any.
   * @param before what was wanted until now; undefined: by an agent before this one
   */
  decide(before: RouteServerIntent | undefined, seen: GuardFacts, mayEnd: MayEnd): SparedNow;
  /** These are evicted. */
  evicted(addresses: readonly IpAddress[]): void;
  /** Whether the guard leaves it alone. */
  has(address: IpAddress): boolean;
  /** Whose session has ended is not spared any more: the next one comes against the settings of now. */
  look(peers: readonly GuardedPeer[]): void;
  forget(): void;
}

export interface SparedNow {
  /** The changes that `mayEnd` does not let go. */
  readonly pending: readonly PendingChange[];
  /** Whom the others evict. */
  readonly letGo: readonly Offender[];
}

/**
 * An agent that runs evicts within 10 s at the latest: whoever has had a session for longer, at the first settings of an agent, was let in
 * by those of the agent before, or came while none ran. Which of them is not known.
 */
const letInSeconds = 30;

export function createSparedKeeper(): SparedKeeper {
  let spared: ReadonlySet<IpAddress> = new Set();

  return {
    isNeeded: (before, wanted) => spared.size > 0 || !before || !isDeepStrictEqual(rulesOf(before), rulesOf(wanted)),
    decide: (before, seen, mayEnd) => {
      const wasLetIn = letInBefore(before, seen.peers);
      const offenders = findOffenders(seen, anyRouterId).filter(
        (offender) => offender.reason === 'as-not-allowed' && (spared.has(offender.address) || wasLetIn(offender)),
      );
      const waits = [...Map.groupBy(offenders, ({ group }) => group)].map((each) => {
        const change = toChange(each);
        return { change, of: each[1], isWaiting: !mayEnd(change) };
      });
      const isUnknown = addressesIn(['unknown'], seen.peers);
      const stillSpared = [...spared].filter((address) => isUnknown.has(address));
      spared = new Set([...offenders.map(({ address }) => address), ...stillSpared]);
      return {
        pending: waits.flatMap(({ isWaiting, change }) => (isWaiting ? [change] : [])),
        letGo: waits.flatMap(({ isWaiting, of }) => (isWaiting ? [] : of)),
      };
    },
    evicted: (addresses) => {
      const gone = new Set(addresses);
      spared = new Set([...spared].filter((address) => !gone.has(address)));
    },
    has: (address) => spared.has(address),
    look: (peers) => {
      if (spared.size === 0) return;
      // One in a state that nobody knows may have its session still.
      const mayBeUp = addressesIn(['established', 'unknown'], peers);
      spared = new Set([...spared].filter((address) => mayBeUp.has(address)));
    },
    forget: () => {
      spared = new Set();
    },
  };
}

function addressesIn(states: readonly GuardedPeer['state'][], peers: readonly GuardedPeer[]): ReadonlySet<IpAddress> {
  return new Set(peers.filter(({ state }) => states.includes(state)).map(({ address }) => address));
}

/** Sessions of the mesh are no clients'. */
const anyRouterId = { routerIds: [] };

/** What of the settings says whom the guard lets in. */
function rulesOf({ mode, clientGroups, meshGroups }: RouteServerIntent) {
  return {
    mode,
    groups: clientGroups.map(({ name, prefixes, asns, neighbors }) => ({ name, prefixes, asns, neighbors })),
    mesh: meshGroups.flatMap(({ neighbors }) => neighbors),
  };
}

function letInBefore(
  before: RouteServerIntent | undefined,
  peers: readonly GuardedPeer[],
): (offender: Offender) => boolean {
  if (before) {
    const sight = sightOf(before);
    // One that no group took has no session by those settings: a change of the configuration that still waits gave it one.
    return (offender) => reasonGone(sight, anyRouterId, offender) !== undefined;
  }
  const uptimes = new Map(peers.map(({ address, uptimeSeconds }) => [address, uptimeSeconds]));
  return ({ address }) => (uptimes.get(address) ?? Infinity) >= letInSeconds;
}

function toChange([group, offenders]: readonly [string | undefined, readonly Offender[]]): PendingChange {
  return {
    key: ['client-evicted', group ?? ''].join('|'),
    change: { kind: 'client-evicted', ...(group !== undefined && { group }), resets: 'neighbor' },
    clients: offenders.map(({ address }) => address),
  };
}
