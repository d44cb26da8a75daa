import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratch } from '../../test/support/scratch.ts';
import { treeOf } from '../../test/support/tree-of.ts';
import { withStagedTree } from './staged-tree.ts';

test('a staged tree holds its own files, and what else the repository has beside them', async () => {
  const repository = scratch({
    'base/a.yaml': 'committed\n',
    'overlays/dci/old.yaml': 'old\n',
    'clusters/dci/old.yaml': 'old\n',
    'shared/kustomization.yaml': 'shared\n',
    'README.md': 'readme\n',
    '.git/HEAD': 'ref\n',
  });
  let staged = '';

  const result = await withStagedTree(repository, treeOf({ 'base/a.yaml': 'to come\n' }), (root) => {
    staged = root;
    expect(readFileSync(join(root, 'base/a.yaml'), 'utf8')).toBe('to come\n');
    expect(readFileSync(join(root, 'shared/kustomization.yaml'), 'utf8')).toBe('shared\n');
    expect(readdirSync(root).sort()).toEqual(['README.md', 'base', 'shared']);
    return Promise.resolve('done');
  });

  expect(result).toBe('done');
  expect(existsSync(staged)).toBe(false);
  expect(readFileSync(join(repository, 'base/a.yaml'), 'utf8')).toBe('committed\n');
});

test('a staged tree goes when the work fails', async () => {
  const repository = scratch();
  await expect(withStagedTree(repository, treeOf({}), () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(readdirSync(join(repository, '.cache/meshrs'))).toEqual([]);
});
