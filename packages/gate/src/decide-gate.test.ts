import { columnsOf } from '@meshrs/contract';
import { describe, expect, it } from 'vitest';
import { address } from '@meshrs/network/test-data';
import { nothingRemembered } from './keepers.ts';
import { describeObstacles, describeRefusal, describeWarnings } from './describe-gate.ts';
import type { GatePlace } from './gate-words.ts';
import { decideGate, type GateVerdict, type GateView } from './decide-gate.ts';
import type { StatusReading } from './route-server-sight.ts';
import { book, read, session, side, unnamed, routeServer } from './sides.test-data.ts';

const both = [routeServer('a', [session('192.0.2.1')]), routeServer('b', [session('192.0.2.1')])];

function decide(changes: Partial<GateView>): GateVerdict {
  return decideGate({
    next: 'b',
    sides: [side('a'), side('b')],
    routeServers: both,
    fleet: undefined,
    allowMissing: [],
    revision: undefined,
    secondsSinceChange: new Map(),
    memory: nothingRemembered,
    atSeconds: 0,
    ...changes,
  });
}

const notThere = (name: string) => ({
  ...side(name),
  statefulSets: [{ name: `routeserver-${name}`, found: undefined }],
});

describe('decideGate', () => {
  it('opens when the earlier side is as wanted and keeps every client', () => {
    expect(decide({})).toMatchObject({ kind: 'open', why: 'clients-elsewhere', comparison: { clientCount: 1 } });
  });

  it('opens at once at the first installation, before either side', () => {
    const sides = [notThere('a'), notThere('b')];
    expect(decide({ next: 'a', sides, routeServers: [] })).toEqual({ kind: 'open', why: 'nothing-there' });
    expect(decide({ next: 'b', sides, routeServers: [] })).toEqual({ kind: 'open', why: 'nothing-there' });
  });

  it('stays shut while pods are left of a StatefulSet that is gone', () => {
    expect(decide({ sides: [side('a'), notThere('b')], routeServers: both.slice(1) })).toMatchObject({ kind: 'shut' });
  });

  it('lets a commit through that fixes a broken side a while all clients are on b', () => {
    const broken = routeServer('a', { kind: 'engine-down', why: 'CrashLoopBackOff' });
    expect(decide({ next: 'a', routeServers: [broken, routeServer('b', [session('192.0.2.1')])] }).kind).toBe('open');
  });

  it('lets a commit through that fixes b alone, before a, because nothing of a changes', () => {
    const routeServers = [both[0] ?? routeServer('a', []), routeServer('b', { kind: 'engine-down', why: 'Error' })];
    const sides = [side('a', { sideRevision: '5f2c' }), side('b', { sideRevision: 'old' })];
    expect(decide({ next: 'a', sides, routeServers, revision: '5f2c' })).toMatchObject({
      kind: 'open',
      why: 'nothing-changes',
      mayChange: false,
    });
    expect(decide({ next: 'a', sides, routeServers, revision: '77aa' }).kind).toBe('shut');
    expect(decide({ next: 'a', sides, routeServers }).kind).toBe('shut');
  });

  it.each([
    ['has no StatefulSet yet', notThere('b')],
    ['has an only pod that is not Ready, which moves nothing', side('b', { readyReplicas: 0 })],
    ['has no settings', { ...side('b'), settings: { ...side('b').settings, revision: undefined } }],
  ])('does not ask a later side to be as wanted: one that %s', (_, b) => {
    expect(decide({ next: 'a', sides: [side('a'), b] }).kind).toBe('open');
  });

  it.each([
    ['whose controller has not seen the change', side('b', { isObserved: false }), 'not-observed'],
    ['with a pod that the controller takes next', side('b', { replicas: 2, updatedReplicas: 1 }), 'not-updated'],
    ['with its only pod of an older revision', side('b', { updatedReplicas: 0 }), 'not-updated'],
    ['with one Ready pod of two behind one VIP', side('b', { replicas: 2, updatedReplicas: 2 }), 'not-ready'],
  ])('waits for a later side that may change by itself: one %s', (_, b, kind) => {
    expect(decide({ next: 'a', sides: [side('a'), b] })).toMatchObject({
      kind: 'shut',
      gaps: [{ side: 'b', order: 'later', gap: { kind } }],
      comparison: { missing: [] },
    });
  });

  it.each([
    [
      'has settings that wait for the kubelet',
      read([session('192.0.2.1')], { settingsRevision: 'old' }),
      'old-settings',
    ],
    [
      'has settings that its engine does not run yet',
      read([session('192.0.2.1')], { isApplied: false }),
      'not-applied',
    ],
    ['drains', read([session('192.0.2.1')], { isDraining: true }), 'leaving'],
  ])('waits for a route server of a later side that %s, with another that keeps the clients', (_, reading, kind) => {
    const routeServers = [
      routeServer('a', [session('192.0.2.1')]),
      routeServer('b', [session('192.0.2.1')], { name: 'routeserver-b-1' }),
      routeServer('b', reading),
    ];
    expect(decide({ next: 'a', routeServers })).toMatchObject({
      kind: 'shut',
      gaps: [{ side: 'b', order: 'later', gap: { kind, routeServer: 'routeserver-b-0' } }],
    });
  });

  it.each([
    ['refuses the settings of its ConfigMap', { settingsRevision: 'old', refusedRevision: 'new' }],
    ['is unready', { isReady: false }],
  ])('lets a commit through that may fix a later route server that %s', (_, changes) => {
    const b = routeServer('b', read([session('192.0.2.1')], changes));
    expect(decide({ next: 'a', routeServers: [routeServer('a', [session('192.0.2.1')]), b] }).kind).toBe('open');
  });

  describe('where the engine of the next side has begun anew', () => {
    const just = (changes: Parameters<typeof read>[1], b = side('b')) =>
      decide({
        sides: [side('a'), b],
        routeServers: [routeServer('a', []), routeServer('b', read([], { engineAgeMs: 5000, ...changes }))],
      });
    const gaps = [
      { side: 'b', order: 'next', gap: { kind: 'just-started', routeServer: 'routeserver-b-0', seconds: 5 } },
    ];

    it('that it has no clients yet is not that it has none', () => {
      expect(just({ isReady: false })).toMatchObject({ kind: 'shut', gaps });
      expect(just({ isReady: false, engineAgeMs: 149_999 }).kind).toBe('shut');
    });

    it('the time in which a client tries again is waited for, and no longer: a broken side can be fixed', () => {
      expect(just({ isReady: false, engineAgeMs: 150_000 }).kind).toBe('open');
    });

    it('Ready says that they are back, but not where several pods share a VIP', () => {
      expect(just({ isReady: true }).kind).toBe('open');
      const shared = side('b', { replicas: 2, updatedReplicas: 2, readyReplicas: 2 });
      expect(just({ isReady: true }, shared)).toMatchObject({ kind: 'shut', gaps });
    });

    it('an agent that does not tell since when counts when it says that it is Ready', () => {
      const silent = (isReady: boolean) => {
        const told = read([], { isReady });
        const entries = Object.entries(told).filter(([key]) => key !== 'engineAgeMs');
        return decide({
          routeServers: [routeServer('a', []), routeServer('b', Object.fromEntries(entries) as typeof told)],
        });
      };
      expect(silent(true).kind).toBe('open');
      expect(silent(false)).toMatchObject({ kind: 'shut', gaps: [{ order: 'next', gap: { kind: 'just-started' } }] });
    });

    it('one whose engine does not run at all has none', () => {
      const routeServers = [routeServer('a', []), routeServer('b', { kind: 'engine-down', why: 'CrashLoopBackOff' })];
      expect(decide({ routeServers }).kind).toBe('open');
    });
  });

  it('waits for a later side of another cluster whose engine does not run its settings yet', () => {
    const elsewhere = { name: 'b', settingsRevision: 'new', agents: [{ address: '192.0.2.200', podRevision: 'x' }] };
    const of = (changes: Parameters<typeof read>[1]) => [
      routeServer('a', [session('192.0.2.1')]),
      routeServer('b', read([session('192.0.2.1')], { settingsRevision: 'old', ...changes }), { name: '192.0.2.200' }),
    ];
    const sides = [side('a'), elsewhere];
    expect(decide({ next: 'a', sides, routeServers: of({}) }).kind).toBe('open');
    expect(decide({ next: 'a', sides, routeServers: of({ isApplied: false }) })).toMatchObject({
      kind: 'shut',
      gaps: [{ side: 'b', order: 'later', gap: { kind: 'not-applied' } }],
    });
    const waits = { isApplied: false, settingsWaitUntil: '2026-11-22T00:02:00.000Z' };
    expect(decide({ next: 'a', sides, routeServers: of(waits) })).toMatchObject({
      gaps: [{ gap: { kind: 'not-applied', waitsUntil: '2026-11-22T00:02:00.000Z' } }],
    });
  });

  it.each([
    ['whose controller has not seen the change', side('a', { isObserved: false }), 'not-observed'],
    ['with a pod of the old revision', side('a', { updatedReplicas: 0 }), 'not-updated'],
    ['with a pod that is not Ready', side('a', { readyReplicas: 0 }), 'not-ready'],
    ['with one Ready pod of three', side('a', { replicas: 3, updatedReplicas: 3, readyReplicas: 1 }), 'not-ready'],
    ['with one new pod of three', side('a', { replicas: 3, updatedReplicas: 1, readyReplicas: 3 }), 'not-updated'],
    ['without its StatefulSet', notThere('a'), 'no-stateful-set'],
    ['without its settings', { ...side('a'), settings: { ...side('a').settings, revision: undefined } }, 'no-settings'],
  ])('waits for an earlier side %s', (_, a, kind) => {
    expect(decide({ sides: [a, side('b')] })).toMatchObject({ kind: 'shut', gaps: [{ side: 'a', gap: { kind } }] });
  });

  it.each([
    ['has older settings', read([session('192.0.2.1')], { settingsRevision: 'old' }), 'old-settings'],
    [
      'refuses its settings',
      read([session('192.0.2.1')], { settingsRevision: 'old', refusedRevision: 'new' }),
      'settings-refused',
    ],
    ['has not applied them', read([session('192.0.2.1')], { isApplied: false }), 'not-applied'],
    ['drains', read([session('192.0.2.1')], { isDraining: true }), 'leaving'],
    ['cannot be read', { kind: 'unreadable', why: 'no answer' } as const, 'not-readable'],
    ['is down', { kind: 'engine-down', why: 'Error' } as const, 'not-readable'],
  ])('waits for a route server of an earlier side that %s', (_, reading, kind) => {
    const routeServers = [routeServer('a', reading), routeServer('b', [])];
    expect(decide({ routeServers })).toMatchObject({ kind: 'shut', gaps: [{ side: 'a', gap: { kind } }] });
  });

  it('waits for a route server of an earlier side whose pod terminates, whatever it says of itself', () => {
    const leaving = routeServer('a', [session('192.0.2.1')], { isTerminating: true });
    const staying = routeServer('a', [session('192.0.2.1')], { name: 'routeserver-a-1' });
    const routeServers = [leaving, staying, routeServer('b', [session('192.0.2.1')])];

    expect(decide({ routeServers })).toMatchObject({
      kind: 'shut',
      gaps: [{ side: 'a', gap: { kind: 'leaving', routeServer: 'routeserver-a-0' } }],
      comparison: { missing: [] },
    });
  });

  it('stays shut while the clients of the next side are not known', () => {
    const routeServers = [routeServer('a', []), routeServer('b', { kind: 'unreadable', why: 'no answer' })];
    expect(decide({ routeServers }).kind).toBe('shut');
  });
});

