import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/** Entries of one folder that import each other in a circle: files, or folders with all that is in them. */
export interface Circle {
  readonly folder: string;
  readonly entries: readonly string[];
}

/** What each file imports, by path. */
export type Imports = ReadonlyMap<string, readonly string[]>;

/**
 * Every circle below a folder. A circle of files shows as one of the entries of the folder that holds them all, and so
 * does a circle of folders that no file closes alone: one direction down, in every folder, is the rule for both.
 */
export function findCircles(root: string, imports: Imports): readonly Circle[] {
  const folders = new Set<string>();
  for (const file of imports.keys()) {
    for (let folder = dirname(file); folder.startsWith(root); folder = dirname(folder)) folders.add(folder);
  }
  return [...folders].sort().flatMap((folder) => circlesIn(folder, imports));
}

/** The relative imports of a package's source, types too; tests and their data may look anywhere. */
export function readImports(root: string): Imports {
  const files = globSync('**/*.ts', { cwd: root }).filter((file) => !file.includes('.test'));
  return new Map(
    files.map((file) => {
      const path = join(root, file);
      return [path, relativeImports(path, readFileSync(path, 'utf8'))];
    }),
  );
}

function relativeImports(path: string, text: string): readonly string[] {
  const specifiers = text.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)'(\.[^']*)'/g);
  return [...specifiers].map(([, specifier = '']) => normalize(join(dirname(path), specifier)));
}

function circlesIn(folder: string, imports: Imports): readonly Circle[] {
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
