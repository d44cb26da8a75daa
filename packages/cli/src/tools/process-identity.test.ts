import { spawn } from 'node:child_process';
import { copyFileSync, readFileSync, realpathSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { scratch } from '../../test/support/scratch.ts';
import { processIdentity } from './process-identity.ts';

/** Clock ticks a second in /proc (proc(5), USER_HZ). */
const ticks = 100;

test('a process is told from a later one of the same number by the boot and the moment when it started', async () => {
  const before = uptime();
  // A name like this makes fields of /proc/PID/stat hard to count.
  const program = join(scratch(), ') 1 2 (x');
  copyFileSync(realpathSync('/bin/sleep'), program);
  const child = spawn(program, ['60'], { argv0: 'sleep' });
  onTestFinished(async () => {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  });
  await once(child, 'spawn');
  const after = uptime();

  const [pid, boot, start, ...others] = processIdentity(child.pid ?? 0)?.split(' ') ?? [];

  expect(others).toEqual([]);
  expect(pid).toBe(String(child.pid));
  expect(boot).toBe(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  expect(Number(start) / ticks).toBeGreaterThanOrEqual(before - 0.1);
  expect(Number(start) / ticks).toBeLessThanOrEqual(after + 0.1);
});

test('a process that is gone has none', async () => {
  const child = spawn('true');
  await once(child, 'exit');
  expect(processIdentity(child.pid ?? 0)).toBeUndefined();
});

function uptime(): number {
  return Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
}
