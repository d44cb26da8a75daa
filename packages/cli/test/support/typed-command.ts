import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { locateTool } from '@meshrs/tools/locate';
import { onTestFinished } from 'vitest';

export interface TypedCommand {
  readonly code: number | null;
  /** What it printed, errors too. */
  readonly out: string;
}

/** One command by a shell, as a person types it; it ends with the test. */
export async function typeCommand(command: string, kubeconfig: string): Promise<TypedCommand> {
  const path = `${dirname(locateTool('kubectl'))}:${process.env['PATH'] ?? ''}`;
  const env = { ...process.env, PATH: path, KUBECONFIG: kubeconfig };
  const program = spawn('sh', ['-c', `exec ${command}`], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  // A shell that runs one command becomes that command.
  onTestFinished(() => {
    program.kill('SIGKILL');
  });
  let out = '';
  for (const stream of [program.stdout, program.stderr]) stream.on('data', (data) => (out += String(data)));
  return new Promise((resolve) => {
    program.on('close', (code) => {
      resolve({ code, out });
    });
  });
}
