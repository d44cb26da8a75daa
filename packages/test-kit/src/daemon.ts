import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** A program that runs beside the test and dies with it, also when the test is killed. */
export interface Daemon {
  readonly pid: number;
  /** What it has written so far. */
  output(): string;
  isRunning(): boolean;
  signal(signal: NodeJS.Signals): void;
  /** Ends it with the signal and waits for the end; kills it when it takes longer than five seconds. */
  end(signal?: NodeJS.Signals): Promise<void>;
}

export function startDaemon(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Daemon {
  const child: ChildProcess = spawn('setpriv', [...dying, command, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (piece: string) => {
      output = (output + piece).slice(-200_000);
    });
  }
  child.on('error', (error) => {
    output += `cannot start ${command}: ${error.message}\n`;
  });
  const isRunning = () => child.exitCode === null && child.signalCode === null && child.pid !== undefined;
  return {
    pid: child.pid ?? -1,
    output: () => output,
    isRunning,
    signal: (signal) => {
      child.kill(signal);
    },
    end: async (signal = 'SIGTERM') => {
      if (!isRunning()) return;
      const ended = once(child, 'exit');
      child.kill(signal);
      const killer = setTimeout(() => child.kill('SIGKILL'), 5000);
      await ended;
      clearTimeout(killer);
    },
  };
}

/** Options of setpriv(1): the kernel ends the program with this process, after a crash too. */
export const dying = ['--pdeathsig', 'KILL'] as const;

/** Ends a program at once, and resolves when it is gone. */
export async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}