describe('decideGate, where side b bears the mark of what was committed', () => {
  const place: GatePlace = { next: 'b', others: [{ name: 'a', statefulSets: [] }] };
  const b = side('b', { sideRevision: '5f2c' });
  const alone = [routeServer('a', []), routeServer('b', [session('192.0.2.1')])];
  const decideMarked = (changes: Partial<GateView> = {}) =>
    decide({ sides: [side('a'), b], revision: '5f2c', routeServers: alone, ...changes });
  const bWith = (settings: Partial<typeof b.settings>) => ({ ...b, settings: { ...b.settings, ...settings } });

  it('opens, whoever is missing, where its settings and route servers are as they were then', () => {
    expect(decideMarked()).toMatchObject({ kind: 'open', why: 'nothing-changes', mayChange: false });
    // Its turn is opened only where that could end nobody's last session.
    const heard = (receivedMessages: number) => [
      routeServer('a', [session('192.0.2.1', { uptimeSeconds: 3600, receivedMessages })]),
      routeServer('b', [session('192.0.2.1')]),
    ];
    const first = decideMarked({ routeServers: heard(70), listenedSeconds: 0 });
    if (first.kind !== 'shut') return expect.unreachable('whether its turn is opened is not known yet');
    const { memory } = first.comparison;
    expect(decideMarked({ routeServers: heard(70), listenedSeconds: 5, memory }).kind).toBe('shut');
    const second = decideMarked({ routeServers: heard(71), listenedSeconds: 9, memory });
    if (second.kind !== 'open' || second.why !== 'nothing-changes') return expect.unreachable('nothing changes');
    expect(second.mayChange).toBe(true);
    // Who was heard from once stays so in the look that has to agree, without one more message.
    const agreeing = { routeServers: heard(71), listenedSeconds: 12, memory: second.memory };
    expect(decideMarked(agreeing)).toMatchObject({ kind: 'open', mayChange: true });
    const kept = [routeServer('a', [session('192.0.2.1')]), routeServer('b', [session('192.0.2.1')])];
    expect(decideMarked({ routeServers: kept })).toMatchObject({
      kind: 'open',
      why: 'nothing-changes',
      mayChange: true,
    });
    const unknown = [
      routeServer('a', [session('192.0.2.1')]),
      routeServer('b', { kind: 'unreadable', why: 'ECONNREFUSED' }),
    ];
    expect(decideMarked({ routeServers: unknown })).not.toMatchObject({ mayChange: true });
    const own = { sideRevision: '5f2c', changedAtMs: 1000, markedAtMs: 1000 };
    expect(decideMarked({ sides: [side('a'), bWith(own)] }).kind).toBe('open');
    // Both were written in one second, to which the API server's times go.
    expect(decideMarked({ sides: [side('a'), bWith({ changedAtMs: 2000 })] }).kind).toBe('open');
  });

  it('opens where a sync has put its settings back since, mark and all', () => {
    const putBack = { sideRevision: '5f2c', changedAtMs: 9000, markedAtMs: 9000 };
    expect(decideMarked({ sides: [side('a'), bWith(putBack)] }).kind).toBe('open');
  });

  const notAsMarked: readonly (readonly [string, Partial<GateView>, string])[] = [
    [
      'a sync wrote its settings and failed at the StatefulSet, and this one takes the commit back',
      { sides: [side('a'), bWith({ changedAtMs: 2001 })] },
      'ConfigMap routeserver-b-settings was changed after the side was marked, or it is not known when',
    ],
    [
      'its settings bear the mark of another commit',
      { sides: [side('a'), bWith({ sideRevision: '77aa' })] },
      'ConfigMap routeserver-b-settings bears the mark of another commit',
    ],
    [
      'somebody changed its settings, which bear the mark, after they got it',
      { sides: [side('a'), bWith({ sideRevision: '5f2c', changedAtMs: 1500, markedAtMs: 1000 })] },
      'ConfigMap routeserver-b-settings was changed after the side was marked, or it is not known when',
    ],
    [
      'nothing tells when its settings got their mark',
      { sides: [side('a'), bWith({ sideRevision: '5f2c', markedAtMs: undefined })] },
      'ConfigMap routeserver-b-settings was changed after the side was marked, or it is not known when',
    ],
    [
      'nothing tells when its settings were changed',
      { sides: [side('a'), bWith({ changedAtMs: undefined })] },
      'ConfigMap routeserver-b-settings was changed after the side was marked, or it is not known when',
    ],
    [
      'nothing tells when it was marked',
      { sides: [side('a'), side('b', { sideRevision: '5f2c', markedAtMs: undefined })] },
      'ConfigMap routeserver-b-settings was changed after the side was marked, or it is not known when',
    ],
    [
      'it has no settings',
      { sides: [side('a'), bWith({ revision: undefined })] },
      'there is no ConfigMap routeserver-b-settings with settings',
    ],
    [
      'its route server has other settings in force',
      {
        routeServers: [
          routeServer('a', []),
          routeServer('b', read([session('192.0.2.1')], { settingsRevision: 'old' })),
        ],
      },
      'routeserver-b-0 has older settings than its ConfigMap',
    ],
    [
      'its engine does not run what they say',
      { routeServers: [routeServer('a', []), routeServer('b', read([session('192.0.2.1')], { isApplied: false }))] },
      'the engine of routeserver-b-0 does not run what its settings say',
    ],
    [
      'a pod is of the revision before',
      { sides: [side('a'), side('b', { sideRevision: '5f2c', updatedReplicas: 0 })] },
      '0 of 1 pods of StatefulSet routeserver-b run the new revision',
    ],
    [
      'its controller has still to act',
      { sides: [side('a'), side('b', { sideRevision: '5f2c', isObserved: false })] },
      'StatefulSet routeserver-b was changed just now',
    ],
    [
      'its route server drains',
      { routeServers: [routeServer('a', []), routeServer('b', read([session('192.0.2.1')], { isDraining: true }))] },
      'routeserver-b-0 drains or terminates',
    ],
    ['it has no pod', { routeServers: [routeServer('a', [])] }, 'it has no pod'],
  ];
  it.each(notAsMarked)('lets its clients count where %s', (_, changes, words) => {
    const verdict = decideMarked(changes);
    const hasPod = (changes.routeServers ?? alone).some((each) => each.side === 'b');
    // Without a pod there is no client whom the change would disturb.
    expect(verdict).toMatchObject(hasPod ? { kind: 'shut' } : { kind: 'open', why: 'clients-elsewhere' });
    if (verdict.kind === 'shut') {
      expect(describeObstacles(verdict, place)).toEqual([
        `side b is marked as committed, but does not run that, so its clients count: ${words}`,
        '1 of its 1 client has no session on side a: client-192.0.2.1 (192.0.2.1)',
      ]);
    }
    // With every client kept, it may be changed as any side.
    const kept = [routeServer('a', [session('192.0.2.1')]), ...(changes.routeServers ?? alone).slice(1)];
    expect(decideMarked({ ...changes, routeServers: kept })).toMatchObject({ kind: 'open', why: 'clients-elsewhere' });
  });

  it.each([
    { kind: 'unreadable', why: 'no answer' } as const,
    { kind: 'stale', why: 'a minute ago' } as const,
    { kind: 'engine-down', why: 'Error' } as const,
  ])('does not take its word for what a route server runs that is not read: %j', (reading) => {
    const verdict = decideMarked({ routeServers: [routeServer('a', []), routeServer('b', reading)] });
    expect(verdict).not.toMatchObject({ why: 'nothing-changes' });
    expect(verdict.kind).toBe(reading.kind === 'engine-down' ? 'open' : 'shut');
  });
});

