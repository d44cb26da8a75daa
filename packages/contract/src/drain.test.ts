import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
  /** The command as the pod has it, with the shared folder elsewhere. */
  function run(times: typeof defaultDrainTimes, answerBefore: boolean): number {
    const [shell = '', ...args] = preStopCommand(times).map((part) => part.replaceAll(folders.requests, scratch));
    rmSync(join(scratch, 'drain.request'), { force: true });
    rmSync(join(scratch, 'drain.done'), { force: true });
    if (answerBefore) writeFileSync(join(scratch, 'drain.done'), '');
    const started = performance.now();
    execFileSync(shell, args);
    return performance.now() - started;
  }

  it('writes the request and returns when the agent has answered', () => {
    expect(run(defaultDrainTimes, true)).toBeLessThan(5000);
    expect(existsSync(join(scratch, 'drain.request'))).toBe(true);
  });

  it('returns without an answer when the agent is gone, after the time that the grace period has for it', () => {
    const times = { gracefulShutdownSeconds: -4, ceaseSeconds: 0 };
    expect(run(times, false)).toBeGreaterThanOrEqual(drainTimeoutSeconds(times) * 1000);
    expect(existsSync(join(scratch, 'drain.request'))).toBe(true);
  });
});
