import { dirname, join } from 'node:path/posix';

/** The files that each file imports, by paths from the same root; packages are left out. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/** `texts`: sources by path. Loading at run time, `import('…')`, counts like any other import. */
export function importGraph(texts: ReadonlyMap<string, string>): ImportGraph {
  return new Map(
    [...texts].map(([path, text]) => [
      path,
      [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'(\.[^']+)'/g)].map(([, to = '']) => join(dirname(path), to)),
    ]),
  );
}

/** "a.ts -> b.ts" for each import that does not go to a lower layer. `layers`: folders, those above first. */
export function upwardImports(graph: ImportGraph, layers: readonly (readonly string[])[]): string[] {
  const levelOf = (path: string): number => layers.findIndex((folders) => folders.includes(folderOf(path)));
  return [...graph].flatMap(([path, imported]) =>
    imported
      .filter((other) => folderOf(other) !== folderOf(path) && levelOf(other) <= levelOf(path))
      .map((other) => `${path} -> ${other}`),
  );
}

/** The first component of a path; "." for a file at the root. */
export function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : '.';
}

/** Files that import themselves over others. */
export function circles(graph: ImportGraph): string[] {
  return [...graph.keys()].filter((path) => {
    const seen = new Set<string>();
    const open = [...(graph.get(path) ?? [])];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (next === path) return true;
      if (seen.has(next)) continue;
      seen.add(next);
      open.push(...(graph.get(next) ?? []));
    }
    return false;
  });
}
