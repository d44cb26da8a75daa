/** Node fires a timer that is longer than this at once (Node, "setTimeout"). */
const longestTimerMs = 2 ** 31 - 1;

/**
 * Calls `work` after the time: at once for one that has passed, and after 24 days for one that is longer than a timer of
 * Node can be. Who waits for a moment looks at the clock again.
 */
export function startTimer(work: () => void, milliseconds: number): NodeJS.Timeout {
  return setTimeout(work, Math.min(Math.max(0, milliseconds), longestTimerMs));
}
