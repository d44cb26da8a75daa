import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { scratchFolderOfTest } from '../../test/support/scratch-folder.ts';
import { digestTree, readTree, subtree, type Tree } from './tree.ts';

test('links are followed, but not to nowhere and not in a circle', () => {
  const { path, remove } = scratchFolderOfTest();
  onTestFinished(remove);
  mkdirSync(join(path, 'base/inner'), { recursive: true });
  mkdirSync(join(path, 'elsewhere'));
  writeFileSync(join(path, 'base/inner/a.yaml'), 'a\n');
  writeFileSync(join(path, 'elsewhere/b.yaml'), 'b\n');
  symlinkSync('../elsewhere', join(path, 'base/linked'));
  symlinkSync('../elsewhere/b.yaml', join(path, 'base/file.yaml'));
  symlinkSync('gone', join(path, 'base/nowhere'));
  symlinkSync('..', join(path, 'base/inner/circle'));

  expect([...readTree(path, ['base', 'missing']).keys()]).toEqual([
    'base/file.yaml',
    'base/inner/a.yaml',
    'base/linked/b.yaml',
  ]);
});

test('a digest tells trees apart, whatever the order in which they were read', () => {
  const one = treeOf({ 'a/b': 'c', d: '' });

  expect(digestTree(treeOf({ d: '', 'a/b': 'c' }))).toBe(digestTree(one));
  for (const other of [
    { 'a/b': 'c' },
    { 'a/b': 'C', d: '' },
    { 'a/bc': '', d: '' },
    { a: '/bc', d: '' },
    { 'a/b': '', d: 'c' },
  ]) {
    expect(digestTree(treeOf(other)), JSON.stringify(other)).not.toBe(digestTree(one));
  }
});

test('a subtree has whole folders, not names that begin alike', () => {
  const tree = treeOf({ 'base/a': '', 'base-x/a': '', 'overlays/dci/a': '', 'overlays/dci-vrf/a': '' });

  expect([...subtree(tree, ['base', 'overlays/dci']).keys()]).toEqual(['base/a', 'overlays/dci/a']);
});

function treeOf(files: Readonly<Record<string, string>>): Tree {
  return new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)]));
}
