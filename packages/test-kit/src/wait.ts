import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until a value is as it should be, and returns it; the error tells what was waited for and what was last seen. */
export async function waitFor<T>(
  what: string,
  read: () => T | Promise<T>,
  isRight: (value: T) => boolean,
  timeoutMs = 15_000,
  intervalMs = 20,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await read();
    if (isRight(value)) return value;
    if (performance.now() > deadline) {
      throw new Error(`Not within ${String(timeoutMs)} ms: ${what}. Last seen: ${JSON.stringify(value, null, 1)}`);
    }
    await sleep(intervalMs);
  }
}

/** The same for what needs no words and comes soon, unless the machine does something else. */
export function eventually<T>(look: () => T | Promise<T>, holds: (seen: T) => boolean, timeoutMs = 15_000): Promise<T> {
  return waitFor('it did not come', look, holds, timeoutMs, 5);
}