describe('decideGate, where a side has two StatefulSets', () => {
  const two = (name: string, one: object | undefined, other: object | undefined) => {
    const [found] = side(name).statefulSets;
    const set = (suffix: string, change: object | undefined) => ({
      name: `routeserver-${name}${suffix}`,
      found: change && found?.found && { ...found.found, ...change },
    });
    return { ...side(name), statefulSets: [set('', one), set('2', other)] };
  };
  const notReady = side('a', { readyReplicas: 0 });
  const withoutPods = both.slice(0, 1);

  it('knows that there is nothing only when there is none of them, and no pod', () => {
    const verdictOf = (b: GateView['sides'][number], routeServers = withoutPods) =>
      decide({ sides: [notReady, b], routeServers });
    expect(verdictOf(two('b', undefined, undefined))).toEqual({ kind: 'open', why: 'nothing-there' });
    expect(verdictOf(two('b', {}, undefined)).kind).toBe('shut');
    expect(verdictOf(two('b', undefined, {})).kind).toBe('shut');
    expect(verdictOf(two('b', {}, {})).kind).toBe('shut');
    expect(verdictOf(two('b', undefined, undefined), both).kind).toBe('shut');
  });

  it('knows that nothing changes only when both are as wanted', () => {
    const verdictOf = (b: GateView['sides'][number]) => decide({ sides: [notReady, b], revision: '5f2c' });
    const asWanted = { sideRevision: '5f2c' };
    expect(verdictOf(two('b', asWanted, asWanted))).toMatchObject({
      kind: 'open',
      why: 'nothing-changes',
      mayChange: false,
    });
    expect(verdictOf(two('b', asWanted, { sideRevision: 'old' })).kind).toBe('shut');
    expect(verdictOf(two('b', { sideRevision: 'old' }, asWanted)).kind).toBe('shut');
    expect(verdictOf(two('b', asWanted, undefined)).kind).toBe('shut');
    expect(verdictOf(two('b', asWanted, {})).kind).toBe('shut');
  });

  it('waits for either of an earlier side', () => {
    for (const a of [two('a', {}, { readyReplicas: 0 }), two('a', { readyReplicas: 0 }, {})]) {
      expect(decide({ sides: [a, side('b')] })).toMatchObject({ kind: 'shut', gaps: [{ gap: { kind: 'not-ready' } }] });
    }
  });
});

