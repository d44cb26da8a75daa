import { columnsOf, type SeenSession, type SeenStatus } from '@meshrs/contract';
import { toldByStatus } from '@meshrs/contract/clients';
import { parseAgentStatus } from '@meshrs/contract/status';
import { servingStatus } from '@meshrs/contract/status/test-data';
import { address } from '@meshrs/network/test-data';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareSides } from './compare-sides.ts';
import { nothingRemembered } from './keepers.ts';
import { book, routeServer, session } from './sides.test-data.ts';
import { laterOn, seeRouteServer, type AgentAnswer, type PodSight } from './see-route-server.ts';

const pod: PodSight = {
  name: 'routeserver-a-0',
  side: 'a',
  uid: 'b7c1',
  address: address('10.0.0.1'),
  podName: 'routeserver-a-0',
  isTerminating: false,
  isForeign: false,
  engine: 'running',
};
const told = (...list: readonly SeenSession[]): SeenStatus['sessions'] => ({
  kind: 'read',
  ageMs: 100,
  list,
  passedOver: [],
});
const status: SeenStatus = {
  ...servingStatus,
  readiness: { ...servingStatus.readiness, isReady: false },
  sessions: told(session('192.0.2.1')),
};
const answerOf = (status: SeenStatus, tookMs = 5): AgentAnswer => ({
  ok: true,
  told: toldByStatus(book, status),
  tookMs,
});
const answer = answerOf(status);
const silent = { ok: false, why: 'no answer within 2 s' } as const;
const withoutEngine = answerOf({ ...status, engine: { ...status.engine, isConnected: false, isApplied: false } });

