/** Whether what runs may still lack something that was decided, and when to try to bring it there again. */
export interface Backlog {
  /** Something was decided that what runs lacks: to be tried at once. */
  grow: () => void;
  /** An attempt has left something that the next one would leave, too. */
  wait(): void;
  /** What runs lacks nothing. */
  clear(): void;
  /** Whether something is there that may be tried now. */
  isDue: () => boolean;
}

/** A rejected statement is rejected again, and one that was left out left out: whoever looks often need not try it at each look. */
const pauseMs = 10_000;

/** @param now milliseconds of a clock that never steps */
export function createBacklog(now: () => number): Backlog {
  let dueAtMs: number | undefined;

  return {
    grow: () => {
      dueAtMs = -Infinity;
    },
    wait: () => {
      dueAtMs = now() + pauseMs;
    },
    clear: () => {
      dueAtMs = undefined;
    },
    isDue: () => dueAtMs !== undefined && now() >= dueAtMs,
  };
}
