import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nothingRemembered } from './keepers.ts';
import { decideGate, type GateView } from './decide-gate.ts';
import { describeFleetPassed } from './describe-fleet.ts';
import { describeObstacles, describeRefusal } from './describe-gate.ts';
import { fleetArrivesSeconds, findFleetGaps, type FleetGap, type FleetSight } from './fleet-knowledge.ts';
import type { FleetKnowledge, RouteServerSight } from './route-server-sight.ts';
import { read, routeServer, session, side } from './sides.test-data.ts';

const fleet: FleetSight = { configMap: 'x-fleet', revision: 'new', secondsSinceChange: 1 };
const has = {
  new: { kind: 'told', revision: 'new' },
  old: { kind: 'told', revision: 'old' },
  refused: { kind: 'refused', revision: 'old', why: 'EIO' },
  refusedFirst: { kind: 'refused', why: 'EIO' },
  refusedAfter: { kind: 'refused', revision: 'new', why: 'EIO' },
  untold: { kind: 'not-told' },
  unreadable: { kind: 'not-readable', why: 'no answer' },
} as const satisfies Record<string, FleetKnowledge>;
const client = session('192.0.2.1');

const notThere = (name: string) => ({
  ...side(name),
  statefulSets: [{ name: `routeserver-${name}`, found: undefined }],
});

/** A route server of a side that has the client. */
const of = (name: string, knows: FleetKnowledge, changes: Partial<RouteServerSight> = {}) =>
  routeServer(name, [client], { fleet: knows, ...changes });

function decide(next: string, routeServers: readonly RouteServerSight[], changes: Partial<GateView> = {}) {
  return decideGate({
    ...{ next, sides: [side('a'), side('b')], routeServers, fleet, allowMissing: [], revision: undefined },
    ...{ secondsSinceChange: new Map(), memory: nothingRemembered, atSeconds: 0, ...changes },
  });
}

/** What the gate waits for, and what it lets pass, in short. */
function found(next: string, routeServers: readonly RouteServerSight[], changes: Partial<GateView> = {}) {
  const verdict = decide(next, routeServers, changes);
  const short = (gaps: readonly FleetGap[] = []) =>
    gaps.map((gap) => (gap.kind === 'no-object' ? gap.kind : `${gap.routeServer} ${gap.kind}`));
  return {
    kind: verdict.kind,
    gaps: short('fleetGaps' in verdict ? verdict.fleetGaps : []),
    passed: short('fleetPassed' in verdict ? verdict.fleetPassed : []),
  };
}
const open = { kind: 'open', gaps: [], passed: [] };

