import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { circles, folderOf, importGraph, upwardImports } from '@meshrs/test-kit/import-graph';

/** The folders of src/, those above first: a file imports from its own folder and from lower layers. */
const layers = [
  // main.ts and program.ts
  ['.'],
  ['commands'],
  ['building', 'checking', 'output', 'status', 'init', 'docs'],
  ['generating', 'comparing', 'validating'],
  ['kustomize', 'git', 'writing'],
  ['tools', 'topologies'],
  ['repository', 'problems', 'terminal'],
];

const source = join(import.meta.dirname, '../src');
const texts = new Map(
  globSync('**/*.ts', { cwd: source, exclude: (path) => /\.test(-support)?\.ts$/.test(path) })
    .sort()
    .map((path) => [path, readFileSync(join(source, path), 'utf8')]),
);

describe('imports of the command line', () => {
  it('go down, from layer to layer', () => {
    expect(upwardImports(importGraph(texts), layers)).toEqual([]);
  });

  it('go round in no circle', () => {
    expect(circles(importGraph(texts))).toEqual([]);
  });

  it('are known for every folder', () => {
    expect([...new Set([...texts.keys()].map(folderOf))].sort()).toEqual(layers.flat().sort());
  });

  it.each([
    ['tools/run-tool.ts', "import { build } from '../commands/build.ts';"],
    ['validating/junit.ts', "import type { Comparison } from '../comparing/compare-clusters.ts';"],
    ['repository/tree.ts', "await import('../tools/run-tool.ts');"],
  ])('are refused when they go up: %s with %s', (path, line) => {
    const broken = new Map([...texts, [path, `${line}\n`]]);
    expect(upwardImports(importGraph(broken), layers)).toHaveLength(1);
  });

  it('are refused when they go round', () => {
    const broken = new Map([...texts, ['tools/run-tool.ts', "export * from './fingerprint.ts';\n"]]);
    broken.set('tools/result-cache.ts', "import { runTool } from './run-tool.ts';\n");
    expect(circles(importGraph(broken))).toEqual(
      expect.arrayContaining(['tools/fingerprint.ts', 'tools/result-cache.ts', 'tools/run-tool.ts']),
    );
  });
});
