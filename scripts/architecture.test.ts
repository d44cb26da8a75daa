import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importedPackages, readSources } from '../packages/test-kit/src/import-graph.ts';

const repository = join(import.meta.dirname, '..');
const page = readFileSync(join(repository, 'docs/architecture.md'), 'utf8');

/** Package by name, with those that it imports. */
type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** What is drawn: "a --> b" for an arrow, a name alone for a package without one. */
function readDrawing(text: string): { readonly groups: Readonly<Record<string, string[]>>; readonly arrows: string[] } {
  const drawing = /```mermaid\n([\s\S]*?)```/.exec(text)?.[1] ?? '';
  const groups: Record<string, string[]> = {};
  let group = '';
  const arrows: string[] = [];
  for (const line of drawing.split('\n').map((each) => each.trim())) {
    const opened = /^subgraph (\S+)$/.exec(line)?.[1];
    if (opened !== undefined) group = opened;
    if (/^[a-z-]+( --> [a-z-]+)?$/.test(line) && line !== 'end') {
      const [from = '', to] = line.split(' --> ');
      if (to !== undefined) arrows.push(line);
      (groups[group] ??= []).push(from);
    }
  }
  return { groups, arrows: arrows.sort() };
}

/** The imports of every package's own sources; the agent's image is built by sources of its own. */
function readPackages(): Graph {
  const names = globSync('packages/*/package.json', { cwd: repository }).map((path) => basename(join(path, '..')));
  return new Map(
    names.map((name) => {
      const folders = ['src', 'image'].map((folder) => join(repository, 'packages', name, folder));
      return [name, new Set(folders.flatMap((folder) => [...readSources(folder).values()].flatMap(importedPackages)))];
    }),
  );
}

/** The arrows that are left when what is reached over another package is left out. */
function arrowsOf(graph: Graph): string[] {
  const reached = (name: string): ReadonlySet<string> =>
    new Set([...(graph.get(name) ?? [])].flatMap((next) => [next, ...reached(next)]));
  return [...graph]
    .flatMap(([from, all]) =>
      [...all].filter((to) => ![...all].some((other) => reached(other).has(to))).map((to) => `${from} --> ${to}`),
    )
    .sort();
}

describe('docs/architecture.md', () => {
  it('draws who imports whom as it is', () => {
    expect(readDrawing(page).arrows).toEqual(arrowsOf(readPackages()));
  });

  it('draws every package, in the group of its tag', () => {
    const tags = [...readPackages().keys()].map((name) => {
      const { tags } = JSON.parse(readFileSync(join(repository, 'packages', name, 'turbo.json'), 'utf8')) as {
        tags: string[];
      };
      return `${name}: ${tags.join()}`;
    });
    const roots = ['strict-yaml: pure', 'tools: shell'];
    const drawn = Object.entries(readDrawing(page).groups).flatMap(([group, names]) =>
      [...new Set(names)].map((name) => `${name}: ${group}`),
    );
    expect([...drawn, ...roots].sort()).toEqual(tags.sort());
  });

  it('names every package in its table', () => {
    for (const name of readPackages().keys()) expect(page).toContain(`\`packages/${name}/\``);
  });
});

describe('the arrows of a graph', () => {
  it('leave out what is reached over another package', () => {
    const graph = new Map([
      ['a', new Set(['b', 'c'])],
      ['b', new Set(['c'])],
      ['c', new Set<string>()],
    ]);
    expect(arrowsOf(graph)).toEqual(['a --> b', 'b --> c']);
    expect(arrowsOf(new Map([...graph, ['c', new Set(['d'])], ['d', new Set<string>()]]))).not.toEqual(arrowsOf(graph));
  });
});
