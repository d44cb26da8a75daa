import { exitCodes } from './exit-codes.ts';

/** Ctrl-C, an orderly end, a terminal that is closed, Ctrl-\. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

/**
 * Hears of everything that can end a process and can be heard of. A second signal does not end it either: who waits for it
 * to close what is open waits for seconds.
 */
export function onEnd(listener: (why: string) => void): void {
  for (const signal of signals) {
    process.on(signal, () => {
      listener(signal);
    });
  }
  // A terminal that is gone: each line is an error, and an error that nobody hears ends the process.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', () => {
      listener('nobody reads what it says');
    });
  }
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (thrown: unknown) => {
      process.exitCode = exitCodes.failure;
      process.stderr.write(`meshrs: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}\n`);
      listener('an error of meshrs');
    });
  }
}
