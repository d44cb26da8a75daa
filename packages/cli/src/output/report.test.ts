import { expect, test } from 'vitest';
import type { ClusterComparison } from '../comparing/compare-clusters.ts';
import { problem } from '../problems/problem.ts';
import { formatMarkdown } from './markdown.ts';
import { countFindings, formatBase, formatFindings, type Findings } from './report.ts';

const comparison: ClusterComparison = {
  cluster: 'dci',
  effects: [{ kind: 'restarts', object: 'StatefulSet x/a', sides: ['a'], detail: 'image', turn: 'a' }],
  disturbedSides: ['a'],
  unordered: [],
  turns: ['a'],
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
const facts = { where: 'overlays/dci', message: 'It is so.', hint: 'change it' };
const findings: Findings = {
  ok: false,
  issues: [],
  problems: [],
  comparisons: [comparison, { ...comparison, cluster: 'other' }],
  acts: [],
  notGenerated: [],
  notRendered: [],
  requiredSecrets: {},
};

test('what a change does is told beside any problem', () => {
  const text = formatFindings({ ...findings, problems: [problem('removes-route-servers', facts)] });
  expect(text).toContain('overlays/dci: error removes-route-servers');
  expect(text).toContain('overlays/dci: what committing this does to what runs\n    side a: StatefulSet x/a restarts');
  expect(text).toContain('overlays/other: what committing this does to what runs');
});

test('the order of the sides is told, also where sessions may reset and no more', () => {
  const effects = (['a', 'b'] as const).map((side) => ({
    kind: 'may-reset' as const,
    object: `ConfigMap x/${side}`,
    sides: [side],
    detail: 'its session resets, if it has one',
    turn: side,
  }));
  const possible = { ...comparison, effects, disturbedSides: [], turns: ['a', 'b'] };
  expect(formatFindings({ ...findings, comparisons: [possible] })).toContain(
    '\n  in this order: Argo CD changes side a, waits for its clients, then side b',
  );
  expect(formatFindings(findings)).not.toContain('in this order');
});

test('a refusal lists the effects of its cluster itself, and those of others are told', () => {
  const text = formatFindings({ ...findings, problems: [problem('both-sides', facts)] });
  expect(text).not.toContain('overlays/dci: what committing this does');
  expect(text).toContain('overlays/other: what committing this does to what runs');
});

test('errors and warnings are counted apart', () => {
  const problems = [problem('hand-edited', facts), problem('unknown-file', facts), problem('unknown-file', facts)];
  expect(countFindings({ ...findings, problems })).toBe('1 error, 2 warnings');
});

test('who is hit is told, also when that is nobody, and what there is to do beside it', () => {
  const told = {
    ...findings,
    ok: true,
    comparisons: [
      {
        ...comparison,
        clients: {
          a: { declared: ['leaf1'], ranges: ['192.0.2.0/24'] },
          b: { declared: [], ranges: [] },
          c: undefined,
        },
        stuckGates: [{ side: 'b', clients: ['client leaf1 (192.0.2.1)'] }],
        acts: [{ when: 'during', what: 'the sync fails at x', commands: ['kubectl delete x'] } as const],
      },
    ],
  };
  const text = formatFindings(told);
  // Nothing of it is written: its commands would make it all the same.
  expect(formatFindings({ ...told, ok: false })).not.toContain('to do beside it');
  expect(text.split('\n').slice(2)).toEqual([
    '  clients of side a: leaf1, who comes from 192.0.2.0/24',
    '  clients of side b: nobody',
    '  clients of side c: its settings cannot be read: anybody',
    '  the gate before side b does not open while these have a session there, which the side before it refuses: client leaf1 (192.0.2.1). End such sessions on the clients first, or write their addresses, not their names, under gitops.gate.allowMissing in this commit, and remove them there when it is rolled out',
    '  to do beside it:',
    '    while Argo CD syncs it: the sync fails at x',
    '        kubectl delete x',
  ]);
});

const id = 'abcdef0123456789';
const main = { kind: 'commit', revision: 'main', id } as const;
const other = (unpushed: number, elsewhere: readonly string[] = []) =>
  ({ kind: 'other', revision: 'main', id, unpushed, elsewhere }) as const;

test.each([
  [{ ...main, isSame: false, pushed: undefined }, 'compared with main (abcdef012345)'],
  [{ ...main, isSame: false, pushed: { kind: 'all', elsewhere: [] } }, 'compared with main (abcdef012345)'],
  [{ ...main, isSame: false, pushed: other(0) }, 'compared with main (abcdef012345)'],
  [{ ...main, isSame: false, pushed: other(1) }, /: the commit that it lacks counts as part of this change;/],
  [{ ...main, isSame: false, pushed: other(2) }, /: the 2 commits that it lacks count as part of this change;/],
  [
    { ...main, isSame: false, pushed: other(2, ['live']) },
    /: the 2 commits that it lacks count .* change, and whether it runs nobody knows, since Argo CD reads live \(.*; if another/,
  ],
  ...[true, false].map(
    (isSame) =>
      [
        { ...main, isSame, pushed: { kind: 'all', elsewhere: ['live', 'v1'] } },
        /\(abcdef012345\): whether it runs nobody knows, since Argo CD reads live and v1 .*--base REVISION$/,
      ] as const,
  ),
  [{ ...main, isSame: true, pushed: other(2) }, /^nothing generated differs from main \(abcdef012345\); if another/],
  [
    { ...main, isSame: true, pushed: { kind: 'unknown', because: 'no-branch' } },
    /^nothing generated differs from main .*: what of it is pushed nobody knows, since no branch is checked out \(git switch/,
  ],
  [
    { ...main, isSame: false, pushed: { kind: 'unknown', because: 'follows-none', branch: 'work' } },
    /: what of it is pushed nobody knows, since branch work follows .* \(git branch --set-upstream-to=REMOTE\/BRANCH work\); .*--base REVISION$/,
  ],
  [
    { ...main, isSame: false, pushed: { kind: 'unknown', because: 'upstream-gone', branch: 'work', follows: 'o/x' } },
    /since o\/x, which branch work follows, is not in this clone \(git fetch\)/,
  ],
  [{ kind: 'nothing', because: 'no-commit', revision: 'HEAD' }, /^compared with nothing: nothing is committed yet/],
  [{ kind: 'nothing', because: 'no-repository', revision: 'HEAD' }, /^compared with nothing: this folder is in no git/],
  [{ kind: 'nothing', because: 'nothing-generated', revision: 'main' }, /^compared with nothing: main has nothing/],
] as const)('what was compared with is said: %j', (base, words) => {
  expect(formatBase(base)).toEqual(typeof words === 'string' ? words : expect.stringMatching(words));
});

test('the text of a comment shows what others wrote, and is no Markdown of theirs', () => {
  const effects = [{ ...comparison.effects[0], detail: '````\n# a title' }] as ClusterComparison['effects'];
  const text = formatMarkdown({ ...findings, comparisons: [{ ...comparison, effects }] }, undefined);
  expect(text).toContain('\n`````text\noverlays/dci: what committing this does');
  expect(text.split('\n').filter((line) => line === '`````')).toHaveLength(1);
});

test('devices without a file are named, by the reason', () => {
  const notRendered: Findings['notRendered'] = [
    {
      file: 'topologies/dci.yaml',
      devices: [
        { name: 'leaf1', system: 'nxos', code: 'system-not-made' },
        { name: 'border1', system: 'frr', code: 'vrf-not-made' },
        { name: 'leaf2', system: 'nvue', code: 'system-not-made' },
      ],
    },
  ];
  expect(formatFindings({ ...findings, comparisons: [], notRendered })).toBe(
    [
      'topologies/dci.yaml: of these no configuration is made, it is yours',
      '  system-not-made: leaf1 (nxos), leaf2 (nvue): files of this system are not made yet',
      '  vrf-not-made: border1 (frr): FRR takes the name of a VRF, and whether sessions and routes of one are right was not tried yet',
    ].join('\n'),
  );
});
