import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';

export const repository = resolve(import.meta.dirname, '../../..');

/** A command of the lab in a process of its own. */
export interface LabCommand {
  readonly child: ChildProcess;
  /** What it has printed so far. */
  output(): string;
  /** Resolves when it has printed this. */
  hasPrinted(text: string): Promise<void>;
  /** Its exit status, or the signal that ended it. */
  ended(): Promise<number | NodeJS.Signals>;
}

export function startLabCommand(args: readonly string[], cwd = repository): LabCommand {
  const child = spawn(join(repository, 'packages/tools/run-node'), [join(import.meta.dirname, 'lab.ts'), ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  return {
    child,
    output: () => output,
    hasPrinted: async (text) => {
      const end = ended.then((status) => {
        if (!output.includes(text)) throw new Error(`It ended with ${String(status)} without "${text}":\n${output}`);
      });
      const printed = new Promise<void>((resolveText) => {
        const look = (): void => {
          if (output.includes(text)) resolveText();
        };
        child.stdout.on('data', look);
        child.stderr.on('data', look);
        look();
      });
      await Promise.race([printed, end]);
    },
    ended: () => ended,
  };
}

export async function runLabCommand(
  args: readonly string[],
  cwd = repository,
): Promise<{ status: number | NodeJS.Signals; output: string }> {
  const command = startLabCommand(args, cwd);
  const status = await command.ended();
  return { status, output: command.output() };
}
