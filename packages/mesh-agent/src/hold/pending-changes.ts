import type { MayEnd, PendingChange } from '../engine/mesh-engine.ts';

/** A change that waits, and since when. */
export interface WaitingChange extends PendingChange {
  readonly sinceMs: number;
}

/** The changes of the settings that wait because of the sessions that they would end. */
export interface PendingChanges {
  readonly mayEnd: MayEnd;
  readonly list: () => readonly WaitingChange[];
  /** An `apply` leaves these out. Returns those that were let go and are carried out. */
  readonly decided: (left: readonly PendingChange[]) => readonly EndedWait[];
  /** Those may go at the next `apply`, if it comes soon: later their clients may be elsewhere no more. */
  readonly release: (keys: readonly string[]) => void;
}

export interface EndedWait extends WaitingChange {
  readonly why: 'released' | 'time-over';
}

/** How long a release counts. */
const releasedMs = 5000;

export function createPendingChanges(options: {
  /** How long one waits at most; 0: none waits. */
  readonly holdMs: () => number;
  readonly now: () => number;
}): PendingChanges {
  const { holdMs, now } = options;
  const known = new Map<string, WaitingChange>();
  const releasedUntil = new Map<string, number>();

  return {
    mayEnd: (change) => {
      const { key } = change;
      if (holdMs() === 0) return true;
      const sinceMs = known.get(key)?.sinceMs ?? now();
      known.set(key, { ...change, sinceMs });
      return isReleased(key) || now() >= sinceMs + holdMs();
    },
    list: () => [...known.values()],
    decided: (left) => {
      const waiting = new Set(left.map(({ key }) => key));
      const gone = [...known.values()].filter(({ key }) => !waiting.has(key));
      const ended = gone.flatMap((change): readonly EndedWait[] => {
        if (isReleased(change.key)) return [{ ...change, why: 'released' }];
        // Less than its time, and not let go: it is not wanted any more, or its clients are gone.
        return now() >= change.sinceMs + holdMs() ? [{ ...change, why: 'time-over' }] : [];
      });
      for (const { key } of gone) {
        known.delete(key);
        releasedUntil.delete(key);
      }
      return ended;
    },
    release: (keys) => {
      for (const key of keys) releasedUntil.set(key, now() + releasedMs);
    },
  };

  function isReleased(key: string): boolean {
    return now() < (releasedUntil.get(key) ?? -Infinity);
  }
}
