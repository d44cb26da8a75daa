import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderOf, importGraph, readSources, upwardImports } from '@meshrs/test-kit/import-graph';

/** The folders of src/, those above first: a file imports from its own folder and from lower layers. */
const layers = [
  // main.ts and program.ts
  ['.'],
  ['commands'],
  ['preflight'],
  ['opening'],
  ['building', 'checking', 'output', 'status', 'init', 'docs'],
  ['generating', 'comparing', 'validating'],
  ['kustomize', 'git', 'writing'],
  ['tools', 'topologies'],
  ['repository', 'problems', 'terminal'],
];

const source = join(import.meta.dirname, '../src');
const texts = readSources(source);

describe('imports of the command line', () => {
  it('go down, from layer to layer', () => {
    expect(upwardImports(importGraph(texts), layers)).toEqual([]);
  });

  it('are known for every folder', () => {
    expect([...new Set([...texts.keys()].map(folderOf))].sort()).toEqual(layers.flat().sort());
  });

  it('of what decides in preflight bring facts and rows alone: it looks at no cluster', () => {
    const deciding = [...importGraph(texts)].filter(([path]) => path.startsWith('preflight/checks/'));
    expect(deciding.length).toBeGreaterThan(10);
    const reaches = deciding.flatMap(([path, imported]) => imported.map((to) => `${path} -> ${to}`));
    expect(
      reaches.filter((each) => !/ -> preflight\/(checks\/[a-z-]+|facts|known|row|version|wanted)\.ts$/.test(each)),
    ).toEqual([]);
    expect(deciding.filter(([path]) => texts.get(path)?.includes("'node:"))).toEqual([]);
  });

  it.each([
    ['tools/run-tool.ts', "import { build } from '../commands/build.ts';"],
    ['validating/junit.ts', "import type { Comparison } from '../comparing/compare-clusters.ts';"],
    ['repository/tree.ts', "await import('../tools/run-tool.ts');"],
  ])('are refused when they go up: %s with %s', (path, line) => {
    const broken = new Map([...texts, [path, `${line}\n`]]);
    expect(upwardImports(importGraph(broken), layers)).toHaveLength(1);
  });
});
