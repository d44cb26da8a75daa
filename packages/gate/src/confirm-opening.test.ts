import { describe, expect, it } from 'vitest';
import { nothingRemembered } from './keepers.ts';
import { confirmAfterMs, confirmOpening, untilNextLookMs, type OpeningLook } from './confirm-opening.ts';
import { decideGate, type GateView } from './decide-gate.ts';
import { describeNotYet, describeOpening, describeUnconfirmed } from './describe-opening.ts';
import { read, routeServer, session, side } from './sides.test-data.ts';

const place = { next: 'b', others: [{ name: 'a', statefulSets: ['routeserver-a'] }] };
const client = session('192.0.2.1');
const at = (second: number) => `2026-11-22T00:00:${String(second).padStart(2, '0')}.000Z`;

/** What a gate sees at a second. */
function viewAt(second: number, changes: Partial<GateView> = {}): GateView {
  const saidAt = at(second);
  return {
    next: 'b',
    sides: [side('a'), side('b')],
    routeServers: [routeServer('a', read([client], { saidAt })), routeServer('b', read([client], { saidAt }))],
    fleet: { configMap: 'meshrr-evpnrs-fleet', revision: 'fleet', secondsSinceChange: 3600 },
    allowMissing: [],
    revision: undefined,
    secondsSinceChange: new Map(),
    memory: nothingRemembered,
    atSeconds: 0,
    ...changes,
  };
}

function confirm(first: OpeningLook | undefined, second: number, view = viewAt(second)) {
  const verdict = decideGate(view);
  return confirmOpening(first, { atMs: second * 1000, verdict, view, afterMs: confirmAfterMs });
}

function firstOf(view = viewAt(0)): OpeningLook {
  const confirmation = confirm(undefined, 0, view);
  if (confirmation.kind !== 'not-yet' || !confirmation.first) throw new Error('it would not have opened');
  return confirmation.first;
}

const routeServers = (second: number, change: (changes: { saidAt: string }) => GateView['routeServers']) => ({
  routeServers: change({ saidAt: at(second) }),
});

