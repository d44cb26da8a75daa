import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withLock } from './lock.ts';

const newLockFile = (): string => join(mkdtempSync(join(tmpdir(), 'meshrs-lock-')), 'lock');

test('the second waits until the first is done, and says so', async () => {
  const file = newLockFile();
  const events: string[] = [];
  let finishFirst = (): void => undefined;
  const firstMayEnd = new Promise<void>((resolve) => {
    finishFirst = resolve;
  });
  const firstRuns = new Promise<void>((resolve) => {
    void withLock(
      file,
      () => events.push('first waits'),
      async () => {
        resolve();
        await firstMayEnd;
        events.push('first ends');
      },
    );
  });
  await firstRuns;
  const second = withLock(
    file,
    () => {
      events.push('second waits');
      finishFirst();
    },
    () => {
      events.push('second runs');
      return Promise.resolve();
    },
  );
  await second;
  expect(events).toEqual(['second waits', 'first ends', 'second runs']);
});

test('a lock is free again when its work fails', async () => {
  const file = newLockFile();
  await expect(withLock(file, neverWaits, () => Promise.reject(new Error('build failed')))).rejects.toThrow(
    'build failed',
  );
  await expect(
    withLock(
      file,
      () => undefined,
      () => Promise.resolve('free'),
    ),
  ).resolves.toBe('free');
});

test('a killed process leaves no lock behind', async () => {
  const file = newLockFile();
  const script = `import { withLock } from ${JSON.stringify(join(import.meta.dirname, 'lock.ts'))};
    await withLock(${JSON.stringify(file)}, () => {}, async () => { console.log('held'); await new Promise(() => {}); });`;
  const child = spawn(
    process.execPath,
    ['--input-type=module-typescript', '--eval', `setInterval(() => {}, 1e6);${script}`],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'close');
  await expect(
    withLock(
      file,
      () => undefined,
      () => Promise.resolve('free'),
    ),
  ).resolves.toBe('free');
});

function neverWaits(): void {
  throw new Error('the lock was held by somebody else');
}
