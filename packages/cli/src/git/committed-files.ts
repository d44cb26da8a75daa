import { git, gitFailed } from './git.ts';
import type { Commit } from './committed-tree.ts';

/** A file or a folder that a commit has. */
export interface CommittedEntry {
  /** Its path from where meshrs stands in the commit, "topologies/dci.yaml". */
  readonly path: string;
  /** Git's name of its content. */
  readonly object: string;
}

/** What stands in a folder of a commit, "topologies", and not below; none where it has no such folder. */
export async function listCommitted(
  { id, top, prefix }: Pick<Commit, 'id' | 'top' | 'prefix'>,
  folder: string,
): Promise<CommittedEntry[]> {
  const args = ['ls-tree', '-z', '--full-tree', id, '--', `${prefix}${folder}/`];
  const listed = await git(top, args);
  if (listed.exitCode !== 0) throw gitFailed(top, args, listed);
  return listed.stdout.split('\0').flatMap((entry) => {
    const [facts = '', path = ''] = entry.split('\t');
    const object = facts.split(' ')[2];
    return object === undefined ? [] : [{ path: path.slice(prefix.length), object }];
  });
}

export async function readCommitted({ top }: Pick<Commit, 'top'>, { object }: CommittedEntry): Promise<string> {
  const args = ['cat-file', 'blob', object];
  const read = await git(top, args);
  if (read.exitCode !== 0) throw gitFailed(top, args, read);
  return read.stdout;
}
