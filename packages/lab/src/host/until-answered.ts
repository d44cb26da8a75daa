import { setTimeout as sleep } from 'node:timers/promises';
import { LabFailure, messageOf } from './failure.ts';

export interface UntilAnswered {
  /** Who is asked for what: "GET /api/v1/nodes". */
  readonly what: string;
  /** What a person can do where no answer comes. */
  readonly next: string;
  readonly forMs?: number;
  readonly everyMs?: number;
}

/**
 * Asks again while nobody answers: on a busy machine a server may need longer than one try has, and that says nothing about
 * what is tried in the lab. A `LabFailure` is an answer.
 */
export async function untilAnswered<T>(
  ask: () => Promise<T>,
  { what, next, forMs = 60_000, everyMs = 500 }: UntilAnswered,
): Promise<T> {
  const end = performance.now() + forMs;
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof LabFailure) throw error;
      if (performance.now() >= end) {
        throw new LabFailure({
          code: 'not-in-time',
          message: `No answer to ${what} within ${String(forMs / 1000)} s, at the last of ${String(tries)} tries: ${messageOf(error)}`,
          next,
          cause: error,
        });
      }
    }
    await sleep(everyMs);
  }
}
