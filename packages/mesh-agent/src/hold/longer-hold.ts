import { longestHoldOfDrainMs, type KeptHold } from './kept-hold.ts';

/** Until what a settings file says is on its way to the engine: it is applied at once, or as soon as the engine answers. */
const settledMs = 60_000;

export interface LongerHold {
  /** For how long changes of the settings wait, now. */
  readonly ms: () => number;
  /** For how long what began at that moment waits: its end was told, and others go by it. */
  readonly sinceMs: (beganMs: number) => number;
  /** The engine was asked what the settings in force would end: they are not on their way any more. */
  readonly decided: () => void;
  /** In how many milliseconds the time of before counts no more, if nothing waits then; undefined: it does not count now. */
  readonly settlesInMs: () => number | undefined;
  readonly kept: () => KeptHold;
}

/**
 * How long changes of the settings wait: a file that takes away the time for that, or shortens it, may reset sessions by the same
 * commit, on each side at one moment. The longer time counts, of those that were in force since the changes that wait began; also for
 * an agent that takes the place of one that died meanwhile, and for a drain that is on its way.
 */
export function createLongerHold(options: {
  readonly holdMs: () => number;
  readonly isPending: () => boolean;
  readonly now: () => number;
  /** What an agent before this one kept. */
  readonly before?: KeptHold | undefined;
  readonly onKept?: (kept: KeptHold) => void;
}): LongerHold {
  const { holdMs, isPending, now, before, onKept } = options;
  let last = before?.lastMs ?? holdMs();
  let longest = Math.max(before?.longestMs ?? 0, last);
  let changedAtMs = before?.changedAtMs ?? -Infinity;
  let decidedAtMs = -Infinity;
  const kept = (): KeptHold => ({ lastMs: last, longestMs: longest, changedAtMs: Math.max(0, changedAtMs) });

  return {
    ms,
    sinceMs: (beganMs) => {
      const isNow = ms();
      return beganMs < changedAtMs ? isNow : holdMs();
    },
    decided: () => {
      decidedAtMs = now();
    },
    settlesInMs: () => (longest > last ? Math.max(0, changedAtMs + settledMs - now()) : undefined),
    kept,
  };

  function ms(): number {
    const isNow = holdMs();
    const text = JSON.stringify(kept());
    const isOnItsWay = now() - changedAtMs < settledMs || decidedAtMs < changedAtMs;
    if (!isOnItsWay && !isPending()) longest = last;
    if (isNow !== last) changedAtMs = now();
    last = isNow;
    longest = Math.min(longestHoldOfDrainMs, Math.max(longest, isNow));
    if (JSON.stringify(kept()) !== text) onKept?.(kept());
    return longest;
  }
}