describe('decideGate, where side a stands in another cluster', () => {
  const address = '10.0.0.1';
  const a = { name: 'a', settingsRevision: 'new', agents: [{ address, podRevision: '77aa' }] };
  const asWanted = read([session('192.0.2.1')], { podRevision: '77aa' });
  const decideElsewhere = (reading: StatusReading, changes: Partial<GateView> = {}) =>
    decide({
      sides: [a, side('b')],
      routeServers: [routeServer('a', reading, { name: address }), routeServer('b', [session('192.0.2.1')])],
      ...changes,
    });

  it('opens when its agents run what is wanted and it keeps every client', () => {
    expect(decideElsewhere(asWanted)).toMatchObject({ kind: 'open', why: 'clients-elsewhere' });
  });

  it.each([
    [
      'runs other settings',
      { ...asWanted, settingsRevision: 'old' },
      `${address} has settings of revision old, but revision new was committed`,
    ],
    [
      'refuses the settings',
      { ...asWanted, settingsRevision: 'old', refusedRevision: 'new' },
      `${address} refuses the settings of its ConfigMap, its log says why`,
    ],
    [
      'is another pod',
      { ...asWanted, podRevision: '5f2c' },
      `${address} is a pod of revision 5f2c, but revision 77aa was committed`,
    ],
    [
      'does not know its pod',
      read([session('192.0.2.1')]),
      `${address}'s pod does not report its revision; revision 77aa was committed`,
    ],
    ['is not Ready', { ...asWanted, isReady: false }, `${address} is not Ready`],
    [
      'has not applied its settings',
      { ...asWanted, isApplied: false },
      `the engine of ${address} does not run what its settings say`,
    ],
    ['drains', { ...asWanted, isDraining: true }, `${address} drains or terminates`],
    [
      'does not answer',
      { kind: 'unreadable', why: 'no answer within 2 s' },
      `${address} cannot be read (no answer within 2 s)`,
    ],
  ] satisfies [string, StatusReading, string][])('stays shut while its agent %s', (_, reading, words) => {
    const verdict = decideElsewhere(reading);
    if (verdict.kind !== 'shut') throw new Error('it must be shut');
    const place: GatePlace = { next: 'b', others: [{ name: 'a', statefulSets: [] }] };
    expect(describeRefusal(verdict, place, 300)).toMatch(
      `Gate timed out after 300 s; side b was not changed: side a does not run what was committed: ${words}`,
    );
    expect(describeRefusal(verdict, place, 300)).toContain('Fix side a first');
  });

  it('tells of an agent what is wrong with it, and not that it is not Ready besides', () => {
    const gapsOf = (reading: StatusReading) => {
      const verdict = decideElsewhere(reading);
      return verdict.kind === 'shut' ? verdict.gaps.map(({ gap }) => gap.kind) : [];
    };
    expect(gapsOf({ ...asWanted, isReady: false, isApplied: false })).toEqual(['not-applied']);
    expect(gapsOf({ ...asWanted, isReady: false, isDraining: true })).toEqual(['leaving']);
    expect(gapsOf({ kind: 'engine-down', why: 'Error' })).toEqual(['not-readable']);
  });

  it('stays shut when one of its agents was not asked', () => {
    const agents = [...a.agents, { address: '10.0.0.2', podRevision: '77aa' }];
    expect(decideElsewhere(asWanted, { sides: [{ ...a, agents }, side('b')] })).toMatchObject({
      gaps: [{ side: 'a', gap: { kind: 'not-readable', routeServer: '10.0.0.2' } }],
    });
  });

  it('wants to hear from its clients since the first look, though nobody has changed it', () => {
    const at = (receivedMessages: number, listenedSeconds: number, memory = nothingRemembered) => {
      const clients = columnsOf(book, [session('192.0.2.1', { uptimeSeconds: 3600, receivedMessages })]);
      return decideElsewhere({ ...asWanted, clients }, { listenedSeconds, memory });
    };
    const first = at(70, 0);
    expect(first).toMatchObject({ kind: 'shut', comparison: { missing: [{ reason: { kind: 'not-heard' } }] } });
    if (first.kind !== 'shut') return expect.unreachable();
    expect(at(70, 5, first.comparison.memory).kind).toBe('shut');
    expect(at(71, 10, first.comparison.memory).kind).toBe('open');
  });

  it('does not ask it what it runs when it goes later', () => {
    const later = decideElsewhere({ ...asWanted, podRevision: '5f2c' }, { sides: [side('b'), a] });
    expect(later.kind).toBe('open');
  });

  it('stays shut for a client that it has not, and for one that was not heard since the gate began', () => {
    const place: GatePlace = { next: 'b', others: [{ name: 'a', statefulSets: [] }] };
    const without = decideElsewhere({ ...asWanted, clients: columnsOf(book, []) });
    expect(without.kind === 'shut' && describeRefusal(without, place, 300)).toContain(
      '1 of its 1 client has no session on side a: client-192.0.2.1 (192.0.2.1). Fix their sessions with side a (the VIP of side a)',
    );
    expect(decideElsewhere(asWanted, { secondsSinceChange: new Map([['a', 3]]) })).toMatchObject({
      comparison: { missing: [{ reason: { kind: 'not-heard' } }] },
    });
  });
});

