import type { IpAddress } from '@meshrs/network';
import pMap from 'p-map';
import { compareSides, seeRouteServer, type ClientsSight, type SidesMemory, type StatusAnswer } from '@meshrs/gate';
import type { BgpSession } from '@meshrs/contract';
import { readStatus } from '../fleet/read-status.ts';

/** How many are asked at a time: an answer of thousands of sessions takes megabytes, and there may be 500 route servers. */
const mostAsked = 16;

/** What came of one look: who is away, or that this is not known. */
export type ClientsLook = AbsentClients | { readonly kind: 'unknown' };

export interface AbsentClients {
  readonly kind: 'known';
  readonly addresses: readonly IpAddress[];
  /** The route servers whose clients are not known, or not all of them. */
  readonly notKnown: readonly IpAddress[];
  /** To be given to the next look. */
  readonly memory: SidesMemory;
}

/**
 * The clients that other route servers have an established session with, and that have none with their routes here: as
 * the gate between the sides sees it. Unknown when what is here cannot be told, or when `signal` has aborted.
 */
export async function findAbsentClients(options: {
  readonly routeServers: readonly IpAddress[];
  /** Undefined while the engine does not answer. */
  readonly ownSessions: () => Promise<readonly BgpSession[] | undefined>;
  readonly memory: SidesMemory;
  readonly signal: AbortSignal;
  readonly ask?: (address: IpAddress, signal: AbortSignal) => Promise<StatusAnswer>;
}): Promise<ClientsLook> {
  const { routeServers, memory, signal, ask = readStatus } = options;
  const others = await pMap(routeServers, async (address) => seeOther(address, await ask(address, signal)), {
    concurrency: mostAsked,
  });
  const sessions = await options.ownSessions();
  if (!sessions || signal.aborted) return { kind: 'unknown' };
  const comparison = compareSides([...others, seeItself(sessions)], { next: 'elsewhere', allowMissing: [], memory });
  return {
    kind: 'known',
    addresses: comparison.missing.map(({ address }) => address),
    notKnown: routeServers.filter((_, index) => !isKnown(others[index])),
    memory: comparison.memory,
  };
}

/**
 * Another route server, by the address that the mesh has of it. Decided here, and only for readiness (docs/decisions/0013):
 * one whose clients are not known has none, because a broken other side must not keep this one from being ready. The gate
 * decides the other way.
 */
function seeOther(address: IpAddress, answer: StatusAnswer): ClientsSight {
  const pod = { name: address, side: 'elsewhere', isTerminating: false, isForeign: false, engine: 'unknown' } as const;
  // The mesh may know another address of it than it does itself, where a load balancer stands between.
  const sight = seeRouteServer({ ...pod, uid: undefined, address: undefined, podName: undefined }, answer);
  const { reading } = sight;
  return reading.kind === 'unreadable' || reading.kind === 'stale'
    ? { ...sight, reading: { kind: 'counted-as-none', why: reading.why } }
    : sight;
}

function isKnown(sight: ClientsSight | undefined): boolean {
  return (
    sight?.reading.kind === 'engine-down' || (sight?.reading.kind === 'read' && sight.reading.passedOver.length === 0)
  );
}

/** This route server: it keeps the clients that it has, whatever else it does. */
function seeItself(sessions: readonly BgpSession[]): ClientsSight {
  return {
    name: 'here',
    side: 'here',
    identity: 'here',
    isTerminating: false,
    isForeign: false,
    reading: { kind: 'read', isDraining: false, ageMs: 0, sessions, passedOver: [] },
  };
}
