import type { IpAddress } from '@meshrs/network';
import { columnsOf, type BgpSession, type ClientBook } from '@meshrs/contract';
import {
  compareSides,
  seeRouteServer,
  type AgentAnswer,
  type AskedClients,
  type ClientsSight,
  type SidesMemory,
} from '@meshrs/gate';
import { askMany } from '../fleet/ask-many.ts';
import type { FleetReader } from '../fleet/fleet-reader.ts';

/** How many are asked at a time: one that is silent takes seconds, and there may be 500 route servers. */
const mostAsked = 16;

/** What came of one look: who is away, or that this is not known. */
export type ClientsLook = AbsentClients | { readonly kind: 'unknown' };

export interface AbsentClients {
  readonly kind: 'known';
  readonly addresses: readonly IpAddress[];
  /** There are more: who is not listed may be one of them. Never so where certain clients were asked for. */
  readonly isCut: boolean;
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
  /** Of all clients the first ones are listed: enough to wait for, and not to know who is absent. */
  readonly about: AskedClients;
  /** Undefined while the engine does not answer. */
  readonly ownSessions: () => Promise<readonly BgpSession[] | undefined>;
  readonly memory: SidesMemory;
  readonly agents: FleetReader;
  readonly signal: AbortSignal;
}): Promise<ClientsLook> {
  const { routeServers, about, memory, agents, signal } = options;
  agents.begin(routeServers);
  // Nothing of this mesh has been changed by anybody who waits here: no message is listened for.
  const ask = (address: IpAddress) => agents.ask(address, { isWhole: false, signal });
  const others = await askMany(routeServers, async (address) => seeOther(address, await ask(address)), {
    atATime: mostAsked,
    isSilent: ({ reading }) => reading.kind === 'counted-as-none',
  });
  const sessions = await options.ownSessions();
  if (!sessions || signal.aborted) return { kind: 'unknown' };
  const comparison = compareSides([...others, seeItself(agents.book(), sessions)], {
    next: 'elsewhere',
    allowMissing: [],
    about,
    memory,
  });
  return {
    kind: 'known',
    addresses: comparison.missing.map(({ address }) => address),
    isCut: comparison.more.size > 0,
    notKnown: routeServers.filter((_, index) => !isKnown(others[index])),
    memory: comparison.memory,
  };
}

/**
 * Another route server, by the address that the mesh has of it. Decided here, and only for readiness (docs/decisions/0013):
 * one whose clients are not known has none, because a broken other side must not keep this one from being ready. The gate
 * decides the other way.
 */
function seeOther(address: IpAddress, answer: AgentAnswer): ClientsSight {
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
function seeItself(book: ClientBook, sessions: readonly BgpSession[]): ClientsSight {
  return {
    name: 'here',
    side: 'here',
    identity: 'here',
    isTerminating: false,
    isForeign: false,
    reading: {
      ...{ kind: 'read', isDraining: false, ageMs: 0, passedOver: [] },
      clients: columnsOf(book, sessions),
      unchangedSeconds: 0,
    },
  };
}