describe('seeRouteServer', () => {
  it('takes the sessions of an agent that reaches its engine, whatever Kubernetes says', () => {
    const expected = {
      name: 'routeserver-a-0',
      side: 'a',
      identity: 'b7c1 routeserver-a-0 10.0.0.1 192.168.255.11 77aa',
      isTerminating: false,
      isForeign: false,
      reading: {
        kind: 'read',
        isDraining: false,
        ageMs: 105,
        passedOver: [],
        evicted: [],
        saidAt: '2026-11-22T00:00:00.000Z',
        settingsRevision: 'new',
        podRevision: '77aa',
        engineAgeMs: 86_400_005,
        isReady: false,
        isApplied: true,
        clients: columnsOf(book, [session('192.0.2.1')]),
        unchangedSeconds: 0,
      },
      fleet: { kind: 'not-told' },
    };
    expect(seeRouteServer(pod, answer)).toEqual(expected);
    expect(seeRouteServer({ ...pod, engine: 'stopped' }, answer)).toEqual(expected);
  });

  it.each([
    [['settings'], true],
    [['drain', 'settings'], true],
    [['drain'], false],
    [['unknown'], false],
    [[], false],
  ] as const)('tells until when settings wait, where it holds for %j: %s', (purposes, tells) => {
    const until = '2026-11-22T00:02:00.000Z';
    const hold = { id: '1', until, waitsFor: [], for: [...purposes] };
    const { reading } = seeRouteServer(pod, answerOf({ ...status, hold }));
    expect(reading.kind === 'read' ? reading.settingsWaitUntil : 'not read').toBe(tells ? until : undefined);
  });

  it('tells which settings an agent refuses, and of which template its pod is, where it tells that', () => {
    const refused = { revision: 'newer', at: '2026-11-22T00:00:00.000Z', issues: [] };
    const refusing = { ...status, settings: { ...status.settings, refused } };
    expect(seeRouteServer(pod, answerOf(refusing)).reading).toMatchObject({
      refusedRevision: 'newer',
    });
    const agent = { ...status.agent };
    Reflect.deleteProperty(agent, 'podRevision');
    const { reading } = seeRouteServer(pod, answerOf({ ...status, agent }));
    expect(Object.keys(reading)).not.toContain('podRevision');
    expect(Object.keys(reading)).not.toContain('refusedRevision');
  });

  it('tells what an agent knows of the fleet, also where that does not reach its engine or its sessions are old', () => {
    const failure = { code: 'x', operation: 'read', message: 'EIO', retryable: true, causes: [] };
    const fleetOf = (changes: Partial<SeenStatus>, seenPod = pod) =>
      seeRouteServer(seenPod, answerOf({ ...status, ...changes })).fleet;
    expect(fleetOf({ fleet: { revision: '5f2c' } })).toEqual({ kind: 'told', revision: '5f2c' });
    expect(fleetOf({ fleet: { revision: '5f2c', failure } })).toEqual({
      kind: 'refused',
      revision: '5f2c',
      why: 'EIO',
    });
    expect(fleetOf({ fleet: { failure } })).toEqual({ kind: 'refused', why: 'EIO' });
    expect(fleetOf({ fleet: {} })).toEqual({ kind: 'not-told' });
    expect(fleetOf({})).toEqual({ kind: 'not-told' });
    const told = { fleet: { revision: '5f2c' } };
    const stale = { kind: 'stale', ageMs: 60_000, list: [], passedOver: [], failure } as const;
    expect(fleetOf({ ...told, sessions: stale })).toEqual({ kind: 'told', revision: '5f2c' });
    expect(fleetOf({ ...told, engine: { ...status.engine, isConnected: false } })).toEqual(fleetOf(told));
    expect(fleetOf(told, { ...pod, podName: 'routeserver-a-1' })).toMatchObject({ kind: 'not-readable' });
    expect(seeRouteServer(pod, silent).fleet).toEqual({ kind: 'not-readable', why: silent.why });
  });

  it('says why an agent does not reach its engine, and that an engine does not run, as well as it knows', () => {
    const failure = { code: 'x', operation: 'read', message: 'bgpd is gone', retryable: true, causes: [] };
    const failed = { ...status, engine: { ...status.engine, isConnected: false, failure } };
    expect(seeRouteServer(pod, answerOf(failed)).reading).toEqual({
      kind: 'unreadable',
      why: 'its agent does not reach the engine: bgpd is gone',
    });
    expect(seeRouteServer({ ...pod, engine: 'stopped' }, silent).reading).toEqual({
      kind: 'engine-down',
      why: 'its engine does not run: stopped',
    });
  });

  it.each(['graceful-shutdown', 'closing', 'drained', 'unknown'] as const)('tells of the drain: %s', (phase) => {
    const draining = answerOf({ ...status, drain: { phase } });
    expect(seeRouteServer(pod, draining).reading).toMatchObject({ isDraining: true });
    expect(seeRouteServer(pod, draining).reading).not.toHaveProperty('drain');
  });

  it('tells who asked for the drain, where the agent does', () => {
    const drain = { cause: 'command', requestedBy: 'alice', requestedAt: '2026-11-22T13:15:13.000Z' } as const;
    const draining = answerOf({ ...status, drain: { phase: 'closing', ...drain } });
    expect(seeRouteServer(pod, draining).reading).toMatchObject({ isDraining: true, drain });
  });

  it.each([
    ['stopped', silent, { kind: 'engine-down', why: 'its engine does not run: CrashLoopBackOff' }],
    ['stopped', withoutEngine, { kind: 'engine-down', why: 'its engine does not run: CrashLoopBackOff' }],
    ['running', silent, { kind: 'unreadable', why: 'no answer within 2 s' }],
    ['unknown', silent, { kind: 'unreadable', why: 'no answer within 2 s' }],
    ['running', withoutEngine, { kind: 'unreadable', why: 'its agent does not reach the engine' }],
  ] as const)('an engine that is %s, %#', (engine, asked, reading) => {
    expect(seeRouteServer({ ...pod, engine, engineReason: 'CrashLoopBackOff' }, asked).reading).toEqual(reading);
  });

  it.each([
    ['kind', { kind: 'kind-of-later' }, { clients: ['192.0.2.1'], notKept: [] }],
    ['state', { state: 'state-of-later' }, { clients: ['192.0.2.1'], notKept: ['192.0.2.1'] }],
  ])('takes a session whose %s only newer agents know for what it may be', (_, change, expected) => {
    const newer = parseAgentStatus({
      ...status,
      sessions: { ...told(), list: [{ ...session('192.0.2.1'), ...change }] },
    });
    const seen = seeRouteServer(pod, answerOf(newer));
    const missing = (next: string) =>
      compareSides([seen, ...(next === 'b' ? [routeServer('b', [session('192.0.2.1')])] : [])], {
        next,
        allowMissing: [],
        memory: nothingRemembered,
      }).missing.map(({ address }) => address);
    expect({ clients: missing('a'), notKept: missing('b') }).toEqual(expected);
  });
});

