import { spawn } from 'node:child_process';
import { ToolFailure } from './tool-failure.ts';

export interface CommandOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Ends the command and everything it started. */
  readonly signal?: AbortSignal;
  /** Called with each piece of standard error as it comes. */
  readonly onStderr?: (text: string) => void;
}

export interface CommandResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end, whatever its exit status; throws only when it cannot be started or was interrupted. */
export async function tryCommand(
  argv: readonly [string, ...string[]],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const [file, ...arguments_] = argv;
  options.signal?.throwIfAborted();
  const child = spawn(file, arguments_, {
    env: options.env,
    cwd: options.cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that an interrupted build takes its compilers with it.
    detached: true,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    options.onStderr?.(text);
  });
  const kill = (): void => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
  };
  options.signal?.addEventListener('abort', kill, { once: true });
  try {
    const status = await new Promise<number>((resolve, reject) => {
      child.once('error', (cause) => {
        reject(
          new ToolFailure({
            code: 'command-failed',
            message: `${file} cannot be started: ${cause.message}`,
            next: 'look whether it is there and may be run',
            cause,
          }),
        );
      });
      child.once('close', (code, killedBy) => {
        if (code !== null) resolve(code);
        else if (options.signal?.aborted === true)
          reject(
            new ToolFailure({
              code: 'interrupted',
              message: `${argv.join(' ')}: interrupted`,
              next: 'start it again when you like',
            }),
          );
        else
          reject(
            new ToolFailure({
              code: 'command-failed',
              message: `${argv.join(' ')}: ended by ${killedBy ?? 'an unknown signal'}`,
              next: 'run it by hand and see what it says',
            }),
          );
      });
    });
    return { status, stdout, stderr };
  } finally {
    options.signal?.removeEventListener('abort', kill);
  }
}

/** Runs a command and returns what it prints; a status other than 0 is a failure that ends with the command's last words. */
export async function runCommand(argv: readonly [string, ...string[]], options: CommandOptions = {}): Promise<string> {
  const result = await tryCommand(argv, options);
  if (result.status !== 0) throw failedCommand(argv, result);
  return result.stdout;
}

export function failedCommand(argv: readonly string[], result: CommandResult): ToolFailure {
  const words = lastLines(result.stderr.trim() === '' ? result.stdout : result.stderr, 30);
  return new ToolFailure({
    code: 'command-failed',
    message: `${argv.join(' ')}: exit status ${String(result.status)}\n${words}`,
    next: 'run it by hand and see what it says',
  });
}

export function lastLines(text: string, count: number): string {
  return text
    .trimEnd()
    .split('\n')
    .slice(-count)
    .map((line) => `  ${line}`)
    .join('\n');
}
