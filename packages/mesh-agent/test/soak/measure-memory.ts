import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { Memory } from './memory-process.ts';

/** Where an inspector listens, in its process's own network. */
export const inspectorPort = 9229;
export const inspectorFlag = `--inspect=127.0.0.1:${String(inspectorPort)}`;

/** What a process holds; `start` starts a command in the network of that process, with its output on pipes. */
export async function measureMemory(
  start: (command: readonly string[]) => ChildProcess,
  port = inspectorPort,
): Promise<Memory> {
  const child = start([process.execPath, path.join(import.meta.dirname, 'memory-process.ts'), String(port)]);
  if (!child.stdout || !child.stderr) throw new Error('the output of what measures is on no pipe');
  const ended = once(child, 'close');
  const [said, complaint] = await Promise.all([text(child.stdout), text(child.stderr)]);
  await ended;
  if (child.exitCode !== 0) throw new Error(`the memory could not be measured: ${complaint}`);
  return JSON.parse(said) as Memory;
}
