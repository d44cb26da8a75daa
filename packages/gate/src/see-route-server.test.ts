import type { SeenStatus } from '@meshrs/contract';
import { parseAgentStatus } from '@meshrs/contract/status';
import { servingStatus } from '@meshrs/contract/status/test-data';
import { describe, expect, it } from 'vitest';
import { compareSides, nothingRemembered } from './compare-sides.ts';
import { routeServer, session } from './sides.test-data.ts';
import { seeRouteServer, type PodSight, type StatusAnswer } from './see-route-server.ts';

const pod: PodSight = { name: 'routeserver-a-0', side: 'a', isTerminating: false, engine: 'running' };
const status: SeenStatus = {
  ...servingStatus,
  readiness: { ...servingStatus.readiness, isReady: false },
  sessions: [session('192.0.2.1')],
};
const answer: StatusAnswer = { ok: true, status };
const silent = { ok: false, why: 'no answer within 2 s' } as const;
const withoutEngine: StatusAnswer = {
  ok: true,
  status: { ...status, engine: { ...status.engine, isConnected: false, isApplied: false } },
};

describe('seeRouteServer', () => {
  it('takes the sessions of an agent that reaches its engine, whatever Kubernetes says', () => {
    const expected = {
      name: 'routeserver-a-0',
      side: 'a',
      isTerminating: false,
      reading: {
        kind: 'read',
        isDraining: false,
        settingsRevision: 'new',
        podRevision: '77aa',
        isReady: false,
        isApplied: true,
        sessions: [session('192.0.2.1')],
      },
    };
    expect(seeRouteServer(pod, answer)).toEqual(expected);
    expect(seeRouteServer({ ...pod, engine: 'stopped' }, answer)).toEqual(expected);
  });

  it('tells which settings an agent refuses, and of which template its pod is, where it tells that', () => {
    const refused = { revision: 'newer', at: '2026-11-22T00:00:00.000Z', issues: [] };
    const refusing = { ...status, settings: { ...status.settings, refused } };
    expect(seeRouteServer(pod, { ok: true, status: refusing }).reading).toMatchObject({ refusedRevision: 'newer' });
    const { version, startedAt, now, pod: name, address, routerId } = status.agent;
    const agent = { version, startedAt, now, pod: name, address, routerId };
    const { reading } = seeRouteServer(pod, { ok: true, status: { ...status, agent } });
    expect(Object.keys(reading)).not.toContain('podRevision');
    expect(Object.keys(reading)).not.toContain('refusedRevision');
  });

  it('says why an agent does not reach its engine, and that an engine does not run, as well as it knows', () => {
    const failure = { code: 'x', operation: 'read', message: 'bgpd is gone', retryable: true, causes: [] };
    const failed = { ...status, engine: { ...status.engine, isConnected: false, failure } };
    expect(seeRouteServer(pod, { ok: true, status: failed }).reading).toEqual({
      kind: 'unreadable',
      why: 'its agent does not reach the engine: bgpd is gone',
    });
    expect(seeRouteServer({ ...pod, engine: 'stopped' }, silent).reading).toEqual({
      kind: 'engine-down',
      why: 'its engine does not run: stopped',
    });
  });

  it.each(['graceful-shutdown', 'closing', 'drained', 'unknown'] as const)('tells of the drain: %s', (phase) => {
    const draining: StatusAnswer = { ok: true, status: { ...status, drain: { phase } } };
    expect(seeRouteServer(pod, draining).reading).toMatchObject({ isDraining: true });
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
    const newer = parseAgentStatus({ ...status, sessions: [{ ...session('192.0.2.1'), ...change }] });
    const seen = seeRouteServer(pod, { ok: true, status: newer });
    const missing = (next: string) =>
      compareSides([seen, ...(next === 'b' ? [routeServer('b', [session('192.0.2.1')])] : [])], {
        next,
        allowMissing: [],
        memory: nothingRemembered,
      }).missing.map(({ address }) => address);
    expect({ clients: missing('a'), notKept: missing('b') }).toEqual(expected);
  });
});
