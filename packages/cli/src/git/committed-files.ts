import { git, gitFailed } from './git.ts';
import type { Commit } from './committed-tree.ts';

/** Those of some files that a commit has, by their paths from where meshrs stands in it. */
export async function readCommittedFiles(
  { id, top, prefix }: Commit,
  files: readonly string[],
): Promise<{ readonly file: string; readonly text: string }[]> {
  const read = await Promise.all(
    files.map(async (file) => {
      const args = ['ls-tree', '--full-tree', id, '--', `${prefix}${file}`];
      const listed = await git(top, args);
      if (listed.exitCode !== 0) throw gitFailed(top, args, listed);
      if (listed.stdout === '') return [];
      const show = ['show', `${id}:${prefix}${file}`];
      const shown = await git(top, show);
      if (shown.exitCode !== 0) throw gitFailed(top, show, shown);
      return [{ file, text: shown.stdout }];
    }),
  );
  return read.flat();
}
