import { createHash } from 'node:crypto';
import { git, gitFailed } from './git.ts';
import { treeFolders, type Tree } from '../repository/tree.ts';

/**
 * Whether a commit has exactly these files under base/, overlays/ and clusters/, by git's own hashes of them: the quick
 * way to know that nothing changes.
 */
export async function isCommitted(repository: string, revision: string, future: Tree): Promise<boolean> {
  const args = ['ls-tree', '-r', '-z', revision, '--', ...treeFolders];
  const listed = await git(repository, args);
  if (listed.exitCode !== 0) throw gitFailed(repository, args, listed);
  const entries = listed.stdout.split('\0').filter((entry) => entry !== '');
  const files = [...future].filter(([path]) => treeFolders.some((folder) => path.startsWith(`${folder}/`)));
  return (
    entries.length === files.length &&
    entries.every((entry) => {
      const [facts = '', path = ''] = entry.split('\t');
      const [mode, , object = ''] = facts.split(' ');
      const content = future.get(path);
      return mode === '100644' && content !== undefined && blobId(content, object.length) === object;
    })
  );
}

/** Git's name of a file's content: SHA-1, or SHA-256 where names have 64 digits. */
export function blobId(content: Buffer, digits: number): string {
  return createHash(digits === 64 ? 'sha256' : 'sha1')
    .update(`blob ${String(content.length)}\0`)
    .update(content)
    .digest('hex');
}
