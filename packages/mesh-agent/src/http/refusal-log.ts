import type { Clock } from '../async/clock.ts';
import type { Log } from '../log/log.ts';
import type { ListenerName, Refusal } from './limits.ts';

const everyMs = 60_000;

/** Counts what a listener refuses, and tells of it once a minute at the most: who floods a port must not flood the log. */
export function createRefusalLog(options: {
  readonly listener: ListenerName;
  readonly log: Log;
  readonly clock: Clock;
  readonly onRefused: (listener: ListenerName, reason: Refusal) => void;
}): (reason: Refusal) => void {
  const { listener, log, clock, onRefused } = options;
  let untold: Partial<Record<Refusal, number>> = {};
  let toldAtMs = Number.NEGATIVE_INFINITY;
  return (reason) => {
    onRefused(listener, reason);
    untold[reason] = (untold[reason] ?? 0) + 1;
    const nowMs = clock.monotonicMs();
    if (nowMs - toldAtMs < everyMs) return;
    log.warn('http-refused', { listener, refused: untold });
    untold = {};
    toldAtMs = nowMs;
  };
}