describe('whose answer it is', () => {
  const other = (agent: Partial<SeenStatus['agent']>) => answerOf({ ...status, agent: { ...status.agent, ...agent } });

  it.each<[string, Partial<SeenStatus['agent']>, string]>([
    [
      'of another pod, to which the address has come',
      { pod: 'routeserver-b-0' },
      'the agent at 10.0.0.1 is that of pod routeserver-b-0',
    ],
    ['of a pod without a name', { pod: '' }, 'the agent at 10.0.0.1 is that of pod '],
    [
      'of an agent with another address',
      { address: address('10.0.0.2') },
      'the agent at 10.0.0.1 says that its address is 10.0.0.2',
    ],
  ])('one %s is none', (_, agent, why) => {
    expect(seeRouteServer(pod, other(agent)).reading).toEqual({ kind: 'unreadable', why });
  });

  it('is not asked of a pod whose engine has stopped, although another one answers in its place', () => {
    const stopped = { ...pod, engine: 'stopped', engineReason: 'Failed' } as const;
    expect(seeRouteServer(stopped, other({ pod: 'routeserver-b-0' })).reading.kind).toBe('engine-down');
  });

  it('is any that the address gives where neither name nor address of the pod is known', () => {
    const anywhere = { ...pod, podName: undefined, address: undefined };
    expect(seeRouteServer(anywhere, other({ pod: 'x', address: address('10.0.0.2') })).reading.kind).toBe('read');
  });

  it.each<[string, Partial<PodSight>, Partial<SeenStatus['agent']>]>([
    ['pod of Kubernetes', { uid: 'ffff' }, {}],
    ['revision', {}, { podRevision: '88bb' }],
    ['router-id', {}, { routerId: address('192.168.255.99') }],
  ])('is another identity with another %s', (_, change, agent) => {
    const { identity } = seeRouteServer({ ...pod, ...change }, other(agent));
    expect(identity).not.toBe(seeRouteServer(pod, answer).identity);
  });

  it('is the same after the agent has started again, which leaves the sessions as they are', () => {
    const { identity } = seeRouteServer(pod, other({ startedAt: '2026-11-23T00:00:00.000Z' }));
    expect(identity).toBe(seeRouteServer(pod, answer).identity);
  });
});

describe('what is not known', () => {
  const failure = { code: 'x', operation: 'read', message: 'bgpd is busy', retryable: true, causes: [] };
  const readingOf = (sessions: SeenStatus['sessions'], tookMs = 0) =>
    seeRouteServer(pod, answerOf({ ...status, sessions }, tookMs)).reading;

  it.each<[SeenStatus['sessions'], object]>([
    [
      { kind: 'unreadable', failure },
      { kind: 'unreadable', why: 'its agent cannot read the sessions: bgpd is busy' },
    ],
    [
      { kind: 'stale', ageMs: 7000, list: [], passedOver: [], failure },
      { kind: 'stale', why: 'its sessions were last read 7 s ago: bgpd is busy' },
    ],
    [
      { kind: 'unknown' },
      { kind: 'unreadable', why: 'its agent tells of its sessions in a form that is not known here' },
    ],
  ])('is not none: %j', (sessions, reading) => {
    expect(readingOf(sessions)).toEqual(reading);
  });

  it('is what was read too long ago, whoever took the time', () => {
    const whole = told(session('192.0.2.1'));
    expect(readingOf({ ...whole, ageMs: 10_000 } as typeof whole).kind).toBe('read');
    const stale = { kind: 'stale', why: 'its sessions were last read 10 s ago' };
    expect(readingOf({ ...whole, ageMs: 10_001 } as typeof whole)).toEqual(stale);
    expect(readingOf({ ...whole, ageMs: 9000 } as typeof whole, 1001)).toEqual(stale);
    const sight = seeRouteServer(pod, answer);
    expect(laterOn(sight, 9895).reading.kind).toBe('read');
    expect(laterOn(sight, 9896).reading).toEqual(stale);
    expect(laterOn({ ...sight, reading: { kind: 'unreadable', why: 'x' } }, 99_999).reading.kind).toBe('unreadable');
  });

  it('never opens a gate: whatever an agent of the next side answers, its clients are known or the gate is shut', () => {
    const anySessions = fc.oneof(
      fc.constantFrom<SeenStatus['sessions']>({ kind: 'unreadable', failure }, { kind: 'unknown' }),
      fc
        .record({ kind: fc.constantFrom('read', 'stale'), ageMs: fc.nat(20_000), odd: fc.boolean() })
        .map(({ kind, ageMs, odd }): SeenStatus['sessions'] => {
          const passedOver = odd ? [{ neighbor: 'eth0', why: 'it has no address' }] : [];
          return kind === 'read'
            ? { kind, ageMs, list: [], passedOver }
            : { kind: 'stale', ageMs, list: [], passedOver, failure };
        }),
    );
    fc.assert(
      fc.property(anySessions, fc.nat(3000), (sessions, tookMs) => {
        const seen = seeRouteServer({ ...pod, side: 'b' }, answerOf({ ...status, sessions }, tookMs));
        const { unreadable } = compareSides([seen], { next: 'b', allowMissing: [], memory: nothingRemembered });
        const isWhole =
          sessions.kind === 'read' && sessions.passedOver.length === 0 && sessions.ageMs + tookMs <= 10_000;
        expect(unreadable.length).toBe(isWhole ? 0 : 1);
      }),
    );
  });
});
