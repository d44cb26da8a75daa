import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { circles, folderOf, importGraph, upwardImports } from '@meshrs/test-kit/import-graph';
import { describe, expect, it } from 'vitest';

/** The folders of src/, those above first: a file imports from its own folder and from those below. */
const layers = [
  // index.ts
  '.',
  'commands',
  'checks',
  'status',
  'open-lab',
  'gitops',
  'argocd',
  'route-servers',
  'metallb',
  'clients',
  'observe',
  'gobgp',
  'evpn',
  'fabric',
  'frr',
  'cluster',
  'images',
  'containerd',
  'kubernetes',
  'go',
  'lab',
  'plan',
  'host',
].map((folder) => [folder]);

const source = join(import.meta.dirname, '../src');
const texts = new Map(
  globSync('**/*.ts', { cwd: source }).map((path) => [path, readFileSync(join(source, path), 'utf8')]),
);

describe('imports in the lab', () => {
  it('go down, from layer to layer', () => {
    expect(upwardImports(importGraph(texts), layers)).toEqual([]);
  });

  it('go round in no circle', () => {
    expect(circles(importGraph(texts))).toEqual([]);
  });

  it('are known for every folder', () => {
    expect([...new Set([...texts.keys()].map(folderOf))].sort()).toEqual(layers.flat().sort());
  });

  it('are refused when they go up, and when they go round', () => {
    const broken = importGraph(new Map([...texts, ['plan/names.ts', "import '../lab/lab.ts';\n"]]));
    expect(upwardImports(broken, layers)).toEqual(['plan/names.ts -> lab/lab.ts']);
    expect(circles(broken)).toEqual(expect.arrayContaining(['plan/names.ts', 'lab/lab.ts']));
  });
});