describe('a side that has clients is changed when the route servers know who will be in the fleet', () => {
  it('opens where each of every side does', () => {
    expect(found('a', [of('a', has.new), of('b', has.new)])).toEqual(open);
    expect(found('b', [of('a', has.new), of('b', has.refusedAfter)])).toEqual(open);
  });

  it('does not ask where it was not told which object it is', () => {
    expect(found('a', [of('a', has.untold), of('b', has.old)], { fleet: undefined })).toEqual(open);
  });

  it.each<[string, readonly RouteServerSight[], string]>([
    ['a', [of('a', has.new), of('b', has.old)], 'routeserver-b-0 other'],
    ['a', [of('a', has.old), of('b', has.new)], 'routeserver-a-0 other'],
    ['b', [of('a', has.old), of('b', has.new)], 'routeserver-a-0 other'],
    ['b', [of('a', has.new), of('b', has.old)], 'routeserver-b-0 other'],
    ['a', [of('a', has.refused), of('b', has.refused)], 'routeserver-b-0 refused'],
    ['a', [of('a', has.untold), of('b', has.refusedFirst)], 'routeserver-b-0 refused'],
    ['b', [of('a', has.refused), of('b', has.new)], 'routeserver-a-0 refused'],
    ['b', [of('a', has.untold), of('b', has.new)], 'routeserver-a-0 not-told'],
    ['a', [of('a', has.new), of('b', has.unreadable)], 'routeserver-b-0 not-readable'],
    [
      'a',
      [of('a', has.new), of('b', has.new), of('b', has.old, { name: 'routeserver-b-1', identity: 'x' })],
      'routeserver-b-1 other',
    ],
  ])('before %s it waits (%#)', (next, routeServers, gap) => {
    expect(found(next, routeServers)).toEqual({ kind: 'shut', gaps: [gap], passed: [] });
  });

  it('waits as long as that takes: a kubelet that brings nothing keeps the gate shut', () => {
    const routeServers = [of('a', has.new), of('b', has.old)];
    expect(found('a', routeServers, { fleet: { ...fleet, secondsSinceChange: 86_400 } }).kind).toBe('shut');
  });

  it('waits for the object itself', () => {
    const without = { fleet: { ...fleet, revision: undefined } };
    const expected = { kind: 'shut', gaps: ['no-object'], passed: [] };
    expect(found('a', [of('a', has.new), of('b', has.new)], without)).toEqual(expected);
    expect(found('a', [], { ...without, sides: [notThere('a'), notThere('b')] })).toEqual(expected);
  });

  it.each([
    ['refuses its file', has.refused],
    ['does not tell, since its agent is of before', has.untold],
  ])('does not wait for one of the side itself that %s: its new pod reads it at its start', (_, knows) => {
    expect(found('a', [of('a', knows), of('b', has.new)])).toEqual(open);
    expect(found('b', [of('a', has.new), of('b', knows)])).toEqual(open);
  });

  it('does not wait for one of a later side whose agent is of before: it gets a newer one in its own turn only', () => {
    expect(found('a', [of('a', has.untold), of('b', has.untold)])).toEqual({
      ...open,
      passed: ['routeserver-b-0 not-told'],
    });
  });

  it.each([has.refused, has.refusedFirst])(
    'does not wait for one of a later side that refuses what another can use: its own turn may bring another agent',
    (knows) => {
      const passed = ['routeserver-b-0 refused'];
      expect(found('a', [of('a', has.new), of('b', knows)])).toEqual({ ...open, passed });
    },
  );

  it('names one of an earlier side that cannot be read once, as a gap of its roll-out', () => {
    const silent = routeServer('a', { kind: 'unreadable', why: 'no answer' }, { fleet: has.unreadable });
    const verdict = decide('b', [silent, of('b', has.new)]);
    expect(verdict).toMatchObject({ kind: 'shut', gaps: [{ gap: { kind: 'not-readable' } }], fleetGaps: [] });
  });

  it.each<[string, Partial<RouteServerSight>]>([
    ['terminates', { isTerminating: true }],
    ['is none of a StatefulSet', { isForeign: true }],
  ])('does not wait for a pod that %s', (_, changes) => {
    const more = of('b', has.old, { name: 'routeserver-b-1', identity: 'x', ...changes });
    // That it terminates may keep the gate shut, and not what it knows.
    expect(found('a', [of('a', has.new), of('b', has.new), more])).toMatchObject({ gaps: [], passed: [] });
  });

  it('does not wait for one whose engine does not run, and whose agent is silent', () => {
    const down = routeServer('c', { kind: 'engine-down', why: 'Error' }, { fleet: has.unreadable });
    const sides = ['a', 'b', 'c'].map((name) => side(name));
    expect(found('a', [of('a', has.new), of('b', has.new), down], { sides })).toEqual(open);
  });

  it('does not ask where nothing of the side changes', () => {
    const sides = [side('a', { sideRevision: '5f2c' }), side('b')];
    expect(found('a', [of('a', has.old), of('b', has.refused)], { sides, revision: '5f2c' }).kind).toBe('open');
  });

  it('looks at the sides of another cluster as at those of its own', () => {
    const elsewhere = {
      name: 'a',
      settingsRevision: 'new',
      agents: [{ address: 'routeserver-a-0', podRevision: '77aa' }],
    };
    const a = routeServer('a', read([client], { podRevision: '77aa' }), { fleet: has.old });
    expect(found('b', [a, of('b', has.new)], { sides: [elsewhere, side('b')] })).toEqual({
      kind: 'shut',
      gaps: ['routeserver-a-0 other'],
      passed: [],
    });
  });
});

