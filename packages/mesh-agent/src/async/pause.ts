import { startTimer } from './timer.ts';

/** A wait that someone may cut short. */
export interface Pause {
  /** Resolves after the time, at `wake`, or when the signal aborts. */
  wait(milliseconds: number, signal: AbortSignal): Promise<void>;
  readonly wake: () => void;
}

export function createPause(): Pause {
  let wakeUp: (() => void) | undefined;
  return {
    wait: (milliseconds, signal) =>
      new Promise<void>((resolve) => {
        if (signal.aborted) {
          resolve();
          return;
        }
        const end = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', end);
          wakeUp = undefined;
          resolve();
        };
        const timer = startTimer(end, milliseconds);
        signal.addEventListener('abort', end, { once: true });
        wakeUp = end;
      }),
    wake: () => wakeUp?.(),
  };
}

/** Whether the signal has aborted by now; the compiler takes `signal.aborted` for what it was at an earlier look. */
export function hasAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

/** Doubles from `first` to `largest` milliseconds with every failure in a row, give or take a fifth. */
export function backoffMs(
  failuresInARow: number,
  options: { readonly first: number; readonly largest: number; readonly random: () => number },
): number {
  const plain = Math.min(options.largest, options.first * 2 ** Math.min(failuresInARow - 1, 20));
  return Math.round(plain * (0.8 + 0.4 * options.random()));
}