describe('a gate', () => {
  it('opens by two looks that agree, some seconds apart, and not by one', () => {
    expect(confirm(undefined, 0)).toMatchObject({ kind: 'not-yet', why: { kind: 'first-look' } });
    expect(confirm(firstOf(), 1)).toMatchObject({ kind: 'not-yet', first: { atMs: 0 }, why: { kind: 'too-early' } });
    expect(confirm(firstOf(), 2.999)).toMatchObject({ kind: 'not-yet', why: { kind: 'too-early' } });
    expect(confirm(firstOf(), 3)).toEqual({ kind: 'open' });
    expect(confirm(firstOf(), 300)).toEqual({ kind: 'open' });
  });

  it.each([
    ['nothing-there', { sides: [side('a'), { ...side('b'), statefulSets: [{ name: 'x', found: undefined }] }] }],
    ['nothing-changes', { sides: [side('a'), side('b', { sideRevision: '5f2c' })], revision: '5f2c' }],
  ] as const)('opens by two looks where it finds that there is %s, too', (why, changes) => {
    const view = (second: number): GateView => {
      const seen = viewAt(second, changes);
      return why === 'nothing-there' ? { ...seen, routeServers: seen.routeServers.slice(0, 1) } : seen;
    };
    const first = firstOf(view(0));
    expect(first.why).toBe(why);
    expect(confirm(first, 1, view(1))).toMatchObject({ kind: 'not-yet', why: { kind: 'too-early' } });
    expect(confirm(first, 3, view(3))).toEqual({ kind: 'open' });
  });

  it('opens no turn by one look that would: both must agree in that, too', () => {
    const marked = { sides: [side('a'), side('b', { sideRevision: '5f2c' })], revision: '5f2c' };
    const alone = (second: number) =>
      viewAt(second, {
        ...marked,
        ...routeServers(second, (told) => [routeServer('a', read([], told)), routeServer('b', read([client], told))]),
      });
    expect(firstOf(viewAt(0, marked))).toMatchObject({ why: 'nothing-changes', opensTurn: true });
    expect(firstOf(alone(0))).toMatchObject({ why: 'nothing-changes', opensTurn: false });
    expect(confirm(firstOf(alone(0)), 3, viewAt(3, marked))).toMatchObject({
      kind: 'not-yet',
      why: { kind: 'changed' },
    });
    expect(confirm(firstOf(viewAt(0, marked)), 3, alone(3))).toMatchObject({
      kind: 'not-yet',
      why: { kind: 'changed' },
    });
    expect(confirm(firstOf(alone(0)), 3, alone(3))).toEqual({ kind: 'open' });
  });

  it('begins anew after a look that would not open', () => {
    const alone = viewAt(
      2,
      routeServers(2, (told) => [routeServer('a', read([], told)), routeServer('b', read([client], told))]),
    );
    expect(confirm(firstOf(), 2, alone)).toEqual({ kind: 'not-yet', first: undefined, why: { kind: 'shut' } });
  });

  const unlike: readonly (readonly [string, Partial<GateView>])[] = [
    [
      'another pod of the same name stands there',
      routeServers(3, (told) => [
        routeServer('a', read([client], told), { identity: 'another pod' }),
        routeServer('b', read([client], told)),
      ]),
    ],
    [
      'a pod has begun to terminate',
      routeServers(3, (told) => [
        routeServer('a', read([client], told)),
        routeServer('b', read([client], told), { isTerminating: true }),
      ]),
    ],
    [
      'a route server has begun to drain',
      routeServers(3, (told) => [
        routeServer('a', read([client], told)),
        routeServer('b', read([client], { ...told, isDraining: true })),
      ]),
    ],
    [
      'other settings are in force on the next side',
      routeServers(3, (told) => [
        routeServer('a', read([client], told)),
        routeServer('b', read([client], { ...told, settingsRevision: 'other' })),
      ]),
    ],
    [
      'there is one route server more',
      routeServers(3, (told) => [
        routeServer('a', read([client], told)),
        routeServer('b', read([client], told)),
        routeServer('b', read([], told), { name: 'routeserver-b-1', identity: 'more' }),
      ]),
    ],
    ['a StatefulSet was changed', { sides: [side('a'), side('b', { generation: 2 })] }],
    ['another sync has marked a StatefulSet', { sides: [side('a'), side('b', { sideRevision: 'x' })] }],
    ['a mark was written again', { sides: [side('a', { markedAtMs: 3000 }), side('b')] }],
    [
      'settings were written',
      { sides: [side('a'), { ...side('b'), settings: { ...side('b').settings, revision: 'other' } }] },
    ],
    [
      'settings were written back',
      { sides: [side('a'), { ...side('b'), settings: { ...side('b').settings, changedAtMs: 9000 } }] },
    ],
    [
      'the router-ids of the fleet were written',
      {
        fleet: { configMap: 'meshrr-evpnrs-fleet', revision: 'newer', secondsSinceChange: 1 },
        ...routeServers(3, (told) =>
          ['a', 'b'].map((name) =>
            routeServer(name, read([client], told), { fleet: { kind: 'told', revision: 'newer' } }),
          ),
        ),
      },
    ],
    [
      'a route server of the next side has lost its file of them',
      routeServers(3, (told) => [
        routeServer('a', read([client], told)),
        routeServer('b', read([client], told), { fleet: { kind: 'refused', why: 'EIO' } }),
      ]),
    ],
    ['it opens by another reason', { sides: [side('a'), side('b', { sideRevision: '5f2c' })], revision: '5f2c' }],
  ];
  it.each(unlike)('begins anew, and stays shut, where between two looks %s', (_, changes) => {
    expect(confirm(firstOf(), 3, viewAt(3, changes))).toMatchObject({
      kind: 'not-yet',
      first: { atMs: 3000 },
      why: { kind: 'changed' },
    });
  });

  it('does not take the answer of before for a second one', () => {
    expect(confirm(firstOf(), 3, viewAt(0))).toMatchObject({
      kind: 'not-yet',
      first: { atMs: 0 },
      why: { kind: 'repeated', routeServers: ['routeserver-a-0', 'routeserver-b-0'] },
    });
    expect(confirm(firstOf(), 4, viewAt(4))).toEqual({ kind: 'open' });
  });

  it.each([
    ['a', 'its other side'],
    ['b', 'the side itself'],
    ['c', 'a side that keeps nobody'],
  ])('does not take one reading of the engine of side %s for two, told twice: %s', (which) => {
    const told = (second: number, ageMs: number) =>
      viewAt(second, {
        sides: [side('a'), side('b'), side('c')],
        routeServers: ['a', 'b', 'c'].map((name) =>
          routeServer(
            name,
            read(name === 'c' ? [] : [client], { saidAt: at(second), ageMs: name === which ? ageMs : 20 }),
          ),
        ),
      });
    const first = firstOf(told(0, 100));
    for (const [second, ageMs] of [
      [3, 3100],
      [3, 3000],
      [4, 4100],
      [4.9, 5000],
    ] as const) {
      expect(confirm(first, second, told(second, ageMs))).toEqual({
        kind: 'not-yet',
        first,
        why: { kind: 'not-read-since', routeServers: [`routeserver-${which}-0`] },
      });
    }
    // It was read when the first look was over, or later.
    for (const [second, ageMs] of [
      [3, 2999],
      [3, 0],
      [4, 3500],
    ] as const) {
      expect(confirm(first, second, told(second, ageMs))).toEqual({ kind: 'open' });
    }
  });

  it('does not depend on the order of the pods, nor on sessions that change', () => {
    const busier = viewAt(3, {
      routeServers: [
        routeServer('b', read([client, session('192.0.2.2')], { saidAt: at(3) })),
        routeServer('a', read([client, session('192.0.2.2')], { saidAt: at(3) })),
      ],
    });
    expect(confirm(firstOf(), 3, busier)).toEqual({ kind: 'open' });
  });
});

