import { globSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findCircles, importGraph, readSources, type Circle } from '../packages/test-kit/src/import-graph.ts';

const repository = join(import.meta.dirname, '..');

const sources = globSync('packages/*/src', { cwd: repository }).sort();

/** The sources of a package, by path from the root of the repository. */
function prefixed(source: string): ReadonlyMap<string, string> {
  return new Map([...readSources(join(repository, source))].map(([file, text]) => [join(source, file), text]));
}

describe('imports', () => {
  it.each(sources)('of %s form no circle of files or folders', (source) => {
    expect(findCircles(source, importGraph(prefixed(source)))).toEqual([]);
  });

  it('are read from every package', () => {
    for (const source of sources) expect(prefixed(source).size).toBeGreaterThan(0);
  });
});

describe('a circle is found', () => {
  it.each<[string, Readonly<Record<string, readonly string[]>>, readonly Circle[]]>([
    ['of two files', { '/p/a.ts': ['/p/b.ts'], '/p/b.ts': ['/p/a.ts'] }, [{ folder: '/p', entries: ['a.ts', 'b.ts'] }]],
    [
      'of three files in a folder',
      { '/p/x/a.ts': ['/p/x/b.ts'], '/p/x/b.ts': ['/p/x/c.ts'], '/p/x/c.ts': ['/p/x/a.ts'] },
      [{ folder: '/p/x', entries: ['a.ts', 'b.ts', 'c.ts'] }],
    ],
    [
      'of two folders, though no file closes it',
      { '/p/x/a.ts': ['/p/y/a.ts'], '/p/y/a.ts': [], '/p/y/b.ts': ['/p/x/b.ts'], '/p/x/b.ts': [] },
      [{ folder: '/p', entries: ['x', 'y'] }],
    ],
    [
      'of a file beside a folder and what is in it',
      { '/p/a.ts': ['/p/x/a.ts'], '/p/x/a.ts': ['/p/a.ts'] },
      [{ folder: '/p', entries: ['a.ts', 'x'] }],
    ],
  ])('%s', (_, imports, circles) => {
    expect(findCircles('/p', new Map(Object.entries(imports)))).toEqual(circles);
  });

  it('in no folder that uses files beside it, which use other folders', () => {
    const imports = { '/p/main.ts': ['/p/x/a.ts'], '/p/x/a.ts': ['/p/failure.ts'], '/p/failure.ts': ['/p/y/b.ts'] };
    expect(findCircles('/p', new Map(Object.entries(imports)))).toEqual([]);
  });
});
