import { address } from '@meshrs/network/test-data';
import { describe, expect, it } from 'vitest';
import { nothingRemembered } from './keepers.ts';
import type { MissingClient, MissingReason, SidesComparison } from './sides-comparison.ts';
import { describeGap, describeObstacles, describeRefusal, describeWarnings, type ShutGate } from './describe-gate.ts';
import type { GatePlace } from './gate-words.ts';
import type { RollOutGap } from './roll-out.ts';

const place: GatePlace = { next: 'c', others: [{ name: 'a', statefulSets: ['rs-a', 'rs-a2'] }] };
const between: GatePlace = { next: 'c', others: [...place.others, { name: 'b', statefulSets: [] }] };
const alone: GatePlace = { next: 'c', others: [] };

const client = (host: number, reason: MissingReason): MissingClient => ({
  address: address(`192.0.2.${String(host)}`),
  routeServer: 'rs-c-0',
  reason,
});
const none: SidesComparison = {
  clientCount: 9,
  missing: [],
  more: new Map(),
  allowMissing: [],
  needlesslyAllowed: [],
  unreadable: [],
  memory: nothingRemembered,
};
const shut = (comparison: Partial<SidesComparison>, gaps: ShutGate['gaps'] = []): ShutGate => ({
  kind: 'shut',
  gaps,
  markGaps: [],
  fleetGaps: [],
  comparison: { ...none, ...comparison },
});
const notReady = (side: string, order: ShutGate['gaps'][number]['order'] = 'earlier'): ShutGate['gaps'][number] => ({
  side,
  order,
  gap: { kind: 'unready', routeServer: `rs-${side}-0` },
});

const drainOf = (cause: string, requestedBy: string, requestedAt = '2026-11-22T13:15:13.400Z') => ({
  cause,
  requestedBy,
  requestedAt,
});

const reasons = {
  'no-session': { kind: 'no-session' },
  'not-readable': { kind: 'not-readable', routeServer: 'rs-a-0', why: 'ECONNREFUSED' },
  leaving: { kind: 'leaving', routeServer: 'rs-a-0' },
  'not-heard': { kind: 'not-heard', routeServer: 'rs-a-0' },
  'without-routes': { kind: 'without-routes', routeServer: 'rs-a-0', receivedPrefixes: 7, expectedPrefixes: 20 },
} as const satisfies Record<MissingReason['kind'], MissingReason>;

describe('a gap in words', () => {
  const routeServer = 'rs-a-0';
  const hash = '0123456789abcdef';
  it.each<[RollOutGap, string]>([
    [{ kind: 'no-stateful-set', name: 'rs-a' }, 'there is no StatefulSet rs-a'],
    [{ kind: 'no-settings', configMap: 'rs-a-settings' }, 'there is no ConfigMap rs-a-settings with settings'],
    [{ kind: 'not-observed', name: 'rs-a' }, 'StatefulSet rs-a was changed just now'],
    [
      { kind: 'not-updated', name: 'rs-a', count: 1, replicas: 3 },
      '1 of 3 pods of StatefulSet rs-a run the new revision',
    ],
    [{ kind: 'not-ready', name: 'rs-a', count: 0, replicas: 2 }, '0 of 2 pods of StatefulSet rs-a are Ready'],
    [{ kind: 'not-readable', routeServer, why: 'ECONNREFUSED' }, 'rs-a-0 cannot be read (ECONNREFUSED)'],
    [{ kind: 'leaving', routeServer }, 'rs-a-0 drains or terminates'],
    [
      { kind: 'leaving', routeServer, drain: drainOf('command', 'alice') },
      'rs-a-0 drains or terminates (asked for by alice, since 2026-11-22T13:15:13Z; "mesh-agent undrain" takes it back)',
    ],
    [
      { kind: 'leaving', routeServer, drain: drainOf('pre-stop', 'preStop of the engine') },
      'rs-a-0 drains or terminates (because its pod ends, asked for by preStop of the engine, since 2026-11-22T13:15:13Z)',
    ],
    [
      { kind: 'leaving', routeServer, drain: drainOf('unknown', 'unknown', `2026-11-22T13:15:13.${'4'.repeat(400)}Z`) },
      'rs-a-0 drains or terminates (asked for by unknown, since 2026-11-22T13:15:13Z)',
    ],
    [{ kind: 'old-settings', routeServer }, 'rs-a-0 has older settings than its ConfigMap'],
    [{ kind: 'settings-refused', routeServer }, 'rs-a-0 refuses the settings of its ConfigMap, its log says why'],
    [{ kind: 'not-applied', routeServer }, 'the engine of rs-a-0 does not run what its settings say'],
    [
      { kind: 'not-applied', routeServer, waitsUntil: '2026-11-22T00:02:00.000Z' },
      'rs-a-0 waits with changes of its settings that end sessions, until their clients have another one, and until 2026-11-22T00:02:00.000Z at the latest',
    ],
    [{ kind: 'unready', routeServer }, 'rs-a-0 is not Ready'],
  ])('%j', (gap, words) => {
    expect(describeGap(gap)).toBe(words);
  });

  it('has of a hash what is enough to know it again', () => {
    const words = [
      describeGap({ kind: 'other-settings', routeServer, revision: hash, wanted: `f${hash}` }),
      describeGap({ kind: 'other-pod', routeServer, revision: hash, wanted: `f${hash}` }),
    ];
    for (const text of words) {
      expect(text).toMatch(/ 0123456789ab, .* f0123456789a /);
    }
  });
});

