import type { IpAddress } from '@meshrs/network';
import { nothingRemembered } from '@meshrs/gate';
import type { BgpSession } from '@meshrs/contract';
import { createSingleFlight } from '../async/single-flight.ts';
import { createPause } from '../async/pause.ts';
import type { AbsentClients } from './absent-clients.ts';

export interface ClientWatchOptions {
  /** Whether clients are what readiness waits for; otherwise nobody is asked. */
  readonly isWaiting: () => boolean;
  /** The other route servers of the mesh. */
  readonly routeServers: () => readonly IpAddress[];
  /** Undefined while the engine does not answer. */
  readonly ownSessions: () => Promise<readonly BgpSession[] | undefined>;
  /** Called after each look that told something. */
  readonly onLook: () => void;
  /** At most one look in this time. */
  readonly everyMs: number;
  readonly signal: AbortSignal;
}

/** Which clients are still to come back, by what the other route servers say. */
export interface ClientWatch {
  /** Looks soon, beside all other work. */
  request(): void;
  /** Undefined before the first look. */
  absent(): readonly IpAddress[] | undefined;
  /** What was seen does not count any more: the engine is another process, or nobody waits any longer. */
  forget(): void;
}

export function createClientWatch(options: ClientWatchOptions): ClientWatch {
  const { signal } = options;
  let last: AbsentClients | undefined;

  const flight = createSingleFlight(async () => {
    if (signal.aborted || !options.isWaiting()) return;
    const before = last;
    // Loaded here: an agent that does not wait for clients does not need it.
    const { findAbsentClients } = await import('./absent-clients.ts');
    const seen = await findAbsentClients({
      routeServers: options.routeServers(),
      ownSessions: options.ownSessions,
      memory: before?.memory ?? nothingRemembered,
      signal,
    });
    if (seen.kind === 'known' && last === before) {
      last = seen;
      options.onLook();
    }
    if (options.isWaiting()) await createPause().wait(options.everyMs, signal);
  });

  return {
    request: flight.request,
    absent: () => last?.addresses,
    forget: () => {
      last = undefined;
    },
  };
}
