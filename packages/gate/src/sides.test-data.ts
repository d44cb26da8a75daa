import { columnsOf, createClientBook, sessionKinds, type SeenSession } from '@meshrs/contract';
import fc from 'fast-check';
import { address, asn } from '@meshrs/network/test-data';
import type { SightOfSessions } from './compare-by-objects.test-data.ts';
import type { ClientsSight, RouteServerSight, StatusReading } from './route-server-sight.ts';
import type { SideSight } from './roll-out.ts';

/** Of all sights here. */
export const book = createClientBook();

/** An established session of a client of a range, which has no name, and knows End-of-RIB. */
export function unnamed(at: string): SeenSession {
  return {
    address: address(at),
    kind: 'range-client',
    state: 'established',
    remoteAsn: asn('65001'),
    remoteRouterId: address(at),
    uptimeSeconds: 100,
    receivedPrefixes: 20,
    sentPrefixes: 32,
    endOfRib: { received: true, sent: true },
  };
}

/** The same of a declared client. */
export function session(at: string, changes: Partial<SeenSession> = {}): SeenSession {
  return { ...unnamed(at), kind: 'declared-client', name: `client-${at}`, ...changes };
}

type Read = Extract<StatusReading, { kind: 'read' }>;

export function read(sessions: readonly SeenSession[], changes: Partial<Read> = {}): Read {
  return {
    kind: 'read',
    isDraining: false,
    ageMs: 0,
    passedOver: [],
    saidAt: '2026-11-22T00:00:00.000Z',
    settingsRevision: 'new',
    engineAgeMs: 86_400_000,
    isReady: true,
    isApplied: true,
    clients: columnsOf(book, sessions),
    unchangedSeconds: 0,
    ...changes,
  };
}

/** The same route servers as the comparison takes them. */
export function inColumns(routeServers: readonly SightOfSessions[]): readonly ClientsSight[] {
  return routeServers.map((each) => {
    if (each.reading.kind !== 'read') return { ...each, reading: each.reading };
    const { sessions, ...reading } = each.reading;
    return { ...each, reading: { ...reading, clients: columnsOf(book, sessions), unchangedSeconds: 0 } };
  });
}

export function routeServer(
  side: string,
  reading: StatusReading | readonly SeenSession[],
  changes: Partial<RouteServerSight> = {},
): RouteServerSight {
  return {
    name: `routeserver-${side}-0`,
    side,
    identity: `pod-of-${side}`,
    isTerminating: false,
    isForeign: false,
    reading: 'kind' in reading ? reading : read(reading),
    fleet: { kind: 'told', revision: 'fleet' },
    ...changes,
  };
}

/** A side that runs what is wanted. */
export function side(
  name: string,
  found: Partial<SideSight['statefulSets'][number]['found'] & object> = {},
): SideSight {
  return {
    name,
    statefulSets: [
      {
        name: `routeserver-${name}`,
        found: {
          replicas: 1,
          updatedReplicas: 1,
          readyReplicas: 1,
          isObserved: true,
          sideRevision: undefined,
          markedAtMs: 2000,
          generation: 1,
          ...found,
        },
      },
    ],
    settings: {
      configMap: `routeserver-${name}-settings`,
      revision: 'new',
      sideRevision: undefined,
      changedAtMs: 1000,
      markedAtMs: undefined,
    },
  };
}

const anySessionWith = (names: readonly (string | undefined)[]): fc.Arbitrary<SeenSession> =>
  fc
    .record({
      host: fc.integer({ min: 1, max: 12 }),
      isIpv6: fc.boolean(),
      kind: fc.constantFrom(...sessionKinds),
      state: fc.constantFrom('established', 'established', 'established', 'active', 'unknown'),
      name: fc.constantFrom(...names),
      uptimeSeconds: fc.option(fc.integer({ min: 0, max: 40 }), { nil: undefined }),
      receivedMessages: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
      receivedPrefixes: fc.integer({ min: 0, max: 3 }),
      isEndOfRib: fc.boolean(),
      remoteAsn: fc.option(fc.constantFrom(asn('65001'), asn('65002')), { nil: undefined }),
    })
    .map(({ host, isIpv6, name, uptimeSeconds, receivedMessages, isEndOfRib, remoteAsn, ...told }) => {
      const at = isIpv6 ? `2001:db8::${String(host)}` : `192.0.2.${String(host)}`;
      const session: SeenSession = {
        ...told,
        address: address(at),
        sentPrefixes: 1,
        ...(name !== undefined && { name: name === 'own' ? `client-${String(host)}` : name }),
        ...(uptimeSeconds !== undefined && { uptimeSeconds }),
        ...(receivedMessages !== undefined && { receivedMessages }),
        ...(remoteAsn !== undefined && { remoteAsn }),
        endOfRib: { received: isEndOfRib, sent: true },
      };
      return session;
    });

const sessionsWith = (names: readonly (string | undefined)[]) =>
  fc.uniqueArray(anySessionWith(names), { selector: ({ address }) => address, maxLength: 8 });
export const anySessions = sessionsWith([undefined]);

const anyPassedOver = fc.array(
  fc.constantFrom(
    { neighbor: 'eth0', why: 'it has no address' },
    { neighbor: 'eth1', why: 'it has no address', state: 'idle' as const },
  ),
  { maxLength: 2 },
);

const readingOf = (sessions: typeof anySessions): fc.Arbitrary<SightOfSessions['reading']> =>
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        kind: fc.constant('read' as const),
        ageMs: fc.constant(0),
        sessions,
        isDraining: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.constant(true)),
        passedOver: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, anyPassedOver),
      }),
    },
    fc.constantFrom<SightOfSessions['reading']>(
      { kind: 'engine-down', why: 'CrashLoopBackOff' },
      { kind: 'counted-as-none', why: 'no answer' },
      { kind: 'unreadable', why: 'timeout' },
      { kind: 'stale', why: 'a minute ago' },
    ),
  );

const routeServersOf = (sessions: typeof anySessions): fc.Arbitrary<readonly SightOfSessions[]> =>
  fc
    .array(
      fc.record({
        side: fc.constantFrom('a', 'b', 'c'),
        reading: readingOf(sessions),
        isTerminating: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.constant(true)),
        isForeign: fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, fc.constant(true)),
      }),
      { maxLength: 5 },
    )
    .map((list) =>
      list.map((each, index) => {
        const name = `routeserver-${each.side}-${String(index)}`;
        return { ...each, name, identity: `pod-${name}` };
      }),
    );

/** Route servers of the sides a, b and c, whose names are unique. */
export const anyRouteServers = routeServersOf(anySessions);

/** Some of their clients have the same name with another address. */
export const anyRouteServersWithNames = routeServersOf(sessionsWith([undefined, undefined, 'own', 'leaf1', 'leaf2']));
