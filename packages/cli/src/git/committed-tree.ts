import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Failure } from '@meshrs/tools/failure';
import { runTool, type ToolResult } from '../tools/run-tool.ts';
import { scratchFolder } from '../repository/scratch-folder.ts';
import { readTree, treeFolders, type Tree } from '../repository/tree.ts';

/** What stands in a commit of the repository, and by what name it was asked for. */
export interface CommittedTree {
  readonly revision: string;
  readonly tree: Tree;
}

/**
 * base/, overlays/ and clusters/ as a revision has them, the custom folders included; undefined when there is no commit
 * yet, or no git repository: then nothing runs that a change could disturb. A git that fails says neither: no comparison
 * is a failure, not a permission.
 */
export async function readCommittedTree(repository: string, revision: string): Promise<CommittedTree | undefined> {
  const args = ['rev-parse', '--show-toplevel', '--show-prefix'];
  const place = await git(repository, args);
  if (place.exitCode !== 0) {
    if (isOutsideGit(repository)) return undefined;
    throw gitFailed(args, place);
  }
  // The repository may be a folder inside a larger one.
  const [top = repository, prefix = ''] = place.stdout.split('\n');
  const head = await git(repository, ['rev-parse', '--verify', '--quiet', `${revision}^{commit}`]);
  if (head.exitCode !== 0) {
    if (revision === 'HEAD' && !(await hasCommits(repository))) return undefined;
    throw new Failure({
      code: 'unknown-revision',
      message: `git knows no commit ${revision}.`,
      next: 'name a branch, a tag or a commit that is in this clone; a shallow clone may lack it (git fetch)',
    });
  }
  return { revision, tree: await checkOut(repository, top, `${head.stdout.trim()}:${prefix}`) };
}

/** Checks the folders out into scratch through an index of their own, so that nobody's index or files change. */
async function checkOut(repository: string, top: string, root: string): Promise<Tree> {
  mkdirSync(scratchFolder(repository), { recursive: true });
  const folder = mkdtempSync(join(scratchFolder(repository), 'committed-'));
  const index = join(folder, 'index');
  try {
    for (const name of treeFolders) {
      const tree = `${root}${name}`;
      const known = await git(top, ['rev-parse', '--verify', '--quiet', tree]);
      if (known.exitCode === 0) await mustSucceed(top, ['read-tree', `--prefix=${name}/`, tree], index);
    }
    await mustSucceed(top, ['checkout-index', '--all', `--prefix=${folder}/tree/`], index);
    return readTree(join(folder, 'tree'), treeFolders);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function mustSucceed(repository: string, args: readonly string[], index: string): Promise<void> {
  const result = await git(repository, args, index);
  if (result.exitCode !== 0) throw gitFailed(args, result);
}

function gitFailed(args: readonly string[], { stderr }: ToolResult): Failure {
  return new Failure({
    code: 'git-failed',
    message: `git ${args.join(' ')} failed: ${stderr.trim()}`,
    next: 'run git status and git fsck, and correct what they say',
  });
}

/** HEAD has a name already when its commit is missing or broken. */
async function hasCommits(repository: string): Promise<boolean> {
  const { exitCode } = await git(repository, ['rev-parse', '--verify', '--quiet', 'HEAD']);
  return exitCode === 0;
}

/** By the files, since git's words for it come in many languages. */
function isOutsideGit(repository: string): boolean {
  if (process.env['GIT_DIR'] !== undefined) return false;
  for (let folder = resolve(repository); ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return false;
    if (folder === dirname(folder)) return true;
  }
}

function git(repository: string, args: readonly string[], index?: string): Promise<ToolResult> {
  const command = ['git', '-C', repository, ...args];
  return runTool('env', index === undefined ? command : [`GIT_INDEX_FILE=${index}`, ...command]);
}
