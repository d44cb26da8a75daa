import type { EngineDrain } from '@meshrs/contract';

/** How far the daemon is to be taken down. */
export interface DrainAtEngine {
  readonly isGracefulShutdown: boolean;
  /** The Cease's message, from the moment when client sessions are closed. */
  readonly closedWith?: string;
}

export const notDrained: DrainAtEngine = { isGracefulShutdown: false };

export function drainState(drain: DrainAtEngine): EngineDrain {
  if (drain.closedWith !== undefined) return 'clients-closed';
  return drain.isGracefulShutdown ? 'graceful-shutdown' : 'none';
}
