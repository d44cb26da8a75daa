import { sessionKinds, type SeenSession } from '@meshrs/contract';
import fc from 'fast-check';
import { address, asn } from '@meshrs/network/test-data';
import type { StatusReading, RouteServerSight } from './route-server-sight.ts';
import type { SideSight } from './roll-out.ts';

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
    ageMs: 20,
    passedOver: [],
    saidAt: '2026-11-22T00:00:00.000Z',
    settingsRevision: 'new',
    engineAgeMs: 86_400_000,
    isReady: true,
    isApplied: true,
    sessions,
    ...changes,
  };
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

const anySession: fc.Arbitrary<SeenSession> = fc
  .record({
    host: fc.integer({ min: 1, max: 12 }),
    kind: fc.constantFrom(...sessionKinds),
    state: fc.constantFrom('established', 'established', 'established', 'active', 'unknown'),
    routerId: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
    receivedPrefixes: fc.integer({ min: 0, max: 3 }),
    isEndOfRib: fc.boolean(),
  })
  .map(({ host, kind, state, routerId, receivedPrefixes, isEndOfRib }) => {
    const at = `192.0.2.${String(host)}`;
    const { remoteRouterId, ...others } = kind === 'declared-client' ? session(at) : unnamed(at);
    return {
      ...others,
      ...(routerId !== undefined &&
        remoteRouterId !== undefined && { remoteRouterId: address(`10.0.0.${String(routerId)}`) }),
      kind,
      state,
      receivedPrefixes,
      endOfRib: { received: isEndOfRib, sent: true },
    };
  });

export const anySessions = fc.uniqueArray(anySession, { selector: ({ address }) => address, maxLength: 8 });

const anyReading: fc.Arbitrary<StatusReading> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .record({ sessions: anySessions, isDraining: fc.boolean() })
      .map(({ sessions, isDraining }) => read(sessions, { isDraining })),
  },
  { weight: 1, arbitrary: fc.constant<StatusReading>({ kind: 'engine-down', why: 'CrashLoopBackOff' }) },
  { weight: 1, arbitrary: fc.constant<StatusReading>({ kind: 'unreadable', why: 'timeout' }) },
  { weight: 1, arbitrary: fc.constant<StatusReading>({ kind: 'stale', why: 'a minute ago' }) },
);

/** Route servers of the sides a, b and c, names unique. */
export const anyRouteServers: fc.Arbitrary<readonly RouteServerSight[]> = fc
  .array(fc.record({ side: fc.constantFrom('a', 'b', 'c'), reading: anyReading, isTerminating: fc.boolean() }), {
    maxLength: 5,
  })
  .map((list) =>
    list.map((each, index) => {
      const name = `routeserver-${each.side}-${String(index)}`;
      const fleet = { kind: 'told', revision: 'fleet' } as const;
      return { ...each, name, identity: `pod-${name}`, isForeign: false, fleet };
    }),
  );
