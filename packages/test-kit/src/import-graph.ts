import { globSync, readFileSync } from 'node:fs';
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

/** Entries of one folder that import each other in a circle: files, or folders with all that is in them. */
export interface Circle {
  readonly folder: string;
  readonly entries: readonly string[];
}

/**
 * Every circle below a folder. A circle of files shows as one of the entries of the folder that holds them all, and so
 * does a circle of folders that no file closes alone: one direction down, in every folder, is the rule for both.
 */
export function findCircles(root: string, imports: ImportGraph): readonly Circle[] {
  const folders = new Set<string>();
  for (const file of imports.keys()) {
    for (let folder = dirname(file); folder.startsWith(root); folder = dirname(folder)) folders.add(folder);
  }
  return [...folders].sort().flatMap((folder) => circlesIn(folder, imports));
}

/** The sources below a folder, by path from there; tests and their data may look anywhere, and are left out. */
export function readSources(folder: string): ReadonlyMap<string, string> {
  const files = globSync('**/*.ts', { cwd: folder }).filter((file) => !file.includes('.test'));
  return new Map(files.sort().map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
}

/** The packages of this workspace that a source imports: "network" for '@meshrs/network' and what is below it. */
export function importedPackages(text: string): string[] {
  const found = text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'@meshrs\/([a-z-]+)[/']/g);
  return [...new Set([...found].map(([, name = '']) => name))].sort();
}

function circlesIn(folder: string, imports: ImportGraph): readonly Circle[] {
  const reached = new Map<string, Set<string>>();
  for (const [file, targets] of imports) {
    const from = entryOf(folder, file);
    if (from === undefined) continue;
    const known = reached.get(from) ?? new Set();
    reached.set(from, known);
    for (const target of targets) {
      const to = entryOf(folder, target);
      if (to !== undefined && to !== from) known.add(to);
    }
  }
  close(reached);
  const inCircle = [...reached.keys()].filter((entry) => reached.get(entry)?.has(entry)).sort();
  const circles = new Map<string, readonly string[]>();
  for (const entry of inCircle) {
    const entries = inCircle.filter((other) => reached.get(entry)?.has(other) && reached.get(other)?.has(entry));
    circles.set(entries.join(' '), entries);
  }
  return [...circles.values()].map((entries) => ({ folder, entries }));
}

/** Makes what an entry reaches all that it reaches, however far. */
function close(reached: ReadonlyMap<string, Set<string>>): void {
  for (const [middle, beyond] of reached) {
    for (const targets of reached.values()) {
      if (targets.has(middle)) for (const target of beyond) targets.add(target);
    }
  }
}

function entryOf(folder: string, path: string): string | undefined {
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1).split('/')[0] : undefined;
}
