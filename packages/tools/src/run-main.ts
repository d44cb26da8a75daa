import { formatFailure, isFailure } from './failure.ts';
import { ToolFailure } from './tool-failure.ts';

/**
 * Runs a script's work and sets the exit status: what the work returns, 69 (as in sysexits.h: unavailable) for a failure that
 * the message explains, 130 when interrupted.
 */
export async function runMain(script: string, work: (signal: AbortSignal) => Promise<number>): Promise<void> {
  const interruption = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(name, () => {
      interruption.abort(
        new ToolFailure({
          code: 'interrupted',
          message: `interrupted by ${name}`,
          next: 'start it again when you like',
        }),
      );
    });
  }
  try {
    process.exitCode = await work(interruption.signal);
  } catch (error) {
    if (!isFailure(error)) throw error;
    process.stderr.write(formatFailure(script, error));
    process.exitCode = interruption.signal.aborted ? 130 : 69;
  }
}
