import type { RunningConfig } from '@meshrs/router-config/frr';
import { readRunningConfig } from './carry-out.ts';
import { openLivingVty, startOfLife } from './bgpd-life.ts';
import type { VtyOptions, VtySession } from './vty-session.ts';

/** A session in which bgpd takes commands, and what it runs. */
export interface OpenBgpd {
  readonly session: VtySession;
  readonly seen: RunningConfig;
  /** Which process of bgpd it is; see `bgpd-life.ts`. */
  readonly life: string;
  /** When that began, by the wall clock; left out: not known. */
  readonly startedWallMs?: number;
}

/** Rejects with EngineFailure; the session is then closed. */
export async function openBgpd(options: VtyOptions, signal: AbortSignal): Promise<OpenBgpd> {
  const { session, life } = await openLivingVty(options, signal);
  try {
    await session.command('enable', signal);
    const seen = await readRunningConfig(session, signal);
    const startedWallMs = startOfLife(life);
    return { session, seen, life, ...(startedWallMs !== undefined && { startedWallMs }) };
  } catch (failure) {
    session.close();
    throw failure;
  }
}
