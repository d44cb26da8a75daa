import { join } from 'node:path';
import { folderOf, importGraph, readSources, upwardImports } from '@meshrs/test-kit/import-graph';
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
const texts = readSources(source);

describe('imports in the lab', () => {
  it('go down, from layer to layer', () => {
    expect(upwardImports(importGraph(texts), layers)).toEqual([]);
  });

  it('are known for every folder', () => {
    expect([...new Set([...texts.keys()].map(folderOf))].sort()).toEqual(layers.flat().sort());
  });

  it('are refused when they go up', () => {
    const broken = importGraph(new Map([...texts, ['plan/names.ts', "import '../lab/lab.ts';\n"]]));
    expect(upwardImports(broken, layers)).toEqual(['plan/names.ts -> lab/lab.ts']);
  });
});
