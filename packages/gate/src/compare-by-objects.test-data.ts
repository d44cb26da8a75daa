import { longestHoldSeconds, type SeenSession } from '@meshrs/contract';
import { compareAddresses, familyOf, type IpAddress } from '@meshrs/network';
import { effectSeconds, recentSeconds } from './heard-sessions.ts';
import type { MissingClient, MissingReason, SidesComparison } from './sides-comparison.ts';
import { endangeredUnknown, type ClientsRead, type ClientsSight } from './route-server-sight.ts';

/*
 * How two sides are compared, written with objects and Maps, as it was before a fleet of 500 route servers ended it for
 * want of memory. What is used decides the same: that is a law of compare-sides.test.ts.
 */

/** A route server with its sessions as objects. */
export interface SightOfSessions extends Omit<ClientsSight, 'reading'> {
  readonly reading:
    | (Omit<ClientsRead, 'clients' | 'unchangedSeconds'> & { readonly sessions: readonly SeenSession[] })
    | Exclude<ClientsSight['reading'], { readonly kind: 'read' }>;
}

/** A session of a client, and where it ends. */
interface ClientSession extends SeenSession {
  readonly routeServer: string;
  readonly side: string;
  readonly identity: string;
}

export interface OracleMemory {
  readonly settled: ReadonlyMap<string, number>;
  readonly heard: HeardSessions;
}

type HeardSessions = ReadonlyMap<string, Heard>;

interface Heard {
  readonly uptimeSeconds: number;
  /** How many messages it had received when the change had taken effect; undefined: not told. */
  readonly messages: number | undefined;
  readonly isHeard: boolean;
}

export const oracleRemembersNothing: OracleMemory = { settled: new Map(), heard: new Map() };

type OracleComparison = Omit<SidesComparison, 'memory' | 'more'> & { readonly memory: OracleMemory };

