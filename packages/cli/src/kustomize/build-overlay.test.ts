import { describe, expect, it } from 'vitest';
import { countedMemory } from '../../test/support/counted-memory.ts';
import { countedProgram } from '../../test/support/counted-program.ts';
import { scratch } from '../../test/support/scratch.ts';
import { treeOf } from '../../test/support/tree-of.ts';
import { buildOverlay } from './build-overlay.ts';

const component = 'kind: Component\nresources: [a.yaml]\n';
const files = {
  'base/dci/namespace.yaml': 'namespace\n',
  'overlays/dci/kustomization.yaml': 'resources: [../../base/dci]\n',
  'overlays/dci/custom/kustomization.yaml': component,
  'overlays/dci/custom/a.yaml': 'a\n',
};

/** Builds the files twice, the second time with a change, and tells how often kustomize ran. */
async function callsWith(
  change: {
    readonly files?: Readonly<Record<string, string>>;
    readonly fingerprint?: string;
    readonly cluster?: string;
  },
  first: Readonly<Record<string, string>> = files,
): Promise<number> {
  const root = scratch();
  const { path, calls } = countedProgram(root, 'kustomize', 'echo "kind: Pod"');
  const cache = countedMemory();
  await buildOverlay({ path, fingerprint: 'one' }, { root, tree: treeOf(first) }, 'dci', cache);
  await buildOverlay(
    { path, fingerprint: change.fingerprint ?? 'one' },
    { root, tree: treeOf({ ...first, ...change.files }) },
    change.cluster ?? 'dci',
    cache,
  );
  return calls();
}

describe('a build that was made before', () => {
  it('is remembered as long as nothing has changed', async () => {
    expect(await callsWith({})).toBe(1);
  });

  it('is remembered when a file changes that it does not read', async () => {
    expect(await callsWith({ files: { 'overlays/other/a.yaml': 'other\n' } })).toBe(1);
  });

  it.each([
    ['another kustomize', { fingerprint: 'two' }],
    ['another cluster', { cluster: 'other' }],
    ['a file of base/', { files: { 'base/dci/namespace.yaml': 'other\n' } }],
    ['a file of the overlay', { files: { 'overlays/dci/kustomization.yaml': 'resources: []\n' } }],
    ["a file of the user's component", { files: { 'overlays/dci/custom/a.yaml': 'other\n' } }],
  ])('does not outlive a change: %s', async (_, change) => {
    expect(await callsWith(change)).toBe(2);
  });

  it('is not remembered for a component that reads elsewhere', async () => {
    const open = component.replace('[a.yaml]', '[../../../shared]');
    expect(await callsWith({}, { ...files, 'overlays/dci/custom/kustomization.yaml': open })).toBe(2);
  });
});

it('a build that failed is tried again, and its error names no folder of this machine', async () => {
  const root = scratch();
  const { path, calls } = countedProgram(root, 'kustomize', `echo "${root}/base is broken" >&2; exit 1`);
  const cache = countedMemory();
  const build = () => buildOverlay({ path, fingerprint: 'one' }, { root, tree: treeOf(files) }, 'dci', cache);

  expect(await build()).toEqual({ ok: false, error: 'base is broken' });
  await build();
  expect(calls()).toBe(2);
});
