import type { Clock } from './clock.ts';

interface Shared<T> {
  readonly atMs: number;
  readonly changes: number;
  readonly made: Promise<T>;
  /** How long it took; undefined while it is made. */
  tookMs?: number;
}

/** Of what has changed again and again so much of the time goes into making it. */
const workInTime = 1 / 5;

/**
 * The same work for all who ask within so many milliseconds of its beginning; a failure is shared, too. What has changed
 * since is made anew earlier, yet never for more than a fifth of the time.
 * @param changes counts what makes it another one
 */
export function shareFor<T>(
  milliseconds: number,
  clock: Clock,
  make: () => Promise<T>,
  changes: () => number = () => 0,
): () => Promise<T> {
  let shared: Shared<T> | undefined;
  return () => {
    const atMs = clock.monotonicMs();
    if (!shared || atMs - shared.atMs >= restMs(shared)) shared = begin(atMs);
    return shared.made;
  };

  function restMs({ changes: before, tookMs }: Shared<T>): number {
    if (tookMs === undefined || before === changes()) return milliseconds;
    return Math.min(milliseconds, tookMs / workInTime);
  }

  function begin(atMs: number): Shared<T> {
    const begun: Shared<T> = { atMs, changes: changes(), made: make() };
    const end = () => {
      begun.tookMs = clock.monotonicMs() - atMs;
    };
    // Who asks hears of a failure.
    begun.made.then(end, end);
    return begun;
  }
}

/** Does the work when it is asked for, and not again within so many milliseconds. */
export function atMostEvery(milliseconds: number, clock: Clock, work: () => void): () => void {
  let doneAtMs = Number.NEGATIVE_INFINITY;
  return () => {
    const nowMs = clock.monotonicMs();
    if (nowMs - doneAtMs < milliseconds) return;
    doneAtMs = nowMs;
    work();
  };
}
