import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { scratchFolder } from './scratch-folder.ts';
import { treeFolders, type Tree } from './tree.ts';

/**
 * Puts a tree into a folder of its own, where kustomize can build it before it stands in the repository, and removes the
 * folder in the end. Everything else of the repository is there by links, so that a component may refer to it.
 */
export async function withStagedTree<T>(
  repository: string,
  tree: Tree,
  action: (root: string) => Promise<T>,
): Promise<T> {
  const scratch = scratchFolder(repository);
  mkdirSync(scratch, { recursive: true });
  const root = mkdtempSync(join(scratch, 'staged-'));
  try {
    for (const name of readdirSync(repository)) {
      const isOurs = name === '.git' || name === '.cache' || treeFolders.some((folder) => folder === name);
      if (!isOurs) symlinkSync(join(repository, name), join(root, name));
    }
    for (const [path, content] of tree) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
    }
    return await action(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
