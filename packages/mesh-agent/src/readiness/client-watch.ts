import type { IpAddress } from '@meshrs/network';
import { nothingRemembered } from '@meshrs/gate';
import type { BgpSession } from '@meshrs/contract';
import type { FleetReader } from '../fleet/fleet-reader.ts';
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
  /** The same as it was seen last: nothing is asked for it. */
  readonly lastSessions: () => readonly BgpSession[];
  /** Called after each look that told something. */
  readonly onLook: () => void;
  /** At most one look in this time, and in a time that grows with the number of route servers. */
  readonly everyMs: number;
  /** Of a clock that never steps. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** Which clients are still to come back, by what the other route servers say. */
export interface ClientWatch {
  /** Looks soon, beside all other work. */
  request(): void;
  /** Undefined before the first look. */
  absent(): readonly IpAddress[] | undefined;
  /** The route servers whose clients the last look could not tell. */
  notKnown(): readonly IpAddress[];
  /** What was seen does not count any more: the engine is another process, or nobody waits any longer. */
  forget(): void;
}

/**
 * To ask one that has nothing new, and to compare it, takes up to a millisecond of CPU here: a look at 500 every 20 s, two
 * percent of a core while it waits, which is two and a half minutes at most.
 */
const everyMsOfEach = 40;

export function createClientWatch(options: ClientWatchOptions): ClientWatch {
  const { signal, now } = options;
  const pause = createPause();
  let last: AbsentClients | undefined;
  let agents: FleetReader | undefined;
  let lookedAtMs = Number.NEGATIVE_INFINITY;

  const flight = createSingleFlight(async () => {
    if (signal.aborted || !options.isWaiting()) return;
    const before = last;
    // Loaded here: an agent that does not wait for clients does not need it.
    const [{ findAbsentClients }, { createFleetReader }] = await Promise.all([
      import('./absent-clients.ts'),
      import('../fleet/fleet-reader.ts'),
    ]);
    agents ??= createFleetReader();
    const seen = await findAbsentClients({
      routeServers: options.routeServers(),
      // Of very many the first ones: who waits for a thousand waits for the rest, too.
      about: 'all',
      ownSessions: options.ownSessions,
      memory: before?.memory ?? nothingRemembered,
      agents,
      signal,
    });
    if (seen.kind === 'known' && last === before) {
      last = seen;
      options.onLook();
    }
    lookedAtMs = now();
    if (options.isWaiting()) await pause.wait(everyMs(), signal);
  });

  return {
    request: () => {
      flight.request();
      // Who was missing is here: whether that is all is known by a look, and soon.
      if (now() - lookedAtMs >= everyMs() / 3 && haveAllCome()) pause.wake();
    },
    absent: () => last?.addresses,
    notKnown: () => last?.notKnown ?? [],
    forget: () => {
      last = undefined;
      // It holds what hundreds of agents told.
      agents = undefined;
    },
  };

  function everyMs(): number {
    return Math.max(options.everyMs, options.routeServers().length * everyMsOfEach);
  }

  function haveAllCome(): boolean {
    if (!last || last.addresses.length === 0) return false;
    const established = options.lastSessions().filter(({ state }) => state === 'established');
    const here = new Set(established.map(({ address }) => address));
    return last.addresses.every((address) => here.has(address));
  }
}
