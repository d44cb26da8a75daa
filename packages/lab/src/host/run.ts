import { execa } from 'execa';
import { LabFailure } from './failure.ts';

export interface RunOptions {
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** What a person can do when the command fails. */
  readonly next?: string;
}

export interface RunResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end, whatever its exit status; throws when it cannot be started or does not end in time. */
export async function tryRun(argv: readonly [string, ...string[]], options: RunOptions = {}): Promise<RunResult> {
  const [file, ...args] = argv;
  const timeoutMs = options.timeoutMs ?? 60_000;
  const result = await execa(file, args, {
    reject: false,
    // Otherwise a signal to this process ends it before it could take down what it has made.
    cleanup: false,
    stripFinalNewline: false,
    timeout: timeoutMs,
    // A command that ignores SIGTERM must not hold up the lab.
    forceKillAfterDelay: 2_000,
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
    ...(options.env && { env: options.env }),
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    ...(options.signal && { cancelSignal: options.signal }),
  });
  if (result.exitCode !== undefined && !result.timedOut && !result.isCanceled) {
    return { status: result.exitCode, stdout: result.stdout, stderr: result.stderr };
  }
  options.signal?.throwIfAborted();
  throw new LabFailure({
    code: 'command-failed',
    message: result.timedOut
      ? `${argv.join(' ')}: not done after ${String(timeoutMs / 1000)} s`
      : `${argv.join(' ')}: ${result.shortMessage ?? 'it did not run'}`,
    next: options.next ?? 'run the command by hand and look at what it says',
    cause: result,
  });
}

/** Runs a command and returns what it prints; an exit status other than 0 is a failure. */
export async function run(argv: readonly [string, ...string[]], options: RunOptions = {}): Promise<string> {
  const result = await tryRun(argv, options);
  if (result.status === 0) return result.stdout;
  throw new LabFailure({
    code: 'command-failed',
    message: `${argv.join(' ')}: exit status ${String(result.status)}\n${lastLines(result.stderr || result.stdout, 15)}`,
    next: options.next ?? 'run the command by hand and look at what it says',
  });
}

export function lastLines(text: string, count: number): string {
  return text
    .trimEnd()
    .split('\n')
    .slice(-count)
    .map((line) => `    ${line}`)
    .join('\n');
}
