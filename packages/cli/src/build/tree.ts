import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folders that hold what is generated and what the user adds to it. */
export const treeFolders = ['base', 'overlays'] as const;

/** Files by their paths from a root, with "/". */
export type Tree = ReadonlyMap<string, Buffer>;

/** All files under some folders of a root. Symbolic links are followed as files; what they lead to is the content. */
export function readTree(root: string, folders: readonly string[]): Tree {
  const files = new Map<string, Buffer>();
  for (const folder of folders) readFolder(root, folder, files);
  return files;
}

/** Those of some files that are there. */
export function readFiles(root: string, paths: readonly string[]): Tree {
  const files = new Map<string, Buffer>();
  for (const path of paths) {
    try {
      files.set(path, readFileSync(join(root, path)));
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
  return files;
}

function readFolder(root: string, folder: string, files: Map<string, Buffer>): void {
  let entries;
  try {
    entries = readdirSync(join(root, folder), { withFileTypes: true });
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  for (const entry of entries.sort((one, other) => (one.name < other.name ? -1 : 1))) {
    const path = `${folder}/${entry.name}`;
    const isFolder = entry.isDirectory() || (entry.isSymbolicLink() && leadsToFolder(join(root, path)));
    if (isFolder) readFolder(root, path, files);
    else files.set(path, readFileSync(join(root, path)));
  }
}

function leadsToFolder(path: string): boolean {
  try {
    readdirSync(path);
    return true;
  } catch {
    // A link to a file, or to nothing: reading it as a file says which.
    return false;
  }
}

export function hasSymbolicLinks(root: string, tree: Tree): boolean {
  const folders = new Set([...tree.keys()].flatMap((path) => parents(path)));
  return [...tree.keys(), ...folders].some((path) => lstatSync(join(root, path)).isSymbolicLink());
}

function parents(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** The part of a tree under some folders. */
export function subtree(tree: Tree, folders: readonly string[]): Tree {
  return new Map([...tree].filter(([path]) => folders.some((folder) => path.startsWith(`${folder}/`))));
}

/** One hash over paths and contents. */
export function digestTree(tree: Tree): string {
  const hash = createHash('sha256');
  for (const path of [...tree.keys()].sort()) {
    const content = tree.get(path) ?? Buffer.alloc(0);
    hash.update(`${String(Buffer.byteLength(path))}:${path}${String(content.length)}:`).update(content);
  }
  return hash.digest('hex');
}

export function sha256(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex');
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
