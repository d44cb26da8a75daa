import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { identify, isRunning, signal } from './proc.ts';

test('a process is known by its number and its start: a signal to an earlier owner of the number hits nobody', async () => {
  const child = spawn('sleep', ['60']);
  const id = identify(child.pid ?? 0);
  if (!id) throw new Error('sleep did not start');
  const earlier = { ...id, startTicks: id.startTicks - 1 };
  expect(isRunning(id)).toBe(true);
  expect(isRunning(earlier)).toBe(false);
  signal(earlier, 'SIGKILL');
  expect(isRunning(id)).toBe(true);
  signal(id, 'SIGKILL');
  await once(child, 'exit');
  expect(isRunning(id)).toBe(false);
});
