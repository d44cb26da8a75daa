import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineDriver } from './engine-driver.ts';
import { EngineFailure } from './engine-failure.ts';
import type { EngineSession } from './engine-connection.ts';

/** What the daemon told at the very end is read by then, and no container starts as fast. */
const lastWordsMs = 100;

/**
 * The daemon is gone, or silent: what it starts with is written now, before it is connected to. Whoever ended it may have come a moment before, so it is
 * written once more when its last words are read.
 */
export async function saveForStart<Session extends EngineSession, Config>(
  driver: EngineDriver<Session, Config>,
): Promise<void> {
  try {
    await driver.save();
    await sleep(lastWordsMs);
    await driver.save();
  } catch (failure) {
    // It is tried again, and then told, at the first look at the daemon that comes next.
    if (!(failure instanceof EngineFailure)) throw failure;
  }
}
