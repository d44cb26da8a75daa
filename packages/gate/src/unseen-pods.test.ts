import { describe, expect, it } from 'vitest';
import { decideGate, type GateView } from './decide-gate.ts';
import { describeRefusal } from './describe-gate.ts';
import { nothingRemembered } from './keepers.ts';
import { placePods } from './place-pods.ts';
import { seeRouteServer } from './see-route-server.ts';
import { routeServer, side, unnamed } from './sides.test-data.ts';
import { findUnseenPods } from './unseen-pods.ts';

const leaf = unnamed('192.168.1.11');
const names = (...[sides, seen]: Parameters<typeof findUnseenPods>) =>
  findUnseenPods(sides, seen).map(({ name }) => name);

describe('a pod that its StatefulSet has and the list of pods has not', () => {
  const three = side('a', { replicas: 3, updatedReplicas: 3, readyReplicas: 2 });

  it.each<[string, Parameters<typeof findUnseenPods>, readonly string[]]>([
    ['is not there where all Ready ones are listed', [[side('b')], [routeServer('b', [leaf])]], []],
    ['is not there while none is Ready', [[side('b', { readyReplicas: 0 })], []], []],
    [
      'is not there without a StatefulSet',
      [[{ ...side('b'), statefulSets: [{ name: 'x', found: undefined }] }], []],
      [],
    ],
    ['is not there for a side of another cluster', [[{ name: 'c', settingsRevision: '9b31', agents: [] }], []], []],
    ['is told by its name', [[side('b')], [routeServer('a', [leaf])]], ['routeserver-b-0']],
    ['is one of several', [[three], [routeServer('a', [leaf])]], ['routeserver-a-1']],
    ['may be each of several', [[three], []], ['routeserver-a-0', 'routeserver-a-1']],
    [
      'counts one that is listed whatever its ordinal',
      [[three], [routeServer('a', [], { name: 'routeserver-a-2' })]],
      ['routeserver-a-0'],
    ],
  ])('%s', (_, [sides, seen], expected) => {
    expect(names(sides, seen)).toEqual(expected);
  });
});

describe('a gate', () => {
  const sides = [side('a'), side('b')];
  const kept = [routeServer('a', [leaf])];
  const view = (changes: Partial<GateView>): GateView => ({
    next: 'b',
    sides,
    routeServers: kept,
    fleet: undefined,
    allowMissing: [],
    revision: undefined,
    secondsSinceChange: new Map(),
    memory: nothingRemembered,
    atSeconds: 0,
    ...changes,
  });
  const place = { next: 'b', others: [{ name: 'a', statefulSets: ['routeserver-a'] }] };

  it('does not take pods that it does not see for a side without clients, and says which', () => {
    const routeServers = [...kept, ...findUnseenPods(sides, kept)];
    const verdict = decideGate(view({ routeServers }));
    if (verdict.kind !== 'shut') return expect.unreachable('it opens');
    expect(describeRefusal(verdict, place, 300)).toContain(
      'the gate cannot read the status of routeserver-b-0, so it does not know its clients (StatefulSet routeserver-b has more Ready pods than were listed with the label of the route servers)',
    );
  });

  it('does not take a side for one that is not there whose StatefulSet is gone and whose pod lost its label', () => {
    const gone = { ...side('b'), statefulSets: [{ name: 'routeserver-b', found: undefined }] };
    const { pods } = placePods(
      [
        {
          name: 'routeserver-b-0',
          side: undefined,
          statefulSet: undefined,
          uid: 'b7c1',
          address: undefined,
          isTerminating: false,
          engine: 'running',
        },
      ],
      [
        { name: 'a', statefulSets: ['routeserver-a'] },
        { name: 'b', statefulSets: ['routeserver-b'] },
      ],
    );
    const silent = pods.map((pod) => seeRouteServer(pod, { ok: false, why: 'ECONNREFUSED' }));
    const verdict = decideGate(view({ sides: [side('a'), gone], routeServers: [...kept, ...silent] }));
    if (verdict.kind !== 'shut') return expect.unreachable('it opens');
    expect(describeRefusal(verdict, place, 300)).toContain('the gate cannot read the status of routeserver-b-0');
    // Without any pod, there is nothing of it.
    expect(decideGate(view({ sides: [side('a'), gone] }))).toMatchObject({ kind: 'open', why: 'nothing-there' });
  });
});
