import { compareAddresses, type Asn, type IpAddress } from '@meshrs/network';
import { listen, sessionKey, type HeardSessions } from './heard-sessions.ts';
import {
  clientSessions,
  endangeredSessions,
  endangeredUnknown,
  isLeaving,
  type ClientSession,
  type ClientsSight,
} from './route-server-sight.ts';
import { findSameClients } from './same-client.ts';

/** A client of the side that goes next, and why no other side would keep it. */
export interface MissingClient {
  readonly address: IpAddress;
  /** Declared clients alone have one. */
  readonly name?: string;
  readonly asn?: Asn;
  /** The route server of the next side that it has a session with. */
  readonly routeServer: string;
  readonly reason: MissingReason;
}

export type MissingReason =
  /** No other side has a session with it. */
  | { readonly kind: 'no-session' }
  /** Nor has a route server whose clients are known; those of this one are not, and it may have one. */
  | { readonly kind: 'not-readable'; readonly routeServer: string; readonly why: string }
  /** The only session is with a route server that drains or terminates. */
  | { readonly kind: 'leaving'; readonly routeServer: string }
  /** The session is there with its routes, and nothing was heard of the client since the side was changed. */
  | { readonly kind: 'not-heard'; readonly routeServer: string }
  /** The session is there, and the client's routes are not yet. */
  | {
      readonly kind: 'without-routes';
      readonly routeServer: string;
      readonly receivedPrefixes: number;
      /** As many as the next side has; left out where End-of-RIB is what is waited for. */
      readonly expectedPrefixes?: number;
    };

export interface SidesComparison {
  /** How many clients have a session with the next side; one in a state that is not known counts. */
  readonly clientCount: number;
  readonly missing: readonly MissingClient[];
  /** Missing, too, and named in the list of clients that may be missing. */
  readonly allowMissing: readonly MissingClient[];
  /** Entries of the list of clients that may be missing that are clients of the next side and are not missing. */
  readonly needlesslyAllowed: readonly IpAddress[];
  /** Route servers of the next side whose clients are not known, or not all of them. */
  readonly unreadable: readonly UnknownClients[];
  /** To be given to the next comparison. */
  readonly memory: SidesMemory;
}

export interface UnknownClients {
  readonly routeServer: string;
  /** `partial`: some are known, and some neighbors are known to be there and no more. */
  readonly kind: 'unreadable' | 'stale' | 'partial';
  readonly why: string;
}

/** What one comparison tells the next. */
export interface SidesMemory {
  readonly settled: SettledSessions;
  readonly heard: HeardSessions;
}

export const nothingRemembered: SidesMemory = { settled: new Map(), heard: new Map() };

export interface ComparisonOptions {
  /** The side that would be taken away. */
  readonly next: string;
  readonly allowMissing: readonly IpAddress[];
  readonly memory: SidesMemory;
  /** By side; one that is not named has not changed. */
  readonly secondsSinceChange?: ReadonlyMap<string, number>;
}

/**
 * Sessions that once had all routes, with their uptime then: a client without End-of-RIB whose routes come and go never
 * has the same number of prefixes on two sides in two looks that are not of one moment.
 */
export type SettledSessions = ReadonlyMap<string, number>;

/**
 * Which clients with a session on the side `next` would be without any, were that side taken away: those without an
 * established session, with their routes and heard from since the last change, with a route server of another side that stays.
 */
