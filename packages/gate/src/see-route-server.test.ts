import { describe, expect, it } from 'vitest';
import { session } from './sides.test-data.ts';
import { seeRouteServer, type PodSight, type StatusAnswer } from './see-route-server.ts';

const pod: PodSight = { name: 'routeserver-a-0', side: 'a', isTerminating: false, engine: 'running' };
const answer = {
  ok: true,
  status: {
    agent: { podRevision: '77aa' },
    readiness: { isReady: false },
    settings: { revision: 'new' },
    engine: { isConnected: true, isApplied: true },
    drain: { phase: 'serving' },
    sessions: [session('192.0.2.1')],
  },
} as const satisfies StatusAnswer;
const silent = { ok: false, why: 'no answer within 2 s' } as const;
const withoutEngine = { ...answer, status: { ...answer.status, engine: { isConnected: false, isApplied: false } } };

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

  it.each(['graceful-shutdown', 'closing', 'drained'])('tells of the drain: %s', (phase) => {
    const draining = { ...answer, status: { ...answer.status, drain: { phase } } };
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
});