describe('a side that no client has a session with', () => {
  const down = routeServer('a', { kind: 'engine-down', why: 'CrashLoopBackOff' }, { fleet: has.unreadable });
  const late = { fleet: { ...fleet, secondsSinceChange: fleetArrivesSeconds } };

  it('waits for what kubelet brings, as long as kubelet may need', () => {
    const b = of('b', has.old);
    const gaps = ['routeserver-b-0 other'];
    expect(found('a', [down, b])).toEqual({ kind: 'shut', gaps, passed: [] });
    expect(found('a', [down, b], { fleet: { ...fleet, secondsSinceChange: 119.9 } }).kind).toBe('shut');
    expect(found('a', [down, b], late)).toEqual({ kind: 'open', gaps: [], passed: gaps });
    expect(found('a', [down, b], { fleet: { ...fleet, secondsSinceChange: undefined } }).kind).toBe('shut');
  });

  it.each([
    ['refuses its file', has.refused, 'refused'],
    ['has never had one that is right', has.refusedFirst, 'refused'],
    ['cannot be read', has.unreadable, 'not-readable'],
    ['does not tell', has.untold, 'not-told'],
  ])('is not held up, when it is broken, by one of another side that %s', (_, knows, kind) => {
    expect(found('a', [down, of('b', knows)])).toEqual({ ...open, passed: [`routeserver-b-0 ${kind}`] });
  });

  it('has clients where its own route servers do not tell: then it waits', () => {
    const silent = routeServer('a', { kind: 'unreadable', why: 'no answer' }, { fleet: has.unreadable });
    expect(found('a', [silent, of('b', has.refused)])).toMatchObject({ gaps: ['routeserver-b-0 refused'] });
  });

  it('is new, and waits until the others know it', () => {
    const sides = [side('a'), side('b'), notThere('c')];
    const others = (knows: FleetKnowledge) => [of('a', has.new), of('b', knows)];
    expect(found('c', others(has.new), { sides })).toEqual(open);
    expect(found('c', others(has.old), { sides })).toEqual({
      kind: 'shut',
      gaps: ['routeserver-b-0 other'],
      passed: [],
    });
    expect(found('c', others(has.old), { sides, ...late }).kind).toBe('open');
    expect(found('c', others(has.refused), { sides })).toEqual({ ...open, passed: ['routeserver-b-0 refused'] });
  });

  it('is installed first beside others that are only starting', () => {
    const sides = [side('a'), notThere('b')];
    const starting = routeServer('a', { kind: 'unreadable', why: 'ECONNREFUSED' }, { fleet: has.unreadable });
    expect(decide('b', [starting], { sides })).toEqual({ kind: 'open', why: 'nothing-there' });
    expect(decide('a', [], { sides: [notThere('a'), notThere('b')] })).toEqual({ kind: 'open', why: 'nothing-there' });
  });
});

describe('whoever is where', () => {
  const anyKnowledge = fc.constantFrom(...Object.values(has));
  const anyServers = fc.array(
    fc.record({ side: fc.constantFrom('a', 'b', 'c'), knows: anyKnowledge, isTerminating: fc.boolean() }),
    { maxLength: 6 },
  );

  it('a gate waits for nobody who has the revision, and for nobody twice', () => {
    fc.assert(
      fc.property(anyServers, fc.constantFrom('a', 'b', 'c'), fc.boolean(), (list, next, hasClients) => {
        const routeServers = list.map(({ side: of, knows, isTerminating }, index) =>
          routeServer(of, [client], { name: `rs-${String(index)}`, fleet: knows, isTerminating }),
        );
        const sides = ['a', 'b', 'c'].map((name) => side(name));
        const { gaps, passed } = findFleetGaps(fleet, { next, sides, routeServers, hasClients });
        const names = [...gaps, ...passed].map((gap) => ('routeServer' in gap ? gap.routeServer : ''));
        expect(new Set(names).size).toBe(names.length);
        const informed = routeServers.filter(({ fleet: it }) => 'revision' in it && it.revision === 'new');
        expect(names.filter((name) => informed.some((each) => each.name === name))).toEqual([]);
        // Whoever has another revision is never forgotten: it is waited for, or told.
        const behind = routeServers.filter(({ fleet: it, isTerminating }) => it === has.old && !isTerminating);
        expect(behind.filter(({ name }) => !names.includes(name))).toEqual([]);
      }),
    );
  });
});

