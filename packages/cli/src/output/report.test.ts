import { expect, test } from 'vitest';
import type { ClusterComparison } from '../comparing/compare-clusters.ts';
import { problem } from '../problems/problem.ts';
import { countFindings, formatFindings, type Findings } from './report.ts';

const comparison: ClusterComparison = {
  cluster: 'dci',
  effects: [{ kind: 'restarts', object: 'StatefulSet x/a', sides: ['a'], detail: 'image', turn: 'a' }],
  disturbedSides: ['a'],
  unordered: [],
  turns: ['a'],
  removedRouteServers: [],
  looseBudgets: [],
  metallbRefusals: [],
  stuckGates: [],
  acts: [],
  clients: {},
  refused: [],
};
const facts = { where: 'overlays/dci', message: 'It is so.', hint: 'change it' };
const findings: Findings = {
  ok: false,
  issues: [],
  problems: [],
  comparisons: [comparison, { ...comparison, cluster: 'other' }],
  notGenerated: [],
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
