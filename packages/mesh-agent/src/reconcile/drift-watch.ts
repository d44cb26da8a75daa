import { shown } from '@meshrs/contract';
import { firstOf } from '../log/first-of.ts';
import type { Log } from '../log/log.ts';
import { firstShown } from '../log/shown-lists.ts';
import type { Observer } from './observer.ts';

export interface DriftWatchOptions {
  readonly observer: Observer;
  /** Whether there is something that the engine was given. */
  readonly isWatching: () => boolean;
  readonly everyMs: number;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Called after each look. */
  readonly onLook: () => void;
  readonly onOutstanding: () => void;
}

/** What somebody else has changed in the engine is seen, so that it is put right. */
export function startDriftWatch(options: DriftWatchOptions): void {
  const timer = setInterval(() => void look(), options.everyMs);
  options.signal.addEventListener(
    'abort',
    () => {
      clearInterval(timer);
    },
    { once: true },
  );

  async function look(): Promise<void> {
    if (!options.isWatching()) return;
    const seen = await options.observer.look();
    options.onLook();
    if (!seen || seen.outstanding.length === 0) return;
    if (seen.drifted.length > 0) {
      options.log.warn('engine-drifted', {
        ...firstOf('outstanding', seen.drifted),
        unknownLines: firstShown(seen.unknownLines).map((line) => shown(line)),
      });
    }
    // Also what was left out: whose sessions it would end may be gone by now.
    options.onOutstanding();
  }
}
