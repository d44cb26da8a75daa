import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

/** The folders of src, each of which may import what stands below it; index.ts stands above all. */
const layers = [
  'commands',
  'checks/gitops',
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
];

const source = join(import.meta.dirname, '../src');

type Imports = ReadonlyMap<string, readonly string[]>;

describe('imports in the lab', () => {
  const imports = new Map(
    globSync('**/*.ts', { cwd: source }).map((file) => [
      file,
      importsOf(file, readFileSync(join(source, file), 'utf8')),
    ]),
  );

  it('lead from a folder to itself or to one below, and no file stands outside of the folders but index.ts', () => {
    expect(upwards(imports)).toEqual([]);
    const folders = new Set([...imports.keys()].filter((file) => file !== 'index.ts').map(dirname));
    expect([...folders].sort()).toEqual([...layers].sort());
  });

  it('make no circle of files', () => {
    expect(circle(imports)).toBeUndefined();
  });

  it('are refused upwards and in a circle: a sample of each', () => {
    const sample: Imports = new Map([
      ['plan/a.ts', importsOf('plan/a.ts', "import { b } from '../fabric/b.ts';\nexport { c } from './c.ts';\n")],
      ['plan/c.ts', importsOf('plan/c.ts', "import type { A } from './a.ts';\n")],
    ]);
    expect(upwards(sample)).toEqual(['plan/a.ts imports fabric/b.ts']);
    expect(circle(sample)).toEqual(['plan/a.ts', 'plan/c.ts', 'plan/a.ts']);
  });
});

/** The files of src that a file imports, for types too. */
function importsOf(file: string, text: string): string[] {
  return [...text.matchAll(/(?:from |import\()'(\.[^']+)'/g)].map(([, path = '']) =>
    normalize(join(dirname(file), path)),
  );
}

function upwards(imports: Imports): string[] {
  const heightOf = (file: string): number => layers.indexOf(dirname(file));
  return [...imports].flatMap(([file, targets]) =>
    targets
      .filter((target) => file !== 'index.ts' && heightOf(target) < heightOf(file))
      .map((target) => `${file} imports ${target}`),
  );
}

/** The first circle that is found, as the way around it. */
function circle(imports: Imports): string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]): string[] | undefined => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const target of imports.get(file) ?? []) {
      const found = visit(target, [...way, file]);
      if (found) return found;
    }
    done.add(file);
    return undefined;
  };
  for (const file of imports.keys()) {
    const found = visit(file, []);
    if (found) return found;
  }
  return undefined;
}
