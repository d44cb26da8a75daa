import { describe, expect, test } from 'vitest';
import { lintCluster, objectId, type ClusterFacts, type LintFinding, type LintResult } from '../src/index.ts';
import { broken } from './meaning/broken.ts';
import { applyComponent, type Component } from './meaning/patch.ts';
import { welcome } from './meaning/welcome.ts';
import { withAWord } from './meaning/with-a-word.ts';
import { factsOf, objectsOf, type Editable } from './support/built.ts';

const groups = [
  'apps',
  'monitoring.coreos.com',
  'autoscaling',
  'autoscaling.k8s.io',
  'frrk8s.metallb.io',
  'metallb.io',
];

const kinds = [
  ...['PodMonitor', 'HorizontalPodAutoscaler', 'VerticalPodAutoscaler', 'FRRConfiguration', 'FRRK8sConfiguration'],
  ...['L2Advertisement', 'BGPPeer', 'BFDProfile', 'Community', 'ResourceQuota', 'LimitRange', 'Deployment'],
];

/** A cluster whose project allows the kinds that samples add. */
function factsFor(base: string): ClusterFacts {
  const facts = factsOf(base);
  const allowed = kinds.flatMap((kind) => [kind, ...groups.map((group) => `${group}/${kind}`)]);
  return { ...facts, project: { ...facts.project, kinds: [...facts.project.kinds, ...allowed] } };
}

function lint(component: Component): { readonly objects: Editable[]; readonly result: LintResult } {
  const { base = 'frr' } = component;
  const objects = objectsOf(base);
  applyComponent(component, objects);
  return { objects, result: lintCluster(objects, factsFor(base)) };
}

/** What is left when each finding has a word. */
function withWords(
  { base = 'frr' }: Component,
  objects: readonly Editable[],
  findings: readonly LintFinding[],
): LintResult {
  const worded = structuredClone(objects);
  for (const object of worded) {
    const ofObject = findings.filter((finding) => finding.object === objectId(object));
    const texts = [...Map.groupBy(ofObject, ({ rule }) => rule)].map(([rule, found]): [string, string] => [
      `waive.meshrs.dev/${rule}`,
      found.map(({ field }) => (field === undefined ? 'because' : `${field}: because`)).join('\n'),
    ]);
    const words: Record<string, string> = Object.fromEntries(texts);
    object.metadata.annotations = { ...object.metadata.annotations, ...words };
  }
  return lintCluster(worded, factsFor(base));
}

const named = <C extends Component>(rows: readonly C[]) => rows.map((row) => [row.what, row] as const);

describe('what breaks the promise is refused, and no word lets it through', () => {
  test.each(named(broken))('%s', (_, component) => {
    const { objects, result } = lint(component);

    expect(result.findings).not.toEqual([]);
    const left = withWords(component, objects, result.findings).findings.map(({ rule }) => rule);
    expect(left).toContain(component.rule);
  });

  test('in at least 60 samples', () => {
    expect(broken.length).toBeGreaterThanOrEqual(60);
  });
});

describe('what is free is welcome', () => {
  test.each(named(welcome))('%s', (_, component) => {
    expect(lint(component).result.findings).toEqual([]);
  });

  test('in at least 60 samples', () => {
    expect(welcome.length).toBeGreaterThanOrEqual(60);
  });
});

describe('anything else needs a word', () => {
  test.each(withAWord.map((row) => [row.what, row] as const))('%s', (_, component) => {
    const { objects, result } = lint(component);
    const { rule: meant = 'changed-fields' } = component;
    const found = result.findings.filter(({ rule }) => rule === meant);

    expect(found.map(({ field }) => field?.replace(/"#[0-9a-f]{8}"/, '"#"'))).toEqual([component.field]);
    expect(withWords(component, objects, result.findings)).toMatchObject({
      findings: [],
      waived: result.findings.map(() => ({})),
    });
  });
});
