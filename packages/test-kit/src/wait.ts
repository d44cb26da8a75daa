import { setTimeout as sleep } from 'node:timers/promises';
import { patience } from './patience.ts';

/**
 * Waits until a value is as it should be, and returns it; the error tells what was waited for and what was last seen. The time only
 * ends a test that would wait for ever: it is longer where much else runs (`patience`).
 */
export function waitFor<T>(
  what: string,
  read: () => T | Promise<T>,
  isRight: (value: T) => boolean,
  timeoutMs = 15_000,
  intervalMs = 20,
): Promise<T> {
  return waitWithin(what, read, isRight, timeoutMs * patience, intervalMs);
}

/** The same where the time itself is what is looked at. */
export async function waitWithin<T>(
  what: string,
  read: () => T | Promise<T>,
  isRight: (value: T) => boolean,
  timeoutMs: number,
  intervalMs: number,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await read();
    if (isRight(value)) return value;
    if (performance.now() > deadline) {
      throw new Error(`Not within ${String(timeoutMs)} ms: ${what}. Last seen: ${shown(value)}`);
    }
    await sleep(intervalMs);
  }
}

/** The same for what needs no words and comes soon, unless the machine does something else. */
export function eventually<T>(look: () => T | Promise<T>, holds: (seen: T) => boolean, timeoutMs = 15_000): Promise<T> {
  return waitFor('it did not come', look, holds, timeoutMs, 5);
}

function shown(value: unknown): string {
  const text = JSON.stringify(value, null, 1) as string | undefined;
  return text !== undefined && text.length > longestShown ? `${text.slice(0, longestShown)}…` : String(text);
}

/** Hundreds of sessions with their routes would hide all else. */
const longestShown = 5000;