describe('why a gate is shut', () => {
  it('names each reason once, with its clients', () => {
    const missing = Object.values(reasons).flatMap((reason, index) => [
      client(2 * index + 1, reason),
      client(2 * index + 2, reason),
    ]);
    expect(describeObstacles(shut({ missing, clientCount: 12 }), place)).toEqual([
      '2 of its 12 clients have no session on side a: 192.0.2.1, 192.0.2.2',
      '2 of its 12 clients may have no session on side a, where rs-a-0 cannot be read (ECONNREFUSED): 192.0.2.3, 192.0.2.4',
      '2 of its 12 clients have their other session with a route server that drains or terminates: 192.0.2.5 with rs-a-0, 192.0.2.6 with rs-a-0',
      '2 of its 12 clients have a session on side a from which no BGP message has arrived since side a last changed and the gate began to listen, or for two minutes: 192.0.2.7, 192.0.2.8',
      '2 of its 12 clients have a session on side a, but side a has received fewer of their routes than expected: 192.0.2.9 7 of 20 prefixes, 192.0.2.10 7 of 20 prefixes',
    ]);
  });

  it('names every route server that cannot be read once', () => {
    const other = { ...reasons['not-readable'], routeServer: 'rs-b-0', why: 'no answer' };
    const missing = [client(1, reasons['not-readable']), client(2, other), client(3, other)];
    expect(describeObstacles(shut({ missing }), between)).toEqual([
      '3 of its 9 clients may have no session on sides a, b, where rs-a-0 cannot be read (ECONNREFUSED) and rs-b-0 cannot be read (no answer): 192.0.2.1, 192.0.2.2, 192.0.2.3',
    ]);
  });

  it('says where there is no other side at all', () => {
    expect(describeObstacles(shut({ missing: [client(1, reasons['no-session'])] }), alone)).toEqual([
      '1 of its 9 clients has no session on another side, which this cluster does not have: 192.0.2.1',
    ]);
  });

  it.each([
    [10, /192\.0\.2\.9, 192\.0\.2\.10$/],
    [11, /192\.0\.2\.10, and 1 more$/],
  ])('of %d clients names ten', (count, end) => {
    const missing = Array.from({ length: count }, (_, index) => client(index + 1, reasons['no-session']));
    expect(describeObstacles(shut({ missing }), place)[0]).toMatch(end);
  });
});

