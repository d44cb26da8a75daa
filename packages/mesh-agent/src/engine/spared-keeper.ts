import type { RouteServerIntent } from '@meshrs/contract';
import {
  findOffenders,
  reasonGone,
  sightOf,
  type GuardedPeer,
  type GuardFacts,
  type GuardSight,
  type Offender,
} from '@meshrs/mesh';
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
   * Only who may not stay by the rules in force is asked about: a range that goes, and still runs, has rules of its own. Who may not
   * stay by what is wanted is spared all the same: those rules are soon in force.
   * @param before the rules in force until now, by which whoever is there came: a range that was to go may have let in more than was
   *   wanted; undefined: those of an agent before this one
   */
  decide(before: GuardSight | undefined, seen: GuardFacts, inForce: GuardSight, by: DecidedBy): SparedNow;
  /** Who is spared since there is no room to evict it: nobody is asked about it, and it waits for nothing else. */
  withoutRoom(): readonly Offender[];
  /** These are evicted. */
  evicted(addresses: readonly IpAddress[]): void;
  /** Whether the guard leaves it alone. */
  has(address: IpAddress): boolean;
  /** Whose session has ended is not spared any more: the next one comes against the settings of now. */
  look(peers: readonly GuardedPeer[]): void;
  forget(): void;
}

interface DecidedBy {
  readonly mayEnd: MayEnd;
  /** For whom of these there is no room. */
  readonly withoutRoom: (offenders: readonly Offender[]) => readonly Offender[];
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
  /** With how long the session was up when it was seen last. */
  let spared: ReadonlyMap<IpAddress, number> = new Map();
  let noRoom: readonly Offender[] = [];

  return {
    isNeeded: (before, wanted) => spared.size > 0 || !before || !isDeepStrictEqual(rulesOf(before), rulesOf(wanted)),
    decide: (before, seen, inForce, { mayEnd, withoutRoom }) => {
      keepWhoIsUp(seen.peers);
      const wasLetIn = letInBefore(before, seen.peers);
      const lettingIn = (sight: GuardSight): readonly Offender[] =>
        findOffenders(seen, anyRouterId, sight).filter(
          (offender) => offender.reason === 'as-not-allowed' && (spared.has(offender.address) || wasLetIn(offender)),
        );
      const offenders = lettingIn(inForce);
      const soon = lettingIn(sightOf(seen.intent));
      noRoom = withoutRoom(offenders);
      const left = new Set(noRoom.map(({ address }) => address));
      const fitting = offenders.filter(({ address }) => !left.has(address));
      const waits = evictionsOf(fitting).map(({ change, of }) => ({ change, of, isWaiting: !mayEnd(change) }));
      const isUnknown = new Set(seen.peers.flatMap(({ address, state }) => (state === 'unknown' ? [address] : [])));
      spared = new Map([
        ...[...spared].filter(([address]) => isUnknown.has(address)),
        ...withUptimes(
          [...offenders, ...soon].map(({ address }) => address),
          seen.peers,
        ),
      ]);
      return {
        pending: waits.flatMap(({ isWaiting, change }) => (isWaiting ? [change] : [])),
        letGo: waits.flatMap(({ isWaiting, of }) => (isWaiting ? [] : of)),
      };
    },
    withoutRoom: () => noRoom.filter(({ address }) => spared.has(address)),
    evicted: (addresses) => {
      const gone = new Set(addresses);
      spared = new Map([...spared].filter(([address]) => !gone.has(address)));
    },
    has: (address) => spared.has(address),
    look: keepWhoIsUp,
    forget: () => {
      spared = new Map();
      noRoom = [];
    },
  };

  /** One in a state that nobody knows may have its session still; one that is up for less long than before has another. */
  function keepWhoIsUp(peers: readonly GuardedPeer[]): void {
    if (spared.size === 0) return;
    const present = new Map(peers.map((peer) => [peer.address, peer]));
    spared = new Map(
      [...spared].flatMap(([address, before]): readonly (readonly [IpAddress, number])[] => {
        const { state, uptimeSeconds = before } = present.get(address) ?? {};
        if (state === 'unknown') return [[address, before]];
        // Both are cut off to the second.
        return state === 'established' && uptimeSeconds >= before - 1 ? [[address, uptimeSeconds]] : [];
      }),
    );
  }
}

function withUptimes(
  addresses: readonly IpAddress[],
  peers: readonly GuardedPeer[],
): readonly (readonly [IpAddress, number])[] {
  const uptimes = new Map(peers.map(({ address, uptimeSeconds }) => [address, uptimeSeconds]));
  return addresses.map((address) => [address, uptimes.get(address) ?? 0]);
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

function letInBefore(before: GuardSight | undefined, peers: readonly GuardedPeer[]): (offender: Offender) => boolean {
  // One that no group took has no session by those rules: a change of the configuration that still waits gave it one.
  // And of a range whose rules nobody knows anybody may have been let in.
  if (before) {
    return (offender) =>
      before.roleOf(offender.address).kind === 'unknown' || reasonGone(before, anyRouterId, offender) !== undefined;
  }
  const uptimes = new Map(peers.map(({ address, uptimeSeconds }) => [address, uptimeSeconds]));
  return ({ address }) => (uptimes.get(address) ?? Infinity) >= letInSeconds;
}

/** What evicts them, group by group. */
function evictionsOf(
  offenders: readonly Offender[],
): readonly { readonly change: PendingChange; readonly of: readonly Offender[] }[] {
  return [...Map.groupBy(offenders, ({ group }) => group)].map((each) => ({ change: toChange(each), of: each[1] }));
}

function toChange([group, offenders]: readonly [string | undefined, readonly Offender[]]): PendingChange {
  return {
    key: ['client-evicted', group ?? ''].join('|'),
    change: { kind: 'client-evicted', ...(group !== undefined && { group }), resets: 'neighbor' },
    clients: offenders.map(({ address }) => address),
  };
}