describe('the words', () => {
  const place = { next: 'a', others: [{ name: 'b', statefulSets: ['routeserver-b'] }] };
  const obstaclesOf = (knows: FleetKnowledge, object = fleet) => {
    const verdict = decide('a', [of('a', has.refused), of('b', knows)], { fleet: object });
    return verdict.kind === 'shut' ? describeObstacles(verdict, place) : [];
  };

  it.each<[FleetKnowledge, string]>([
    [
      { kind: 'told', revision: '0123456789abcdef' },
      'not every route server has the router-ids of the fleet of ConfigMap x-fleet, revision new: routeserver-b-0 has revision 0123456789ab; kubelet brings a changed ConfigMap to a pod within about 90 s',
    ],
    [
      has.refused,
      'not every route server can use the router-ids of the fleet of ConfigMap x-fleet, revision new: routeserver-b-0 (EIO)',
    ],
    [
      has.unreadable,
      'it is not known whether every route server has the router-ids of the fleet of ConfigMap x-fleet, revision new: routeserver-b-0 (no answer)',
    ],
  ])('say which route server lacks what: %j', (knows, words) => {
    expect(obstaclesOf(knows)).toEqual([words]);
  });

  it('say that an agent does not tell, and that there is no object', () => {
    const verdict = decide('b', [of('a', has.untold), of('b', has.new)]);
    if (verdict.kind !== 'shut') throw new Error('it is open');
    expect(describeObstacles(verdict, place)).toEqual([
      'an agent does not tell whether it has the router-ids of the fleet of ConfigMap x-fleet, revision new: routeserver-a-0',
    ]);
    expect(obstaclesOf(has.new, { ...fleet, revision: undefined })).toEqual([
      'there is no ConfigMap x-fleet with the router-ids of the fleet',
    ]);
  });

  it.each<[FleetKnowledge, FleetSight, string]>([
    [has.old, fleet, 'Look at kubelet on the node of routeserver-b-0 where it has had its 90 s; then sync again.'],
    [
      has.refused,
      fleet,
      'Apply ConfigMap x-fleet as it is generated (base/<fleet>/fleet.yaml), or give routeserver-b-0 an agent that can use it; then sync again.',
    ],
    [has.unreadable, fleet, 'Make the status of routeserver-b-0 readable; then sync again.'],
    [
      has.new,
      { ...fleet, revision: undefined },
      'Apply ConfigMap x-fleet as it is generated (base/<fleet>/fleet.yaml); then sync again.',
    ],
  ])('say what to do: %j', (knows, object, words) => {
    const verdict = decide('a', [of('a', has.refused), of('b', knows)], { fleet: object });
    if (verdict.kind !== 'shut') throw new Error('it is open');
    const refusal = describeRefusal(verdict, place, 300);
    expect(refusal).toContain('Gate timed out after 300 s; side a was not changed: ');
    expect(refusal.endsWith(words)).toBe(true);
  });

  it('say what to do where an agent does not tell', () => {
    const verdict = decide('b', [of('a', has.untold), of('b', has.new)]);
    if (verdict.kind !== 'shut') throw new Error('it is open');
    expect(describeRefusal(verdict, place, 300)).toContain(
      'Give routeserver-a-0 the agent and the volume that are generated; then sync again.',
    );
  });

  it('name ten route servers of a kind, and count the rest', () => {
    const many = Array.from({ length: 500 }, (_, index) =>
      of('b', has.old, { name: `routeserver-b-${String(index)}`, identity: String(index) }),
    );
    const verdict = decide('a', [of('a', has.new), ...many]);
    if (verdict.kind !== 'shut') throw new Error('it is open');
    const [words = ''] = describeObstacles(verdict, place);
    expect(words).toContain('routeserver-b-9 has revision old, and 490 more; kubelet');
  });

  it.each([
    [
      has.old,
      'kubelet has not brought the router-ids of the fleet of ConfigMap x-fleet, revision new: routeserver-b-0 has revision old: ',
    ],
    [
      has.refused,
      'the router-ids of the fleet of ConfigMap x-fleet, revision new cannot be used: routeserver-b-0 (EIO): ',
    ],
    [
      has.untold,
      'an agent of before does not tell whether it has the router-ids of the fleet of ConfigMap x-fleet, revision new: routeserver-b-0: ',
    ],
    [
      has.unreadable,
      'it is not known who has the router-ids of the fleet of ConfigMap x-fleet, revision new: routeserver-b-0 (no answer): ',
    ],
  ])('say what the gate does not wait for, and what may come of it: %j', (knows, words) => {
    const down = routeServer('a', { kind: 'engine-down', why: 'Error' }, { fleet: has.new });
    const verdict = decide('a', [down, of('b', knows)], { fleet: { ...fleet, secondsSinceChange: 600 } });
    if (!('fleetPassed' in verdict)) throw new Error('nothing was let pass');
    expect(describeFleetPassed(verdict.fleetPassed ?? [], place)).toEqual([
      `${words}the gate does not wait for that; a route server of side a that is new, or has a new router-id, may be kept out of the mesh there for a time, and no client`,
    ]);
  });
});
