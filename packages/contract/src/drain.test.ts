import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { drainCauses } from './drain-phases.ts';
import { drainRequestText, longestDrainRequest, readDrainRequest } from './drain-request.ts';
import {
  defaultDrainTimes,
  defaultHoldSeconds,
  drainTimeoutSeconds,
  preStopCommand,
  terminationGracePeriodSeconds,
} from './drain.ts';
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
    const longer = { gracefulShutdownSeconds: 110, ceaseSeconds: 2, holdSeconds: 0 };
    expect(terminationGracePeriodSeconds(longer) - terminationGracePeriodSeconds(defaultDrainTimes)).toBe(100);
    const held = { ...defaultDrainTimes, holdSeconds: defaultHoldSeconds };
    expect(terminationGracePeriodSeconds(held) - terminationGracePeriodSeconds(defaultDrainTimes)).toBe(120);
  });
});

describe('the preStop of the engine', () => {
  const [requestFile, answerFile, naps] = ['drain.request', 'drain.done', 'naps'].map((name) =>
    join(scratch, name),
  ) as [string, string, string];

  /**
   * Runs the command as the pod has it, with the shared folder elsewhere. What happens while it sleeps, by the number of
   * the nap, is a line of shell. How often it slept for a second.
   */
  function run(times: typeof defaultDrainTimes, meanwhile: Readonly<Record<number, string>> = {}): number {
    const [shell = '', ...args] = preStopCommand(times).map((part) => part.replaceAll(folders.requests, scratch));
    const cases = Object.entries(meanwhile).map(([nap, line]) => `${nap}) ${line} ;;`);
    const sleep = `#!/bin/sh\nPATH=/bin:/usr/bin\necho "$@" >> ${naps}\ncase $(wc -l < ${naps}) in ${cases.join(' ')} *) ;; esac\n`;
    writeFileSync(naps, '');
    writeFileSync(join(scratch, 'sleep'), sleep, { mode: 0o755 });
    execFileSync(shell, args, { env: { PATH: scratch } });
    const slept = readFileSync(naps, 'utf8').split('\n').slice(0, -1);
    expect(slept.every((nap) => nap === '1')).toBe(true);
    return slept.length;
  }
  beforeEach(() => {
    for (const file of [requestFile, answerFile]) rmSync(file, { force: true });
  });
  const answered = `echo drained > ${answerFile}`;

  it('writes who asks, and returns when the agent has answered', () => {
    expect(run(defaultDrainTimes, { 12: answered })).toBe(12);
    expect(readDrainRequest(readFileSync(requestFile, 'utf8'))).toEqual({
      cause: 'pre-stop',
      by: 'preStop of the engine',
      waitsSeconds: drainTimeoutSeconds(defaultDrainTimes),
    });
  });

  it('takes no answer of an earlier drain', () => {
    writeFileSync(answerFile, 'of an earlier drain');
    expect(run(defaultDrainTimes)).toBe(drainTimeoutSeconds(defaultDrainTimes));
  });

  it('waits for a second where the route server is drained already, and leaves alone who asked first', () => {
    const first = drainRequestText({ cause: 'command', by: 'alice' });
    writeFileSync(requestFile, first);
    writeFileSync(answerFile, 'of the drain that goes on');
    expect(run(defaultDrainTimes, { 1: answered })).toBe(1);
    expect(readFileSync(requestFile, 'utf8')).toBe(first);
  });

  it('asks where it may not touch the answer of before', () => {
    symlinkSync(join(scratch, 'nowhere/drain.done'), answerFile);
    expect(run({ gracefulShutdownSeconds: 0, ceaseSeconds: 0, holdSeconds: 0 })).toBe(5);
    expect(existsSync(requestFile)).toBe(true);
  });

  it('asks again where the request was taken away, and waits no longer for that', () => {
    expect(run(defaultDrainTimes, { 3: `rm ${requestFile}`, 15: answered })).toBe(15);
    // The time that is left, and not the whole time.
    expect(readDrainRequest(readFileSync(requestFile, 'utf8'))).toEqual({
      ...{ cause: 'pre-stop', by: 'preStop of the engine' },
      waitsSeconds: drainTimeoutSeconds(defaultDrainTimes) - 3,
    });
    rmSync(answerFile);
    const always = Object.fromEntries(Array.from({ length: 20 }, (_, nap) => [nap, `rm -f ${requestFile}`]));
    expect(run(defaultDrainTimes, always)).toBe(drainTimeoutSeconds(defaultDrainTimes));
  });

  it.each([
    [defaultDrainTimes, 17],
    [{ gracefulShutdownSeconds: 0, ceaseSeconds: 0, holdSeconds: 0 }, 5],
    [{ gracefulShutdownSeconds: 3, ceaseSeconds: 8, holdSeconds: 0 }, 16],
    [{ gracefulShutdownSeconds: 3, ceaseSeconds: 8, holdSeconds: 20 }, 36],
  ])(
    'returns without an answer when the agent is gone, after the time that the grace period has for it',
    (times, seconds) => {
      expect(drainTimeoutSeconds(times)).toBe(seconds);
      expect(run(times)).toBe(seconds);
      expect(existsSync(requestFile)).toBe(true);
    },
  );
});

describe('a request', () => {
  it('is read as it was written', () => {
    for (const cause of drainCauses) {
      expect(readDrainRequest(drainRequestText({ cause, by: 'alice, for work on kube1' }))).toEqual({
        cause,
        by: 'alice, for work on kube1',
      });
    }
  });

  it('fits into what a reader takes, whatever the name', () => {
    for (const by of ['\u{1F600}'.repeat(1000), '"'.repeat(1000), '\n'.repeat(1000), '\u2028x', '']) {
      const text = drainRequestText({ cause: 'command', by });
      expect(text.length).toBeLessThan(longestDrainRequest);
      expect(text).not.toMatch(/[\p{Cc}\u2028]/u);
      expect(readDrainRequest(text).cause).toBe('command');
    }
  });

  it.each(['', 'x', '{}', '{"cause":"signal","by":"x"}', '{"cause":"command","by":1}', '[]', 'null'])(
    'that says nothing is one of nobody known: %s',
    (text) => {
      expect(readDrainRequest(text)).toEqual({ cause: 'unknown', by: 'unknown' });
    },
  );
});
