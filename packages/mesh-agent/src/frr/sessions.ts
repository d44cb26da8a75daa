import { parseAddress, parseAsn, type Asn, type IpAddress } from '@meshrs/network';
import type { FrrConfig, FrrFamily, Neighbor } from '@meshrs/router-config/frr';
import { frrVersion, type BgpSession, type RouteServerIntent, type SessionState } from '@meshrs/contract';
import { z } from 'zod';
import { isClientGroup, isPinned } from '@meshrs/router-config/route-server/frr';
import { EngineFailure } from '../engine/engine-failure.ts';
import { parseAnswer } from '../parse-answer.ts';

/** One line of `show bgp FAMILY summary json`: cheap, also for many neighbors. */
export interface SummaryPeer {
  readonly address: IpAddress;
  readonly isDynamic: boolean;
  readonly remoteAsn?: Asn;
  readonly state: SessionState;
  /** bgpd holds it down for its maximum-prefix. */
  readonly isOverLimit?: true;
  /** Seconds since 1970 at which the session was established: tells one session from the next. */
  readonly establishedAt?: number;
  readonly uptimeSeconds?: number;
  readonly receivedPrefixes: number;
  readonly sentPrefixes: number;
  readonly establishedCount: number;
  readonly droppedCount: number;
  readonly receivedMessages: number;
}

/** What only `show bgp neighbors json` tells. */
export interface NeighborDetails {
  readonly address: IpAddress;
  readonly group?: string;
  readonly remoteRouterId?: IpAddress;
  readonly endOfRib: { readonly received: boolean; readonly sent: boolean };
  /** bgpd shows End-of-RIB of such neighbors alone. */
  readonly knowsGracefulRestart: boolean;
  readonly lastResetReason?: string;
}

const familyKeys = { 'l2vpn evpn': 'l2VpnEvpn', 'ipv4 unicast': 'ipv4Unicast' } as const satisfies Record<
  FrrFamily,
  string
>;

const summarySchema = z.object({
  peers: z
    .record(
      z.string(),
      z.object({
        dynamicPeer: z.boolean().optional(),
        remoteAs: z.number(),
        state: z.string(),
        peerUptimeMsec: z.number().optional(),
        peerUptimeEstablishedEpoch: z.number().optional(),
        pfxRcd: z.number().optional(),
        pfxSnt: z.number().optional(),
        connectionsEstablished: z.number().optional(),
        connectionsDropped: z.number().optional(),
        msgRcvd: z.number().optional(),
      }),
    )
    .optional(),
});

const detailsSchema = z.object({
  peerGroup: z.string().optional(),
  remoteRouterId: z.string().optional(),
  neighborCapabilities: z.object({ gracefulRestart: z.string().optional() }).optional(),
  gracefulRestartInfo: z
    .object({
      endOfRibSend: z.record(z.string(), z.boolean()).optional(),
      endOfRibRecv: z.record(z.string(), z.boolean()).optional(),
    })
    .optional(),
  lastResetDueTo: z.string().optional(),
});

/** Reads `show bgp FAMILY summary json`. Throws EngineFailure `answer-not-understood`. */
export function parseSummary(family: FrrFamily, text: string): readonly SummaryPeer[] {
  const operation = `show bgp ${family} summary json`;
  const summary = readJson(operation, summarySchema, text);
  return Object.entries(summary.peers ?? {}).map(([key, peer]) => {
    const isEstablished = peer.state === 'Established';
    const remoteAsn = peer.remoteAs === 0 ? undefined : parseAsn(String(peer.remoteAs));
    return {
      address: readAddress(operation, key),
      isDynamic: peer.dynamicPeer ?? false,
      ...(remoteAsn !== undefined && { remoteAsn }),
      state: toState(peer.state),
      ...(peer.state === 'Idle (PfxCt)' && { isOverLimit: true }),
      ...(isEstablished && {
        uptimeSeconds: Math.floor((peer.peerUptimeMsec ?? 0) / 1000),
        establishedAt: peer.peerUptimeEstablishedEpoch ?? 0,
      }),
      receivedPrefixes: isEstablished ? (peer.pfxRcd ?? 0) : 0,
      sentPrefixes: isEstablished ? (peer.pfxSnt ?? 0) : 0,
      establishedCount: peer.connectionsEstablished ?? 0,
      droppedCount: peer.connectionsDropped ?? 0,
      receivedMessages: peer.msgRcvd ?? 0,
    };
  });
}

/** Reads `show bgp neighbors json` or `show bgp neighbors ADDRESS json`. Throws EngineFailure `answer-not-understood`. */
export function parseNeighborDetails(family: FrrFamily, text: string): readonly NeighborDetails[] {
  const operation = 'show bgp neighbors json';
  const all = readJson(operation, z.record(z.string(), z.unknown()), text);
  return Object.entries(all)
    .filter(([, value]) => typeof value === 'object')
    .map(([key, value]) => {
      const neighbor = check(operation, detailsSchema, value);
      const remoteRouterId = parseAddress(neighbor.remoteRouterId ?? '');
      const ends = neighbor.gracefulRestartInfo;
      return {
        address: readAddress(operation, key),
        ...(neighbor.peerGroup !== undefined && { group: neighbor.peerGroup }),
        ...(remoteRouterId !== undefined && remoteRouterId !== '0.0.0.0' && { remoteRouterId }),
        endOfRib: {
          received: ends?.endOfRibRecv?.[familyKeys[family]] ?? false,
          sent: ends?.endOfRibSend?.[familyKeys[family]] ?? false,
        },
        knowsGracefulRestart: /received/i.test(neighbor.neighborCapabilities?.gracefulRestart ?? ''),
        ...(neighbor.lastResetDueTo !== undefined && { lastResetReason: neighbor.lastResetDueTo }),
      };
    });
}

