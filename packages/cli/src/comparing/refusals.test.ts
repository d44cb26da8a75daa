import { describe, expect, it } from 'vitest';
import type { TimedEffect } from '@meshrs/impact';
import type { ClusterComparison } from './compare-clusters.ts';
import type { StuckNodes } from './moved-nodes.ts';
import { decideChange, refusalsOf, type Permissions } from './refusals.ts';

const quiet: ClusterComparison = {
  cluster: 'dci',
  effects: [],
  disturbedSides: [],
  unordered: [],
  turns: [],
  removedRouteServers: [],
  looseBudgets: [],
  fixedChoices: [],
  metallbRefusals: [],
  movedObjects: [],
  stuckGates: [],
  acts: [],
  clients: {},
  refused: [],
  isLeftBehind: false,
};
const effect: TimedEffect = { kind: 'restarts', object: 'StatefulSet x/a', sides: ['a'], detail: 'image', turn: 'a' };

const refusals = (comparisons: readonly ClusterComparison[], permissions: Permissions) =>
  refusalsOf({ comparisons, stuckNodes: [] }, permissions);

describe('a change that disturbs two sides at once', () => {
  const together: ClusterComparison = {
    ...quiet,
    effects: [
      { ...effect, turn: undefined, object: 'Service x/b', sides: ['b'] },
      effect,
      { ...effect, kind: 'may-reset', object: 'BGPPeer x/c' },
    ],
    disturbedSides: ['a', 'b'],
    unordered: [{ ...effect, turn: undefined, object: 'Service x/b', sides: ['b'] }],
  };

  it('is refused, with what comes at once and what comes in its turn', () => {
    const [problem, ...others] = refusals([quiet, { ...together, cluster: 'other' }], {});
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ code: 'both-sides', where: 'overlays/other', seen: 'sides a, b' });
    expect(problem?.message.split('\n').slice(1)).toEqual([
      '    side b: Service x/b restarts: image',
      '  and these come in turn:',
      '    side a: StatefulSet x/a restarts: image',
    ]);
  });

  it('passes with a word, and with no other', () => {
    expect(refusals([together], { allowBothSides: true })).toEqual([]);
    expect(refusals([together], { allowRemoval: true })).toHaveLength(1);
  });

  it('passes when the sides go one after the other', () => {
    expect(refusals([{ ...together, unordered: [], turns: ['a', 'b'] }], {})).toEqual([]);
  });
});

describe('what keeps its name and gets another side', () => {
  const moved: ClusterComparison = {
    ...quiet,
    movedObjects: [
      { object: 'StatefulSet x/rs', from: 'b', to: 'c' },
      { object: 'Service x/rs', from: 'b', to: 'c' },
    ],
  };

  it('is refused by name, until an outage is planned', () => {
    const [problem, ...others] = refusals([quiet, moved], { allowRemoval: true });
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ code: 'changes-side', where: 'overlays/dci', seen: 'from side b to side c' });
    expect(problem?.message.split('\n').slice(1)).toEqual([
      '    StatefulSet x/rs, from side b to side c',
      '    Service x/rs, from side b to side c',
    ]);
    expect(refusals([moved], { allowBothSides: true })).toEqual([]);
  });
});

describe('a change after which the budget is too loose until its sync has ended', () => {
  const budget = { object: 'PodDisruptionBudget x/y', allows: '50%', staying: 2, running: 4, evictable: 2 };
  const loose = { ...quiet, looseBudgets: [budget] };

  it('is refused, whoever says yes to a removal, and passes where an outage is planned', () => {
    for (const permissions of [{}, { allowRemoval: true }]) {
      expect(refusals([quiet, loose], permissions)).toMatchObject([
        {
          code: 'budget-too-loose',
          seen: '50% of 4',
          message:
            'PodDisruptionBudget x/y fits the 2 route servers that stay; until those that go are gone, up to 4 run, and it would let 2 of them be evicted at once, one of each side.',
        },
      ]);
    }
    expect(refusals([loose], { allowBothSides: true })).toEqual([]);
  });
});

