import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** The folders that hold what is generated and what the user adds to it. */
export const treeFolders = ['base', 'overlays', 'clusters', 'routers'] as const;

/** Files by their paths from a root, with "/". */
export type Tree = ReadonlyMap<string, Buffer>;

/**
 * All files under some folders of a root. Links are followed: what they lead to is the content. One that leads nowhere,
 * or back to where it stands, is left out.
 */
export function readTree(root: string, folders: readonly string[]): Tree {
  const files = new Map<string, Buffer>();
  for (const folder of folders) {
    if (existsSync(join(root, folder))) readFolder(root, folder, files, []);
  }
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

function readFolder(root: string, folder: string, files: Map<string, Buffer>, around: readonly string[]): void {
  const real = realpathSync(join(root, folder));
  if (around.includes(real)) return;
  for (const name of readdirSync(real).sort()) {
    const path = `${folder}/${name}`;
    const stats = statSync(join(root, path), { throwIfNoEntry: false });
    if (stats?.isDirectory() === true) readFolder(root, path, files, [...around, real]);
    else if (stats?.isFile() === true) files.set(path, readFileSync(join(root, path)));
  }
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
