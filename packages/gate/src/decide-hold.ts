import type { IpAddress } from '@meshrs/network';
import { compareSides } from './compare-sides.ts';
import type { SidesMemory } from './keepers.ts';
import type { ClientsReading, ClientsSight } from './route-server-sight.ts';
import type { SidesComparison } from './sides-comparison.ts';

/** What a route server tells of itself while it waits before it ends sessions of clients. */
export interface ToldHold {
  /** Which wait this is: another one of the same route server has another name. */
  readonly id: string;
  /** After which time it waits no longer. */
  readonly leftMs: number;
  /** Whom it has seen waiting, and lets go first: it ends no session before their wait is over, but for its own time. */
  readonly waitsFor: readonly HoldOf[];
}

/** One wait of one route server. */
export interface HoldOf {
  readonly routerId: IpAddress;
  readonly id: string;
}

/** A route server of another side. */
export interface OtherRouteServer {
  readonly sight: ClientsSight;
  /** Undefined: it could not be asked who it is. */
  readonly routerId: IpAddress | undefined;
  /** Whether its side comes before ours in the order of sides. */
  readonly isEarlier: boolean;
  /** Undefined: it does not say that it waits. */
  readonly hold: ToldHold | undefined;
  /** It waits for the answer to a question alone, and ends no session but by another wait. */
  readonly isAsking: boolean;
}

export interface HoldFacts {
  readonly own: HoldOf;
  /** The clients whose sessions would end. */
  readonly clients: ClientsReading;
  readonly others: readonly OtherRouteServer[];
  readonly allowMissing: readonly IpAddress[];
  readonly memory: SidesMemory;
  /** When the look was, by a clock that never steps. */
  readonly atSeconds: number;
  /** For how long it has listened to the sessions elsewhere; undefined: it does not, since nothing ends by this look. */
  readonly listenedSeconds: number | undefined;
  /**
   * Whether who had a session here a short time ago counts as a client: it does where a person asks, who can ask again. A wait is for
   * sessions that there are, and its time is kubelet's: who has gone loses none by it.
   */
  readonly areAwayCounted: boolean;
  /**
   * What waits does not end by itself, as a drain by hand: the time of another one that waits would be over before our clients
   * are back, however long it is.
   */
  readonly isForGood: boolean;
  /** How long another side has to keep our clients until we are back. */
  readonly neededMs: number;
  /** Later looks may come so much later. */
  readonly nextLookMs: number;
}

export interface HoldVerdict extends Pick<
  SidesComparison,
  'missing' | 'more' | 'unreadable' | 'memory' | 'clientCount'
> {
  /**
   * `go`: every client has a session elsewhere. `give-up`: some have none, and what another side needs of its time would be used up
   * by a longer wait: now is better than both at once.
   */
  readonly kind: 'go' | 'wait' | 'give-up';
  /** Whom this one lets go first; it is told (`ToldHold`). */
  readonly waitsFor: readonly HoldOf[];
}

/**
 * Whether a route server may end the sessions of its clients now: when all of them have an established session, with their
 * routes, with a route server of another side that stays, and were heard from there since it waits.
 *
 * One that waits itself stays only if it says that it lets us go first, and has the time for it. It says so when it has seen
 * us wait and our side comes before its own. What it says names the very wait that it has seen, so that of two that look at
 * each other at any moments one alone ever goes: to go, the later side must not have seen the earlier one wait, and the earlier
 * one must have been told that it was seen.
 */
export function decideHold(facts: HoldFacts): HoldVerdict {
  const { own, clients, others, allowMissing, memory, atSeconds, areAwayCounted, listenedSeconds } = facts;
  const { isForGood, neededMs, nextLookMs } = facts;
  const waitsFor = others.flatMap(({ isEarlier, routerId, hold }) =>
    // One whose time is over waits no longer, whatever it says.
    isEarlier && hold && hold.leftMs > 0 && routerId !== undefined ? [{ routerId, id: hold.id }] : [],
  );
  const mayLetUs = others.filter(({ isEarlier, isAsking }) => !isEarlier && (isAsking || !isForGood));
  const letUs = mayLetUs.filter((other) => isLetBy(other, own));
  const comparison = compareSides(
    [
      ...others.map((other) => asKeeper(other, letUs.includes(other) && (other.hold?.leftMs ?? 0) >= neededMs)),
      { ...{ name: 'here', side: here, identity: 'here', isTerminating: false, isForeign: false }, reading: clients },
    ],
    { next: here, allowMissing, memory, atSeconds, areAwayCounted, listenedSeconds },
  );
  const { missing, more, unreadable, clientCount } = comparison;
  const isKnown = unreadable.length === 0;
  const areAllKept = isKnown && missing.length === 0 && more.size === 0;
  const leftMs = Math.min(...letUs.map(({ hold }) => hold?.leftMs ?? 0));
  const isLastMoment = letUs.length > 0 && leftMs >= neededMs && leftMs < neededMs + nextLookMs;
  const mayGo = waitsFor.length === 0 || (isKnown && clientCount === 0);
  const kind = !mayGo ? 'wait' : areAllKept ? 'go' : isLastMoment ? 'give-up' : 'wait';
  return { kind, waitsFor, missing, more, unreadable, clientCount, memory: comparison.memory };
}

const here = 'here';

function isLetBy({ hold }: OtherRouteServer, own: HoldOf): boolean {
  return hold?.waitsFor.some(({ routerId, id }) => routerId === own.routerId && id === own.id) === true;
}

/** A route server that waits is about to end sessions, unless it lets us go first. */
function asKeeper({ sight, hold }: OtherRouteServer, isCounted: boolean): ClientsSight {
  if (!hold) return sight;
  const { reading } = sight;
  if (!isCounted) return { ...sight, isTerminating: true };
  return { ...sight, reading: reading.kind === 'read' ? { ...reading, isDraining: false } : reading };
}
