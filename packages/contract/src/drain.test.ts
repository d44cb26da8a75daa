import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { defaultDrainTimes, drainTimeoutSeconds, preStopCommand, terminationGracePeriodSeconds } from './drain.ts';
import { folders } from './files.ts';

const scratch = mkdtempSync(join(tmpdir(), 'meshrs-drain-'));
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

describe('the grace period', () => {
  it('has room for the drain, the stop of the engine and the stop of the agent', () => {
    expect(drainTimeoutSeconds(defaultDrainTimes)).toBeGreaterThan(12);
    expect(terminationGracePeriodSeconds(defaultDrainTimes)).toBe(drainTimeoutSeconds(defaultDrainTimes) + 15);
  });

  it('grows with the drain', () => {
    const longer = { gracefulShutdownSeconds: 110, ceaseSeconds: 2 };
    expect(terminationGracePeriodSeconds(longer) - terminationGracePeriodSeconds(defaultDrainTimes)).toBe(100);
  });
});

describe('the preStop of the engine', () => {
  /** The command as the pod has it, with the shared folder elsewhere. How often it slept for a second. */
  function run(times: typeof defaultDrainTimes, answerBefore: boolean): number {
    const [shell = '', ...args] = preStopCommand(times).map((part) => part.replaceAll(folders.requests, scratch));
    for (const file of ['drain.request', 'drain.done', 'naps']) rmSync(join(scratch, file), { force: true });
    if (answerBefore) writeFileSync(join(scratch, 'drain.done'), '');
    writeFileSync(join(scratch, 'naps'), '');
    writeFileSync(join(scratch, 'sleep'), `#!/bin/sh\necho "$@" >> ${join(scratch, 'naps')}\n`, { mode: 0o755 });
    execFileSync(shell, args, { env: { PATH: scratch } });
    const naps = readFileSync(join(scratch, 'naps'), 'utf8').split('\n').slice(0, -1);
    expect(naps.every((nap) => nap === '1')).toBe(true);
    return naps.length;
  }

  it('writes the request and returns at once when the agent has answered', () => {
    expect(run(defaultDrainTimes, true)).toBe(0);
    expect(existsSync(join(scratch, 'drain.request'))).toBe(true);
  });

  it.each([
    [defaultDrainTimes, 17],
    [{ gracefulShutdownSeconds: 0, ceaseSeconds: 0 }, 5],
    [{ gracefulShutdownSeconds: 3, ceaseSeconds: 8 }, 16],
  ])(
    'returns without an answer when the agent is gone, after the time that the grace period has for it',
    (times, seconds) => {
      expect(drainTimeoutSeconds(times)).toBe(seconds);
      expect(run(times, false)).toBe(seconds);
      expect(existsSync(join(scratch, 'drain.request'))).toBe(true);
    },
  );
});