export function compareSides(
  routeServers: readonly ClientsSight[],
  { next, allowMissing, memory, secondsSinceChange = new Map() }: ComparisonOptions,
): SidesComparison {
  const ofNext = routeServers.filter(({ side }) => side === next);
  const others = routeServers
    .filter(({ side, isForeign }) => side !== next && !isForeign)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const keeping = clientSessions(others);
  const sameClients = findSameClients(ofNext, others);
  const names = new Map(
    [...endangeredSessions(ofNext), ...keeping].flatMap(({ address, name }) =>
      name === undefined ? [] : [[address, name] as const],
    ),
  );
  const leaving = new Set(others.filter(isLeaving).map(({ name }) => name));
  const unreadable = others.flatMap(unknownClients).filter(({ kind }) => kind !== 'partial');
  const heard = listen(keeping, secondsSinceChange, memory.heard);
  const settledNow = new Map<string, number>();
  const missing: MissingClient[] = [];
  const clients = clientsOf(ofNext);
  for (const client of clients) {
    const counterparts = sameClients(client);
    const staying = counterparts.filter(({ routeServer }) => !leaving.has(routeServer));
    const complete = staying.filter((session) => hasRoutes(session, client, memory.settled));
    for (const session of complete) settledNow.set(sessionKey(session), session.uptimeSeconds ?? 0);
    if (complete.some((session) => heard.get(sessionKey(session))?.isHeard)) continue;
    const name = client.name ?? names.get(client.address);
    missing.push({
      address: client.address,
      ...(name !== undefined && { name }),
      ...(client.remoteAsn !== undefined && { asn: client.remoteAsn }),
      routeServer: client.routeServer,
      reason: complete[0]
        ? { kind: 'not-heard', routeServer: complete[0].routeServer }
        : reasonOf(client, { staying, counterparts, unreadable }),
    });
  }
  const allowed = new Set(allowMissing);
  const missingAddresses = new Set(missing.map(({ address }) => address));
  return {
    clientCount: clients.length,
    missing: missing.filter(({ address }) => !allowed.has(address)),
    allowMissing: missing.filter(({ address }) => allowed.has(address)),
    needlesslyAllowed: clients
      .map(({ address }) => address)
      .filter((address) => allowed.has(address) && !missingAddresses.has(address)),
    unreadable: ofNext.flatMap(unknownClients),
    memory: { settled: settledNow, heard },
  };
}

function unknownClients({ name: routeServer, reading }: ClientsSight): readonly UnknownClients[] {
  switch (reading.kind) {
    case 'engine-down':
    case 'counted-as-none':
      return [];
    case 'unreadable':
    case 'stale':
      return [{ routeServer, kind: reading.kind, why: reading.why }];
    case 'read':
      return endangeredUnknown(reading)
        .slice(0, 1)
        .map(({ neighbor, why }) => ({ routeServer, kind: 'partial', why: `its neighbor ${neighbor}: ${why}` }));
  }
}

/** The clients of a side, each once, in order of address; of two sessions the one with more routes counts. */
function clientsOf(routeServers: readonly ClientsSight[]): readonly ClientSession[] {
  const byAddress = new Map<IpAddress, ClientSession>();
  for (const session of endangeredSessions(routeServers)) {
    const known = byAddress.get(session.address);
    if (!known || isBefore(session, known)) byAddress.set(session.address, session);
  }
  return [...byAddress.values()].sort((a, b) => compareAddresses(a.address, b.address));
}

function isBefore(one: ClientSession, other: ClientSession): boolean {
  const difference =
    Number(other.endOfRib.received) - Number(one.endOfRib.received) || other.receivedPrefixes - one.receivedPrefixes;
  return difference < 0 || (difference === 0 && one.routeServer < other.routeServer);
}

/**
 * FRR tells of End-of-RIB where the client knows graceful restart (RFC 4724), as FRR itself does by default, although the
 * route server offers none (held by packages/mesh-agent/test/frr/end-of-rib.test.ts). A client whose session with the next
 * side has none sends none that could be seen: its prefixes are compared.
 */
function hasRoutes(session: ClientSession, client: ClientSession, settled: SettledSessions): boolean {
  if (session.endOfRib.received) return true;
  if (!client.endOfRib.received && session.receivedPrefixes >= client.receivedPrefixes) return true;
  const uptimeThen = settled.get(sessionKey(session));
  // A shorter uptime than then: it is another session.
  return uptimeThen !== undefined && (session.uptimeSeconds ?? -1) >= uptimeThen;
}

function reasonOf(
  client: ClientSession,
  {
    staying,
    counterparts,
    unreadable,
  }: {
    readonly staying: readonly ClientSession[];
    readonly counterparts: readonly ClientSession[];
    readonly unreadable: readonly { readonly routeServer: string; readonly why: string }[];
  },
): MissingReason {
  const [best] = [...staying].sort((a, b) => b.receivedPrefixes - a.receivedPrefixes);
  if (best) {
    return {
      kind: 'without-routes',
      routeServer: best.routeServer,
      receivedPrefixes: best.receivedPrefixes,
      ...(!client.endOfRib.received && { expectedPrefixes: client.receivedPrefixes }),
    };
  }
  const [going] = counterparts;
  if (going) return { kind: 'leaving', routeServer: going.routeServer };
  const [unknown] = unreadable;
  return unknown
    ? { kind: 'not-readable', routeServer: unknown.routeServer, why: unknown.why }
    : { kind: 'no-session' };
}
