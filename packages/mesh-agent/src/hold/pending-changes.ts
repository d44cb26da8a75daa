import type { IpAddress } from '@meshrs/network';
import type { MayEnd, PendingChange } from '../engine/mesh-engine.ts';
import type { WaitingChange, WaitingTime } from './waiting-change.ts';
import { createWaitingIndex } from './waiting-index.ts';

/** The changes of the settings that wait because of the sessions that they would end. */
export interface PendingChanges {
  /** An `apply` begins: one that has failed before it was decided has let nothing go. */
  readonly begin: () => void;
  readonly mayEnd: MayEnd;
  readonly list: () => readonly WaitingChange[];
  /** Whether one of those that wait would end this client's session. */
  readonly ends: (client: IpAddress) => boolean;
  /** An `apply` leaves these out. Returns those that were let go and are carried out. */
  readonly decided: (left: readonly PendingChange[]) => readonly EndedWait[];
  /** Those may go at the next `apply`, as far as nobody else would lose a session by it than was looked at. */
  readonly release: (keys: readonly string[], by: SeenElsewhere) => void;
}

/** What lets changes go. */
export interface SeenElsewhere {
  /** Who was looked at. A client that came up since then is kept, too. */
  readonly clients: ReadonlySet<IpAddress>;
  /** When: a release counts for a few seconds from then, later they may be elsewhere no more. */
  readonly atMs: number;
  /** Nobody was seen elsewhere: their time is over before its end, whoever loses a session by that. */
  readonly isTimeOver?: boolean;
}

export interface EndedWait extends WaitingChange {
  readonly why: 'released' | 'time-over';
}

/** How long a release counts, from the look on that let it go. */
const releasedMs = 5000;
/**
 * How long after its end a wait lets its change go: an engine that answers late, or has rejected another change, is tried again within this
 * time. One that comes back later waits from then on.
 */
const overMs = 30_000;

export function createPendingChanges(options: {
  /** How long one that comes now waits at most; 0: it does not. */
  readonly holdMs: () => number;
  readonly now: () => number;
}): PendingChanges {
  const { holdMs, now } = options;
  const known = createWaitingIndex();
  /** Those that the `apply` that is on may carry out. */
  const goes = new Map<string, EndedWait['why']>();
  /** Made once for each state of `known`: it is asked for each of thousands of sessions. */
  let endsNow: ReadonlySet<IpAddress> | undefined;
  const released = new Map<string, SeenElsewhere>();

  return {
    begin: () => {
      goes.clear();
      // Whom nobody was asked about since is another question now.
      for (const change of known.list()) if (now() >= change.untilMs + overMs) beginAnew(change);
      endsNow = undefined;
    },
    mayEnd: (change) => {
      const { key } = change;
      const kept = keptBefore(change);
      // What others were told is kept also where the settings have another time now: they go by it.
      if (!kept && holdMs() === 0) return true;
      const time = kept ?? { sinceMs: now(), untilMs: now() + holdMs() };
      known.put({ ...change, ...time });
      endsNow = undefined;
      const isOver = now() >= time.untilMs || isEndedEarly(change);
      const why = isReleased(change) ? 'released' : isOver ? 'time-over' : undefined;
      if (why) goes.set(key, why);
      else goes.delete(key);
      return why !== undefined;
    },
    list: known.list,
    ends: (client) => {
      endsNow ??= new Set(known.list().flatMap(({ clients }) => clients));
      return endsNow.has(client);
    },
    decided: (left) => {
      const waiting = new Set(left.map(({ key }) => key));
      const gone = known.list().filter(({ key }) => !waiting.has(key));
      // Others are not wanted any more, or their clients are gone.
      const ended = gone.flatMap((change): readonly EndedWait[] => {
        const why = goes.get(change.key);
        return why ? [{ ...change, why }] : [];
      });
      goes.clear();
      endsNow = undefined;
      for (const { key } of gone) {
        known.delete(key);
        released.delete(key);
      }
      return ended;
    },
    release: (keys, by) => {
      for (const key of keys) released.set(key, by);
    },
  };

  /** It stays among those that wait: how long they do is the longest time since they began. */
  function beginAnew(change: WaitingChange): void {
    const { key } = change;
    known.put({ ...change, sinceMs: now(), untilMs: now() + holdMs() });
    released.delete(key);
  }

  /**
   * The clock goes on where another change of the same thing, or one that ends the same client's session, waited until now: settings
   * that change their mind every minute would keep it for ever, and the other side's wait for this one.
   */
  function keptBefore(change: PendingChange): WaitingTime | undefined {
    const before = known.related(change);
    if (before.length === 0) return undefined;
    return {
      sinceMs: Math.min(...before.map(({ sinceMs }) => sinceMs)),
      untilMs: Math.min(...before.map(({ untilMs }) => untilMs)),
    };
  }

  function isReleased({ key, clients }: PendingChange): boolean {
    const by = released.get(key);
    if (!by || by.isTimeOver || now() >= by.atMs + releasedMs) return false;
    return clients.every((client) => by.clients.has(client));
  }

  function isEndedEarly({ key }: PendingChange): boolean {
    const by = released.get(key);
    return by?.isTimeOver === true && now() < by.atMs + releasedMs;
  }
}