describe('the next look', () => {
  const untilNext = (first: OpeningLook | undefined, second: number, pollMs = 1000) =>
    untilNextLookMs(first, { atMs: second * 1000, afterMs: confirmAfterMs, pollMs });

  it.each([
    ['a second later while there is nothing to confirm', undefined, 40, 1000],
    ['a second after the first that would open', firstOf(), 0, 1000],
    ['a second later while more than that is left', firstOf(), 1.2, 1000],
    ['a second later where just that is left', firstOf(), 2, 1000],
    ['when it can confirm, where less is left', firstOf(), 2.4, 600],
    ['when it can confirm, where a moment is left', firstOf(), 2.999, 1],
    ['a second later where the time is over, since an answer was repeated', firstOf(), 3, 1000],
    ['a second later, however long it is over', firstOf(), 300, 1000],
  ])('comes %s', (_, first, second, expected) => {
    expect(untilNext(first, second)).toBeCloseTo(expected, 6);
  });

  it('comes when it can confirm also where looks are further apart than that', () => {
    expect(untilNext(firstOf(), 0, 10_000)).toBe(3000);
  });
});

describe('the words', () => {
  const verdictOf = (changes: Partial<GateView>) => {
    const verdict = decideGate(viewAt(0, changes));
    if (verdict.kind === 'shut') throw new Error('it is shut');
    return describeOpening(verdict, place, 12.34);
  };

  it('say why a gate has opened', () => {
    expect(verdictOf({})).toBe(
      'Gate opened for side b after 12.3 s: its 1 client has a session with routes on side a. Two looks, 3 s or more apart, agree.',
    );
    expect(verdictOf({ routeServers: [routeServer('a', []), routeServer('b', [])] })).toContain(
      ': no client has a session with it. ',
    );
    expect(verdictOf({ sides: [side('a'), side('b', { sideRevision: '5f2c' })], revision: '5f2c' })).toContain(
      ': it is marked as committed, and its route servers run that, so this sync changes nothing of it. ',
    );
    const two = [client, session('192.0.2.2')];
    expect(verdictOf({ routeServers: [routeServer('a', two), routeServer('b', two)] })).toContain(
      ': all of its 2 clients have sessions with routes on side a. ',
    );
    const allowed = { allowMissing: [two[1]?.address ?? client.address] };
    expect(verdictOf({ routeServers: [routeServer('a', [client]), routeServer('b', two)], ...allowed })).toContain(
      ': 1 of its 2 clients has a session with routes on side a, and 1 may be missing. ',
    );
  });

  it('say what a gate waits for that would open by one look', () => {
    expect(describeNotYet({ kind: 'first-look' })).toBe('a second look that agrees, 3 s after the first');
    expect(describeNotYet({ kind: 'repeated', routeServers: ['routeserver-a-0'] })).toBe(
      'a new answer of routeserver-a-0: the agent tells the same moment as 3 s before',
    );
    expect(describeNotYet({ kind: 'not-read-since', routeServers: ['routeserver-a-0'] })).toBe(
      'a new reading of the engine of routeserver-a-0: the agent answers, and its engine has not since the first look',
    );
    expect(describeUnconfirmed(confirm(firstOf(), 1), place, 300)).toBe(
      'Gate timed out after 300 s; side b was not changed: by its last look alone the gate would have opened, but it waited for a second look that agrees, 3 s after the first. Sync again.',
    );
  });
});
