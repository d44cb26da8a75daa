/** Until what a settings file says is on its way to the engine: it is applied at once, or as soon as the engine answers. */
const settledMs = 60_000;

/**
 * How long changes of the settings wait: a file that takes away the time for that, or shortens it, may reset sessions by the same
 * commit, on each side at one moment. The longer time counts, of those that were in force since the changes that wait began.
 */
export function createLongerHold(options: {
  readonly holdMs: () => number;
  readonly isPending: () => boolean;
  readonly now: () => number;
}): () => number {
  const { holdMs, isPending, now } = options;
  let last = holdMs();
  let longest = last;
  let changedAtMs = -Infinity;

  return () => {
    const isNow = holdMs();
    if (now() - changedAtMs >= settledMs && !isPending()) longest = last;
    if (isNow !== last) changedAtMs = now();
    last = isNow;
    longest = Math.max(longest, isNow);
    return longest;
  };
}
