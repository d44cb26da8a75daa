import { expect, it } from 'vitest';
import { waitUntil } from '../host/wait.ts';
import { runInTime } from './run-check.ts';

const check = { name: 'waits', title: 'waits', deadlineSeconds: 0.1 };
const never = { deadlineMs: 60_000, next: 'nothing' };

it('tells what a check waited for when its time ran out, and what it saw instead', async () => {
  const { verdict, reason } = await runInTime(check, async (signal) => {
    await waitUntil('all is well', () => false, { ...never, signal, seen: () => 'routeserver-b-0 Pending' });
    throw new Error('it is never well');
  });
  expect([verdict, reason]).toEqual([
    'failed',
    'not done within 0.1 s; it waited until all is well.\n  seen:    routeserver-b-0 Pending',
  ]);
});

it('does not wait for whom tells nothing of what is seen, nor tells of the waits of others', async () => {
  const others = new AbortController();
  const other = waitUntil('another lab is well', () => false, { ...never, signal: others.signal }).catch(() => 'ended');
  const { reason } = await runInTime(check, async (signal) => {
    await waitUntil('all is well', () => false, {
      ...never,
      signal,
      seen: () => Promise.reject(new Error('no pods')),
    });
    throw new Error('it is never well');
  });
  expect(reason).toBe('not done within 0.1 s; it waited until all is well.\n  seen:    no pods');
  others.abort();
  expect(await other).toBe('ended');
});