describe('a change that the API server refuses', () => {
  const change = { object: 'Namespace x', operation: 'deleted', needs: 'all' } as const;
  const shared = { ...quiet, refused: [change] };
  const never = { ...quiet, refused: [{ ...change, operation: 'made', needs: 'none' } as const] };

  it('until all sides are open needs a word, and what it refuses at any time has none', () => {
    expect(refusals([quiet, shared], {})).toMatchObject([
      { code: 'needs-all-sides-open', message: expect.stringContaining('\n    Namespace x is deleted') as string },
    ]);
    expect(refusals([shared], { allowRemoval: true })).toHaveLength(1);
    expect(refusals([shared], { allowBothSides: true })).toEqual([]);
    expect(refusals([never], { allowBothSides: true, allowRemoval: true })).toMatchObject([
      { code: 'api-server-refuses', message: expect.stringContaining('\n    Namespace x is made') as string },
    ]);
  });
});

describe('a change that removes route servers', () => {
  const one = { ...quiet, removedRouteServers: ['x/rs-a-0'] };
  const other = { ...quiet, cluster: 'other', removedRouteServers: ['x/rs-b-0'] };

  it('is refused from the second one on, also when each is on a cluster of its own', () => {
    expect(refusals([one], {})).toEqual([]);
    expect(refusals([one, other], {})).toMatchObject([
      { code: 'removes-route-servers', seen: 'x/rs-a-0 on dci, x/rs-b-0 on other' },
    ]);
  });

  it('passes with a word, and with no other', () => {
    expect(refusals([one, other], { allowRemoval: true })).toEqual([]);
    expect(refusals([one, other], { allowBothSides: true })).toHaveLength(1);
  });
});

describe('nodes that cannot change their sides in one commit', () => {
  const moves = [
    { node: 'n1', from: 'a', to: 'b' },
    { node: 'n2', from: 'b', to: undefined },
  ];

  it.each<[StuckNodes['because'], RegExp]>([
    ['side-comes', /^give side b nodes that are of no side yet; or make two commits: take n1 out of side a first/],
    ['side-grows', /^make two commits: let n1 change its side first, .* raise the replicas of side b in the second/],
    ['last-nodes', /^give one of the sides another node first, in a commit of its own/],
  ])('are refused by name, with what to do instead: %s', (because, hint) => {
    const stuckNodes = [{ file: 'topologies/dci.yaml', moves, because }];
    expect(refusalsOf({ comparisons: [quiet], stuckNodes }, { allowRemoval: true })).toMatchObject([
      {
        code: 'moves-nodes',
        severity: 'error',
        where: 'topologies/dci.yaml',
        seen: 'n1 from side a to side b, n2 leaves side b',
        hint: expect.stringMatching(hint) as string,
      },
    ]);
    // Who is refused is told no command that does it all the same.
    const acts = [{ when: 'after', what: 'x', commands: ['pnpm meshrs open --both --force dci'] }] as const;
    const change = { comparisons: [quiet], stuckNodes, acts };
    expect(decideChange(change, { allowRemoval: true }).acts).toEqual([]);
    expect(decideChange(change, { allowBothSides: true })).toEqual({ refusals: [], acts });
    expect(refusalsOf({ comparisons: [quiet], stuckNodes }, { allowBothSides: true })).toEqual([]);
  });
});

describe('a choice that is made before the first sync', () => {
  const changed = {
    ...quiet,
    fixedChoices: [
      { key: 'placement.nodeLabel', from: 'side', to: 'example.com/side' },
      { key: 'metallb.loadBalancerClass', from: undefined, to: 'metallb.io/metallb' },
    ],
  } as const;

  it('is refused, whoever says yes to a removal, with what it was', () => {
    for (const permissions of [{}, { allowRemoval: true }]) {
      expect(refusals([changed], permissions)).toMatchObject([
        { code: 'chosen-once', seen: 'side -> example.com/side', allowed: 'placement.nodeLabel: side' },
        { code: 'chosen-once', seen: 'none -> metallb.io/metallb', allowed: 'no metallb.loadBalancerClass' },
      ]);
    }
  });

  it('passes where an outage is planned', () => {
    expect(refusals([changed], { allowBothSides: true })).toEqual([]);
  });
});
