import { describe, expect, it } from 'vitest';
import { countedProgram } from '../../test/support/counted-program.ts';
import { scratch } from '../../test/support/scratch.ts';
import { treeOf } from '../../test/support/tree-of.ts';
import { noCache } from '../tools/result-cache.ts';
import { compareClusters, type ComparisonResult } from './compare-clusters.ts';

const files = {
  'base/dci/a.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: { name: x }\n',
  'overlays/dci/kustomization.yaml': 'resources: [../../base/dci]\n',
};

/** A kustomize that prints the base, and fails where a file says so. */
const body = 'test ! -e "$2/broken" || { echo "$2 is broken" >&2; exit 1; }; cat base/dci/a.yaml';

function compare(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): Promise<ComparisonResult> {
  const repository = scratch();
  const { path } = countedProgram(repository, 'kustomize', body);
  const place = { top: repository, prefix: '', outerPrefix: undefined, isShallow: false };
  const commit = { ...place, revision: 'main', id: '1'.repeat(40) };
  const committed = { commit, tree: treeOf(before) };
  return compareClusters(repository, committed, treeOf(after), { path, fingerprint: 'one' }, noCache);
}

describe('clusters of a commit and of a tree to come', () => {
  it.each([
    ['base/ alone', { 'base/dci/a.yaml': files['base/dci/a.yaml'].replace('x', 'y') }],
    ['the overlay alone', { 'overlays/dci/kustomization.yaml': 'resources: []\n' }],
    ["the user's component alone", { 'overlays/dci/custom/a.yaml': '' }],
    ['what Argo CD reads alone', { 'clusters/dci/apps/a.yaml': '' }],
  ])('are compared when a change is in %s', async (_, change) => {
    const { comparisons, problems } = await compare(files, { ...files, ...change });
    expect(problems).toEqual([]);
    expect(comparisons.map(({ cluster }) => cluster)).toEqual(['dci']);
  });

  it('are left out when their files are the same', async () => {
    expect(await compare(files, files)).toEqual({ comparisons: [], problems: [] });
    expect(await compare(files, { ...files, 'base/README.md': '' })).toMatchObject({ problems: [] });
  });

  it('are compared when they come and when they go', async () => {
    const other = { ...files, 'overlays/other/kustomization.yaml': '' };
    expect((await compare(files, other)).comparisons.map(({ cluster }) => cluster)).toEqual(['other']);
    expect((await compare(other, files)).comparisons.map(({ cluster }) => cluster)).toEqual(['other']);
  });

  it('that cannot be built are problems: the commit by its name, and what is to come', async () => {
    const broken = { ...files, 'overlays/dci/broken': '' };
    expect((await compare(broken, files)).problems).toMatchObject([
      { code: 'committed-tree-broken', where: 'overlays/dci at main' },
    ]);
    expect((await compare(files, broken)).problems).toMatchObject([
      { code: 'kustomize-failed', where: 'overlays/dci', message: 'overlays/dci is broken' },
    ]);
  });
});