/** The sessions as the agent tells of them; neighbors that are only kept out are in no summary. */
export function toSessions(
  config: FrrConfig,
  intent: RouteServerIntent | undefined,
  peers: readonly SummaryPeer[],
  detailsOf: (peer: SummaryPeer) => NeighborDetails | undefined,
): readonly BgpSession[] {
  const neighbors = new Map(config.router?.neighbors.map((neighbor) => [neighbor.address, neighbor]));
  const clientGroups = new Set<string>(config.router?.groups.filter(isClientGroup).map(({ name }) => name));
  const names = new Map(
    intent?.clientGroups.flatMap((group) => group.neighbors.map(({ address, name }) => [address, name] as const)),
  );
  const seen = new Set(peers.map(({ address }) => address));
  const heldOut = [...neighbors.values()].filter(({ address }) => !seen.has(address));
  return [
    ...peers.map((peer) => {
      const details = detailsOf(peer);
      const neighbor = neighbors.get(peer.address);
      const group = neighbor ? neighbor.group : details?.group;
      const name = names.get(peer.address);
      const isEstablished = peer.state === 'established';
      const { address, remoteAsn, uptimeSeconds } = peer;
      return {
        address,
        ...(group !== undefined && { group }),
        kind: kindOf(neighbor, peer.isDynamic, clientGroups),
        ...(name !== undefined && { name }),
        state: peer.state,
        ...(remoteAsn !== undefined && { remoteAsn }),
        ...(isEstablished && details?.remoteRouterId !== undefined && { remoteRouterId: details.remoteRouterId }),
        ...(uptimeSeconds !== undefined && { uptimeSeconds }),
        establishedCount: peer.establishedCount,
        droppedCount: peer.droppedCount,
        receivedMessages: peer.receivedMessages,
        receivedPrefixes: peer.receivedPrefixes,
        sentPrefixes: peer.sentPrefixes,
        endOfRib: isEstablished && details ? details.endOfRib : { received: false, sent: false },
        ...(details?.lastResetReason !== undefined && { lastResetReason: details.lastResetReason }),
      };
    }),
    ...heldOut.map((neighbor) => ({
      address: neighbor.address,
      ...(neighbor.group !== undefined && { group: neighbor.group }),
      kind: kindOf(neighbor, false, clientGroups),
      state: neighbor.shutdown ? ('shutdown' as const) : ('idle' as const),
      ...(typeof neighbor.remoteAs === 'number' && { remoteAsn: neighbor.remoteAs }),
      establishedCount: 0,
      droppedCount: 0,
      receivedMessages: 0,
      receivedPrefixes: 0,
      sentPrefixes: 0,
      endOfRib: { received: false, sent: false },
    })),
  ];
}

/** The family whose sessions are counted: the one that the groups have. */
export function familyOf(config: FrrConfig): FrrFamily {
  return config.router?.groups.find(({ family }) => family?.isActive)?.family?.name ?? 'l2vpn evpn';
}

function kindOf(
  neighbor: Neighbor | undefined,
  isDynamic: boolean,
  clientGroups: ReadonlySet<string>,
): BgpSession['kind'] {
  if (isDynamic) return 'range-client';
  if (!neighbor) return 'unknown';
  if (neighbor.shutdown) return 'evicted';
  if (neighbor.group === undefined) return 'unknown';
  if (!clientGroups.has(neighbor.group)) return 'mesh';
  return isPinned(neighbor) ? 'range-client' : 'declared-client';
}

function toState(text: string): SessionState {
  if (text === 'Idle (Admin)') return 'shutdown';
  const states: Readonly<Record<string, SessionState>> = {
    Idle: 'idle',
    Connect: 'connect',
    Active: 'active',
    OpenSent: 'open-sent',
    OpenConfirm: 'open-confirm',
    Established: 'established',
    Clearing: 'clearing',
    Deleted: 'clearing',
  };
  // "Idle (PfxCt)": held down for its maximum-prefix.
  return states[text.split(' ')[0] ?? ''] ?? 'idle';
}

function readAddress(operation: string, text: string): IpAddress {
  const address = parseAddress(text);
  if (address === undefined) throw notUnderstood(operation, `"${text}" is not a neighbor's address`);
  return address;
}

function readJson<S extends z.ZodType>(operation: string, schema: S, text: string): z.output<S> {
  try {
    return check(operation, schema, JSON.parse(text));
  } catch (cause) {
    if (cause instanceof EngineFailure) throw cause;
    throw notUnderstood(operation, `it is not JSON: ${text.slice(0, 200)}`, cause);
  }
}

function check<S extends z.ZodType>(operation: string, schema: S, value: unknown): z.output<S> {
  return parseAnswer(schema, value, (why, cause) => notUnderstood(operation, why, cause));
}

function notUnderstood(operation: string, why: string, cause?: unknown): EngineFailure {
  return new EngineFailure(
    `The answer to "${operation}" is not understood: ${why}. The agent was tried with FRR ${frrVersion}; which version runs?`,
    { code: 'answer-not-understood', engine: 'frr', operation, retryable: false, cause },
  );
}