export function compareByObjects(
  routeServers: readonly SightOfSessions[],
  {
    next,
    allowMissing,
    memory,
    secondsSinceChange = new Map(),
    listenedSeconds,
  }: {
    readonly next: string;
    readonly allowMissing: readonly IpAddress[];
    readonly memory: OracleMemory;
    readonly secondsSinceChange?: ReadonlyMap<string, number>;
    readonly listenedSeconds?: number | undefined;
  },
): OracleComparison {
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
  const leaving = new Set(others.filter(leaves).map(({ name }) => name));
  const unreadable = others.flatMap(unknownClients).filter(({ kind }) => kind !== 'partial');
  const heard = listen(keeping, { secondsSinceChange, listenedSeconds }, memory.heard);
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

function unknownClients({ name: routeServer, reading }: SightOfSessions): SidesComparison['unreadable'] {
  switch (reading.kind) {
    case 'engine-down':
    case 'counted-as-none':
      return [];
    case 'unreadable':
    case 'stale':
      return [{ routeServer, kind: reading.kind, why: reading.why }];
    case 'read':
      return endangeredUnknown(reading.passedOver)
        .slice(0, 1)
        .map(({ neighbor, why }) => ({ routeServer, kind: 'partial', why: `its neighbor ${neighbor}: ${why}` }));
  }
}

/** The clients of a side, each once, in order of address; of two sessions the one with more routes counts. */
function clientsOf(routeServers: readonly SightOfSessions[]): readonly ClientSession[] {
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
function hasRoutes(session: ClientSession, client: ClientSession, settled: OracleMemory['settled']): boolean {
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

function findSameClients(
  ofNext: readonly SightOfSessions[],
  others: readonly SightOfSessions[],
): (client: ClientSession) => readonly ClientSession[] {
  const sides = new Map(
    [...Map.groupBy([...ofNext, ...others], ({ side }) => side)].map(([side, list]) => [side, declaredIn(list)]),
  );
  const established = clientSessions(others);
  const byAddress = Map.groupBy(established, ({ address }) => address);
  const byName = Map.groupBy(established, ({ name }) => name);

  return (client) => [
    ...(byAddress.get(client.address) ?? []),
    ...(byName.get(client.name) ?? []).filter((other) => isDeclaredAlike(client, other)),
  ];

  /** Settings that give an address to another client, or to none, are of another time: the name may have moved. */
  function isDeclaredAlike(one: ClientSession, other: ClientSession): boolean {
    const { name } = one;
    return (
      name !== undefined &&
      familyOf(one.address) !== familyOf(other.address) &&
      [one.side, other.side].every((side) =>
        [one.address, other.address].every((address) => sides.get(side)?.(address) === name),
      )
    );
  }
}

/** The name that all route servers of a side that tell of an address give it; undefined where they do not agree. */
function declaredIn(side: readonly SightOfSessions[]): (address: IpAddress) => string | undefined {
  const names = new Map<IpAddress, Set<string | undefined>>();
  for (const { address, name } of knownSessions(side)) {
    names.set(address, (names.get(address) ?? new Set()).add(name));
  }
  return (address) => {
    const [name, ...more] = names.get(address) ?? [];
    return more.length === 0 ? name : undefined;
  };
}

/**
 * The established sessions that are neither the mesh's nor kept out. One of a kind that is not known, as a newer agent may
 * tell of, counts: it may be a client's.
 */
function clientSessions(routeServers: readonly SightOfSessions[]): readonly ClientSession[] {
  return knownSessions(routeServers).filter(({ state }) => state === 'established');
}

/**
 * The sessions of clients that would end with their route server: the established ones, and those in a state that is not
 * known, as a newer agent may tell of. Such a one may be established; it never counts as one that keeps a client.
 */
function endangeredSessions(routeServers: readonly SightOfSessions[]): readonly ClientSession[] {
  return knownSessions(routeServers).filter(({ state }) => mayBeEstablished(state));
}

/** The sessions of clients in any state. */
function knownSessions(routeServers: readonly SightOfSessions[]): readonly ClientSession[] {
  return routeServers.flatMap(({ name, side, identity, reading }) =>
    reading.kind !== 'read'
      ? []
      : reading.sessions
          .filter(({ kind }) => kind !== 'mesh' && kind !== 'evicted')
          .map((session) => ({ ...session, routeServer: name, side, identity })),
  );
}

function mayBeEstablished(state: SeenSession['state']): boolean {
  return state === 'established' || state === 'unknown';
}

/**
 * Listens once more to these sessions. `secondsSinceChange` is of the session's side; a side that is not in it has not
 * changed.
 */
function listen(
  sessions: readonly ClientSession[],
  times: { readonly secondsSinceChange: ReadonlyMap<string, number>; readonly listenedSeconds: number | undefined },
  before: HeardSessions,
): HeardSessions {
  return new Map(
    sessions.flatMap((session) => {
      const seconds = times.secondsSinceChange.get(session.side) ?? Infinity;
      const effective = seconds - effectSeconds;
      if (effective < 0) return [];
      const { listenedSeconds = Infinity } = times;
      const youngSeconds = Math.min(effective, listenedSeconds + recentSeconds);
      const isOver = effective > longestHoldSeconds && listenedSeconds > longestHoldSeconds;
      const uptimeSeconds = session.uptimeSeconds ?? 0;
      const known = before.get(sessionKey(session));
      const isSame = known !== undefined && uptimeSeconds >= known.uptimeSeconds - 2;
      const messages = isSame ? known.messages : session.receivedMessages;
      const hasMore =
        messages !== undefined && session.receivedMessages !== undefined && session.receivedMessages > messages;
      const isYoung = !isSame && session.uptimeSeconds !== undefined && uptimeSeconds < youngSeconds;
      const isHeard = (isSame && known.isHeard) || hasMore || isYoung || isOver;
      return [[sessionKey(session), { uptimeSeconds, messages, isHeard }] as const];
    }),
  );
}

/** One session of a client with a route server, as long as both live: another pod of that name has other sessions. */
function sessionKey({ routeServer, identity, address }: ClientSession): string {
  return JSON.stringify([routeServer, identity, address]);
}

function leaves({ isTerminating, reading }: SightOfSessions): boolean {
  return isTerminating || (reading.kind === 'read' && reading.isDraining);
}