describe('what to do about a gate that is shut', () => {
  const remedies = (verdict: ShutGate, at = place) => {
    const text = describeRefusal(verdict, at, 300);
    expect(text.startsWith('Gate timed out after 300 s; side c was not changed: ')).toBe(true);
    return text.slice(text.indexOf('. ', text.lastIndexOf(': ')) + 2);
  };

  it.each<[MissingReason['kind'], string]>([
    ['no-session', 'Fix their sessions with side a (the VIP of rs-a, rs-a2)'],
    ['not-readable', 'Make its status readable (port 8179 of the pod)'],
    ['leaving', 'Wait until the route server is back'],
    ['not-heard', 'Look whether the routers still have the VIP of rs-a, rs-a2, and the clients a way to it'],
    ['without-routes', 'Compare what they announce to both sides'],
  ])('%s', (kind, words) => {
    expect(remedies(shut({ missing: [client(1, reasons[kind])] }))).toBe(
      `${words}, or name clients that are switched off for long in gitops.gate.allowMissing; then sync again.`,
    );
  });

  it('says no more than what hinders', () => {
    expect(remedies(shut({}, [notReady('a')]))).toBe('Fix side a first; then sync again.');
    expect(remedies(shut({}, [notReady('a'), notReady('b'), notReady('a')]), between)).toBe(
      'Fix side a and side b first; then sync again.',
    );
    expect(remedies(shut({}, [notReady('a'), notReady('c', 'later')]), between)).toBe(
      'Fix side a first; wait until side c is at rest, or fix it; then sync again.',
    );
    const unreadable = [{ routeServer: 'rs-c-0', kind: 'unreadable', why: 'no answer' }] as const;
    expect(remedies(shut({ unreadable }))).toBe(
      'Fix the agent of rs-c-0, or see who has side a (meshrs status), open side c by hand (meshrs open c --force) ' +
        'and delete the pod (this ends the sessions on rs-c-0); then sync again.',
    );
    const both = [...unreadable, { routeServer: 'rs-c-1', kind: 'unreadable', why: 'no answer' }] as const;
    expect(remedies(shut({ unreadable: both }), alone)).toBe(
      'Fix the agent of rs-c-0, rs-c-1, or see who has another side (meshrs status), open side c by hand ' +
        '(meshrs open c --force) and delete the pods, one after the other (this ends the sessions on rs-c-0, rs-c-1); then sync again.',
    );
  });

  it('leaves the list as the only way where there is no other side', () => {
    expect(remedies(shut({ missing: [client(1, reasons['no-session'])] }), alone)).toBe(
      'Name clients that are switched off for long in gitops.gate.allowMissing; then sync again.',
    );
  });

  it('does not advise to let all clients be missing: it is the other side that lacks something', () => {
    const missing = [client(1, reasons['no-session']), client(2, reasons['no-session'])];
    expect(remedies(shut({ missing, clientCount: 2 }))).toBe(
      'Fix their sessions with side a (the VIP of rs-a, rs-a2); then sync again.',
    );
  });

  it('looks at the engine, not at the agent, where that tells that its engine is silent', () => {
    const unreadable = [{ routeServer: 'rs-c-0', kind: 'stale', why: 'bgpd is busy' }] as const;
    expect(remedies(shut({ unreadable }))).toBe(
      'Look why the engine of rs-c-0 does not answer (its probe restarts one that hangs); then sync again.',
    );
  });

  it('joins what hinders in one sentence', () => {
    const missing = [client(1, reasons['no-session']), client(2, reasons['without-routes'])];
    expect(describeRefusal(shut({ missing }, [notReady('a'), notReady('b')]), between, 300)).toBe(
      'Gate timed out after 300 s; side c was not changed: side a does not run what was committed: rs-a-0 is not Ready; ' +
        'side b does not run what was committed: rs-b-0 is not Ready; 1 of its 9 clients has no session on sides a, b: ' +
        '192.0.2.1; 1 of its 9 clients has a session on sides a, b, but sides a, b have received fewer of its routes than expected: 192.0.2.2 7 of 20 prefixes. ' +
        'Fix side a and side b first; fix their sessions with sides a, b (the VIP of rs-a, rs-a2, side b); compare what ' +
        'they announce to both sides, or name clients that are switched off for long in gitops.gate.allowMissing; then sync again.',
    );
  });
});

it('says of the next side that its clients may be on their way back, and to wait', () => {
  const gap = { kind: 'just-started', routeServer: 'rs-b-0', seconds: 5 } as const;
  const verdict = shut({}, [{ side: 'b', order: 'next', gap }]);
  expect(describeRefusal(verdict, { ...place, next: 'b' }, 300)).toBe(
    'Gate timed out after 300 s; side b was not changed: side b may have clients that are on their way back: the engine of ' +
      'rs-b-0 started 5 s ago. Wait until the clients of side b are back; then sync again.',
  );
});

it('says of a later side that it may change by itself', () => {
  const gap = { kind: 'not-updated', name: 'rs-b', count: 1, replicas: 2 } as const;
  expect(describeObstacles(shut({}, [{ side: 'b', order: 'later', gap }]), { ...place, next: 'a' })).toEqual([
    'side b may change by itself: 1 of 2 pods of StatefulSet rs-b run the new revision',
  ]);
});

describe('warnings', () => {
  const endOfRib = { kind: 'without-routes', routeServer: 'rs-a-0', receivedPrefixes: 7 } as const;
  it.each<[MissingReason, string]>([
    [reasons['no-session'], 'it has no session on side a'],
    [reasons['not-readable'], 'it may have no session on side a, where rs-a-0 cannot be read (ECONNREFUSED)'],
    [reasons.leaving, 'its other session is with rs-a-0, which drains or terminates'],
    [
      { ...reasons.leaving, drain: drainOf('command', 'bob') },
      'its other session is with rs-a-0, which drains or terminates (asked for by bob, since 2026-11-22T13:15:13Z; "mesh-agent undrain" takes it back)',
    ],
    [
      reasons['not-heard'],
      'no BGP message has arrived from its session on side a since side a last changed and the gate began to listen, or for two minutes',
    ],
    [reasons['without-routes'], 'side a has received fewer of its routes than expected: 7 of 20 prefixes'],
    [endOfRib, 'side a has received fewer of its routes than expected: 7 prefixes and no End-of-RIB yet'],
  ])('tell why a client would be missing: %j', (reason, words) => {
    const allowMissing = [{ ...client(1, reason), name: 'dc1-leaf1' }];
    expect(describeWarnings({ ...none, allowMissing }, place)).toEqual([
      `dc1-leaf1 (192.0.2.1) may be missing (gitops.gate.allowMissing): ${words}`,
    ]);
  });
});
