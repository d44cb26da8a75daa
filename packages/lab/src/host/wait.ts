import { setTimeout as sleep } from 'node:timers/promises';
import { LabFailure, messageOf } from './failure.ts';

export interface WaitOptions {
  readonly deadlineMs: number;
  readonly intervalMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** What a person can do when it does not happen. */
  readonly next: string;
  /** What is seen instead; part of the message. */
  readonly seen?: () => string | Promise<string>;
  /** Throws when waiting is in vain. */
  readonly check?: () => void;
}

/** What is waited for at this moment, the oldest first. */
const waits = new Set<{ readonly what: string; readonly options: WaitOptions }>();

/** Waits until `read` gives a value, and returns it. */
export async function waitFor<T>(
  what: string,
  read: () => Promise<T | undefined> | T | undefined,
  options: WaitOptions,
): Promise<T> {
  const wait = { what, options };
  waits.add(wait);
  try {
    return await readUntil(what, read, options);
  } finally {
    waits.delete(wait);
  }
}

/** What is waited for under a signal, and what is seen instead: for whoever ends it before its time. */
export function waitedFor(signal: AbortSignal): Promise<string[]> {
  const those = [...waits].filter(({ options }) => options.signal === signal);
  return Promise.all(
    those.map(async ({ what, options }) => {
      const seen = await Promise.race([
        Promise.resolve(options.seen?.()).catch(messageOf),
        sleep(seenMs, 'not told in time', { ref: false }),
      ]);
      return seen === undefined ? what : `${what}.\n  seen:    ${seen}`;
    }),
  );
}

/** For what is seen of one wait. */
const seenMs = 3000;

async function readUntil<T>(
  what: string,
  read: () => Promise<T | undefined> | T | undefined,
  options: WaitOptions,
): Promise<T> {
  const end = performance.now() + options.deadlineMs;
  for (;;) {
    options.signal?.throwIfAborted();
    const value = await read();
    if (value !== undefined) return value;
    options.check?.();
    if (performance.now() > end) {
      const seen = await options.seen?.();
      throw new LabFailure({
        code: 'not-in-time',
        message: `Not within ${String(options.deadlineMs / 1000)} s: ${what}.${seen === undefined ? '' : `\n  seen:    ${seen}`}`,
        next: options.next,
      });
    }
    await sleep(options.intervalMs ?? 100);
  }
}

/** Waits until something holds. */
export async function waitUntil(
  what: string,
  holds: () => Promise<boolean> | boolean,
  options: WaitOptions,
): Promise<void> {
  await waitFor(what, async () => ((await holds()) ? true : undefined), options);
}
