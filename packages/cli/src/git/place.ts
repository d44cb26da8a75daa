import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { Failure } from '@meshrs/tools/failure';
import { git, gitFailed } from './git.ts';

/** Where the files of meshrs stand in a git repository; it may have no commit yet. */
export interface GitPlace {
  /** Root of the git repository, absolute. */
  readonly top: string;
  /** Where the files of meshrs stand in it, "" or "network/meshrs/". */
  readonly prefix: string;
  /** The same in the repository of which this one is a submodule; undefined: it is none. */
  readonly outerPrefix: string | undefined;
  /** The clone lacks what was before some commit. */
  readonly isShallow: boolean;
}

/** Undefined: there is no git repository. A git that fails says neither that there is one nor that there is none. */
export async function findPlace(repository: string): Promise<GitPlace | undefined> {
  const args = ['rev-parse', '--show-toplevel', '--show-prefix', '--is-shallow-repository'];
  // It prints a line only where there is one, and so is asked for last.
  const asked = [...args, '--show-superproject-working-tree'];
  const place = await git(repository, asked);
  if (place.exitCode !== 0) {
    if (!isOutsideGit(repository)) throw gitFailed(repository, asked, place);
    return undefined;
  }
  const [top = repository, prefix = '', shallow, outer = ''] = place.stdout.split('\n');
  refuseOtherRoot(repository, top);
  return {
    top,
    prefix,
    outerPrefix: outer === '' ? undefined : `${relative(outer, top)}/${prefix}`,
    isShallow: shallow === 'true',
  };
}

/** By the files, since git's words for it come in many languages. */
function isOutsideGit(repository: string): boolean {
  return process.env['GIT_DIR'] === undefined && rootByFiles(repository) === undefined;
}

/**
 * With GIT_DIR alone, as hooks of a linked worktree have it, git takes the folder that it runs in for the root (git(1),
 * "GIT_WORK_TREE"): a folder of a larger repository would be compared with files that no commit has there.
 */
function refuseOtherRoot(repository: string, top: string): void {
  if (process.env['GIT_DIR'] === undefined || process.env['GIT_WORK_TREE'] !== undefined) return;
  const root = rootByFiles(repository);
  if (root === undefined || realpathSync(root) === realpathSync(top)) return;
  throw new Failure({
    code: 'git-failed',
    message: `GIT_DIR is set and GIT_WORK_TREE is not, so that git takes ${top} for the root of the repository, which is ${root}.`,
    next: 'run the command without the variables that git sets for hooks: env -u GIT_DIR -u GIT_INDEX_FILE -u GIT_PREFIX COMMAND',
  });
}

/** The nearest folder upwards that is a git repository, a linked worktree or a submodule. */
function rootByFiles(repository: string): string | undefined {
  for (let folder = resolve(repository); ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}
