import type { Clock } from './clock.ts';

/** The same work for all who ask within so many milliseconds of its beginning; a failure is shared, too. */
export function shareFor<T>(milliseconds: number, clock: Clock, make: () => Promise<T>): () => Promise<T> {
  let shared: { readonly atMs: number; readonly made: Promise<T> } | undefined;
  return () => {
    const atMs = clock.monotonicMs();
    if (!shared || atMs - shared.atMs >= milliseconds) shared = { atMs, made: make() };
    return shared.made;
  };
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
