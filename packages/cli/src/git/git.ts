import { Failure, isFailure } from '@meshrs/tools/failure';
import { runTool, type ToolResult } from '../tools/run-tool.ts';

/** Runs git in a folder; any exit code is a result. `index`: a file in place of the repository's own index. */
export async function git(folder: string, args: readonly string[], index?: string): Promise<ToolResult> {
  const command = ['git', '-C', folder, ...args];
  try {
    return await runTool('env', index === undefined ? command : [`GIT_INDEX_FILE=${index}`, ...command]);
  } catch (error) {
    if (!isFailure(error)) throw error;
    throw new Failure({
      code: 'git-failed',
      message: error.message,
      next: 'try the command by hand; without git nobody can say what a change disturbs',
      cause: error,
    });
  }
}

/** No comparison is a failure, not a permission. */
export function gitFailed(folder: string, args: readonly string[], { stderr, exitCode }: ToolResult): Failure {
  const said = stderr.trim() === '' ? `it ended with ${String(exitCode)}` : stderr.trim();
  return new Failure({
    code: 'git-failed',
    message: `git ${args.join(' ')} failed in ${folder}: ${said}`,
    next: nextAfter(stderr, exitCode),
  });
}

/** Git's word for a folder of another user is a name of its configuration, the same in every language. */
function nextAfter(stderr: string, exitCode: number): string {
  if (stderr.includes('safe.directory')) {
    return 'git reads no repository that belongs to another user: give the folder to the user who runs meshrs, or do what git says above';
  }
  if (exitCode === 127) return 'install git; without it nobody can say what a change disturbs';
  return 'run git status and git fsck there, and correct what they say; look at GIT_DIR and GIT_WORK_TREE, if they are set';
}
