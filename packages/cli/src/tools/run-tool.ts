import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { Failure } from '@meshrs/tools/failure';

/** What a program printed and how it ended. */
export interface ToolResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

const timeoutMs = 120_000;

/** Runs a program to its end. Any exit code is a result; throws a failure when it cannot run or does not end. */
export async function runTool(
  path: string,
  args: readonly string[],
  options: { readonly cwd?: string } = {},
): Promise<ToolResult> {
  const child = spawn(path, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs });
  const ended = new Promise<{ exitCode: number | null; signal: string | null }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode, signal) => {
      resolve({ exitCode, signal });
    });
  });
  try {
    const [stdout, stderr, { exitCode, signal }] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    if (exitCode !== null) return { exitCode, stdout, stderr };
    throw new Error(`it was ended by ${signal ?? 'a signal'} within ${String(timeoutMs / 1000)} s`);
  } catch (error) {
    throw new Failure({
      code: 'tool-failed',
      message: `${path} ${args.join(' ')} did not run to its end: ${error instanceof Error ? error.message : ''}`,
      next: 'run scripts/build, which sets every tool up, and try the command by hand',
      cause: error,
    });
  }
}