describe('the words', () => {
  const place: GatePlace = { next: 'b', others: [{ name: 'a', statefulSets: ['routeserver-a'] }] };
  const shut = (changes: Partial<GateView>) => {
    const verdict = decide(changes);
    if (verdict.kind !== 'shut') throw new Error('the gate of this test is shut');
    return verdict;
  };
  const many = (count: number) => Array.from({ length: count }, (_, index) => unnamed(`192.0.2.${String(index + 1)}`));

  it('of a refusal name side, clients and what to do', () => {
    const clients = [...many(4), session('192.0.2.5', { name: 'dc4-border1' })];
    const routeServers = [routeServer('a', clients.slice(0, 3)), routeServer('b', clients)];
    expect(describeRefusal(shut({ routeServers }), place, 300)).toBe(
      'Gate timed out after 300 s; side b was not changed: 2 of its 5 clients have no session on side a: 192.0.2.4, ' +
        'dc4-border1 (192.0.2.5). Fix their sessions with side a (the VIP of routeserver-a), or name clients that ' +
        'are switched off for long in gitops.gate.allowMissing; then sync again.',
    );
  });

  it('count what is too much to name', () => {
    const [words] = describeObstacles(
      shut({ routeServers: [routeServer('a', []), routeServer('b', many(48))] }),
      place,
    );
    expect(words).toMatch(
      /^48 of its 48 clients have no session on side a: 192\.0\.2\.1, .*192\.0\.2\.10, and 38 more$/,
    );
  });

  it.each([
    [
      { routeServers: [routeServer('a', read([session('192.0.2.1')], { isDraining: true })), both[1] ?? both[0]] },
      [
        'side a does not run what was committed: routeserver-a-0 drains or terminates',
        '1 of its 1 client has its other session with a route server that drains or terminates: client-192.0.2.1 (192.0.2.1) with routeserver-a-0',
      ],
    ],
    [
      {
        routeServers: [
          routeServer('a', [session('192.0.2.1', { endOfRib: { received: false, sent: true } })]),
          both[1] ?? both[0],
        ],
      },
      [
        '1 of its 1 client has a session on side a, but side a has received fewer of its routes than expected: client-192.0.2.1 (192.0.2.1) 20 prefixes and no End-of-RIB yet',
      ],
    ],
    [
      { routeServers: [routeServer('a', { kind: 'unreadable', why: 'no answer within 2 s' }), both[1] ?? both[0]] },
      [
        'side a does not run what was committed: routeserver-a-0 cannot be read (no answer within 2 s)',
        '1 of its 1 client may have no session on side a, where routeserver-a-0 cannot be read (no answer within 2 s): client-192.0.2.1 (192.0.2.1)',
      ],
    ],
    [
      { routeServers: [both[0], routeServer('b', { kind: 'unreadable', why: 'ECONNREFUSED' })] },
      ['the gate cannot read the status of routeserver-b-0, so it does not know its clients (ECONNREFUSED)'],
    ],
    [
      { sides: [side('a', { readyReplicas: 0 }), side('b')] },
      ['side a does not run what was committed: 0 of 1 pods of StatefulSet routeserver-a are Ready'],
    ],
  ])('of obstacles, %#', (changes, words) => {
    expect(describeObstacles(shut(changes as Partial<GateView>), place)).toEqual(words);
  });

  it('of warnings', () => {
    const verdict = decide({
      routeServers: [
        routeServer('a', [session('192.0.2.1')]),
        routeServer('b', [session('192.0.2.1'), session('192.0.2.2')]),
      ],
      allowMissing: [address('192.0.2.1'), address('192.0.2.2')],
    });
    expect(verdict).toMatchObject({ kind: 'open', why: 'clients-elsewhere' });
    expect('comparison' in verdict && describeWarnings(verdict.comparison, place)).toEqual([
      'client-192.0.2.2 (192.0.2.2) may be missing (gitops.gate.allowMissing): it has no session on side a',
      '192.0.2.1 is not missing, it is on side a: take it out of gitops.gate.allowMissing',
    ]);
  });
});
