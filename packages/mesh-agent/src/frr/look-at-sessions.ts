import type { BgpSession, RouteServerIntent } from '@meshrs/contract';
import type { RangeTable } from '@meshrs/mesh';
import type { IpAddress } from '@meshrs/network';
import type { FrrConfig, FrrRouter } from '@meshrs/router-config/frr';
import type { RangeNeighborCount } from '../engine/mesh-engine.ts';
import { countRange } from '../engine/crowd-keeper.ts';
import type { SeenByGuard } from '../engine/engine-driver.ts';
import type { SessionReader } from './session-reader.ts';
import { familyOf, findThere, toSessions } from './sessions.ts';
import type { SummaryPeer } from './summary.ts';
import type { VtySession } from './vty-session.ts';

/** Where to look: a bgpd that runs this. */
export interface LookedAt {
  readonly reader: SessionReader;
  readonly session: VtySession;
  readonly running: FrrConfig;
}

export async function readSessions(
  { reader, session, running }: LookedAt,
  intent: RouteServerIntent | undefined,
  signal: AbortSignal,
  isKept: (address: IpAddress) => boolean = () => true,
): Promise<{ readonly sessions: readonly BgpSession[]; readonly rangeNeighbors?: RangeNeighborCount }> {
  const family = familyOf(running);
  // Without `router bgp` bgpd rejects the question for its sessions; there are none.
  const all = running.router ? await reader.peers(session, family, signal) : [];
  const peers = all.filter(findThere(running, isKept));
  return {
    sessions: toSessions(running, intent, peers, await reader.details(session, family, peers, signal)),
    ...(running.router && { rangeNeighbors: countRange(rangeTable(running.router, peers)) }),
  };
}

/** The sessions alone, in one question: what is asked beside it gives clients time to come. */
export async function readStanding(
  { reader, session, running }: LookedAt,
  intent: RouteServerIntent | undefined,
  signal: AbortSignal,
): Promise<readonly BgpSession[]> {
  if (!running.router) return [];
  return toSessions(running, intent, await reader.peers(session, familyOf(running), signal), () => undefined);
}

export async function readGuardFacts(
  at: LookedAt,
  intent: RouteServerIntent,
  signal: AbortSignal,
): Promise<SeenByGuard | undefined> {
  const { router } = at.running;
  if (!router) return undefined;
  const peers = await at.reader.peers(at.session, familyOf(at.running), signal);
  return { peers, routerIds: await meshRouterIds(at, intent, peers, signal), range: rangeTable(router, peers) };
}

/** Who is held down for its maximum-prefix has its place for that, and keeps it. */
function rangeTable({ listenLimit }: FrrRouter, peers: readonly SummaryPeer[]): RangeTable {
  const dynamic = peers.filter(({ isDynamic }) => isDynamic);
  return {
    neighbors: dynamic.map((peer) => (peer.isOverLimit === true ? { ...peer, state: 'shutdown' } : peer)),
    limit: listenLimit,
  };
}

async function meshRouterIds(
  { reader, session, running }: LookedAt,
  intent: RouteServerIntent,
  peers: readonly SummaryPeer[],
  signal: AbortSignal,
): Promise<ReadonlyMap<IpAddress, IpAddress>> {
  const meshGroups = new Set(intent.meshGroups.map(({ name }) => name));
  const meshAddresses = new Set(
    running.router?.neighbors.filter(({ group }) => meshGroups.has(group ?? '')).map(({ address }) => address),
  );
  const mesh = peers.filter(({ address, state }) => state === 'established' && meshAddresses.has(address));
  const detailsOf = await reader.details(session, familyOf(running), mesh, signal);
  return new Map(
    mesh.flatMap((peer) => {
      const routerId = detailsOf(peer)?.remoteRouterId;
      return routerId === undefined ? [] : [[peer.address, routerId]];
    }),
  );
}
