import type { IpAddress } from '@meshrs/network';
import pMap from 'p-map';
import { compareSides, seeRouteServer, type SidesMemory, type StatusAnswer } from '@meshrs/gate';
import type { BgpSession } from '@meshrs/contract';
import { readStatus } from '../fleet/read-status.ts';

/** How many are asked at a time: an answer of thousands of sessions takes megabytes, and there may be 500 route servers. */
const mostAsked = 16;

export interface AbsentClients {
  readonly addresses: readonly IpAddress[];
  /** To be given to the next look. */
  readonly memory: SidesMemory;
}

/**
 * The clients that other route servers have an established session with, and that have none with their routes here: as
 * the gate between the sides sees it. A route server that cannot be asked has none: a broken other side must not keep
 * this one from being ready. Undefined when what is here cannot be told, or when `signal` has aborted.
 */
export async function findAbsentClients(options: {
  readonly routeServers: readonly IpAddress[];
  readonly ownSessions: () => Promise<readonly BgpSession[] | undefined>;
  readonly memory: SidesMemory;
  readonly signal: AbortSignal;
  readonly ask?: (address: IpAddress, signal: AbortSignal) => Promise<StatusAnswer>;
}): Promise<AbsentClients | undefined> {
  const { routeServers, memory, signal, ask = readStatus } = options;
  const others = await pMap(
    routeServers,
    async (address) =>
      seeRouteServer(
        { name: address, side: 'elsewhere', isTerminating: false, engine: 'unknown' },
        await ask(address, signal),
      ),
    { concurrency: mostAsked },
  );
  const sessions = await options.ownSessions();
  if (!sessions || signal.aborted) return undefined;
  const answered = { isDraining: false, settingsRevision: '', isReady: false, isApplied: true };
  const reading = { kind: 'read', ...answered, sessions } as const;
  const comparison = compareSides([{ name: 'here', side: 'here', isTerminating: false, reading }, ...others], {
    next: 'elsewhere',
    allowMissing: [],
    memory,
  });
  return { addresses: comparison.missing.map(({ address }) => address), memory: comparison.memory };
}
