import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runSuites } from './run-suites.ts';
import type { Suite } from './suite.ts';

let scratch = '';
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'meshrs-suites-'));
});
afterEach(() => {
  rmSync(scratch, { recursive: true });
});

interface Ran {
  readonly isWell: boolean;
  readonly lines: readonly string[];
  readonly lastLine: string | undefined;
}

async function run(
  suites: readonly Suite[] | (() => readonly Suite[]),
  options: { readonly minutesLeft?: number; readonly signal?: AbortSignal } = {},
): Promise<Ran> {
  let output = '';
  const isWell = await runSuites(typeof suites === 'function' ? suites : () => suites, {
    repository: scratch,
    scratch,
    env: process.env,
    until: options.minutesLeft === undefined ? Infinity : Date.now() + options.minutesLeft * 60_000,
    write: (text) => {
      output += text;
    },
    signal: options.signal ?? new AbortController().signal,
  });
  const lines = output
    .replaceAll(/ \(\d+\.\d s\)$/gm, '')
    .trimEnd()
    .split('\n');
  return { isWell, lines, lastLine: lines.at(-1) };
}

const ends = (name: string, status: number, more: Partial<Suite> = {}): Suite => ({
  name,
  command: '/bin/sh',
  args: ['-c', `exit ${String(status)}`],
  ...more,
});

const says = (name: string, script: string, lane?: string): Suite => ({
  name,
  command: '/bin/sh',
  args: ['-c', script],
  ...(lane !== undefined && { lane }),
});

const vitestReport = JSON.stringify({
  success: true,
  numTotalTests: 2,
  testResults: [
    {
      name: 'x.test.ts',
      status: 'passed',
      message: '',
      assertionResults: [
        { fullName: 'one', status: 'passed' },
        { fullName: 'two', status: 'passed' },
      ],
    },
  ],
});
const junitReport =
  '<testsuite tests="2" failures="0" errors="0" skipped="0"><testcase name="a"/><testcase name="b"/></testsuite>';

/** A suite that ends with a status after it has written its report. */
function reports(kind: 'vitest' | 'junit', text: string | undefined, status = 0, more: Partial<Suite> = {}): Suite {
  const file = join(scratch, 'report');
  const script = text === undefined ? '' : `printf %s '${text}' > '${file}';`;
  return {
    name: 'suite',
    command: '/bin/sh',
    args: ['-c', `${script} exit ${String(status)}`],
    report: { kind, file },
    ...more,
  };
}

describe('the end of a run', () => {
  const failing = (count: number): string =>
    JSON.stringify({
      success: false,
      numTotalTests: count,
      testResults: [
        {
          name: 'x.test.ts',
          status: 'failed',
          message: '',
          assertionResults: Array.from({ length: count }, (_, index) => ({
            fullName: `test ${String(index)}`,
            status: 'failed',
            failureMessages: ['not so'],
          })),
        },
      ],
    });

  it('names what failed in each suite, above the last line', async () => {
    const { lines } = await run([reports('vitest', failing(2), 1), ends('lint', 3)]);
    expect(lines.slice(-5)).toEqual([
      'failed: suite, lint',
      '    suite: failed: x.test.ts: test 0: not so',
      '    suite: failed: x.test.ts: test 1: not so',
      '    lint: It ended with status 3.',
      '0 passed, 3 failed, 0 skipped',
    ]);
  });

  it('names thirty at most, and says how many there are more', async () => {
    const { lines } = await run([reports('vitest', failing(32), 1)]);
    expect(lines.slice(-3)).toEqual([
      '    suite: failed: x.test.ts: test 29: not so',
      '    and 2 more',
      '0 passed, 32 failed, 0 skipped',
    ]);
  });
});

describe('a suite that ends with 0', () => {
  it.each(['vitest', 'junit'] as const)('passes by its report (%s)', async (kind) => {
    const { isWell, lastLine } = await run([reports(kind, kind === 'vitest' ? vitestReport : junitReport)]);
    expect({ isWell, lastLine }).toEqual({ isWell: true, lastLine: '2 passed, 0 failed, 0 skipped' });
  });

  it.each([
    ['vitest', 'leaves no report', undefined, 'and left no report in'],
    ['junit', 'leaves no report', undefined, 'and left no report in'],
    ['vitest', 'leaves an empty one', '', 'cannot be used: it is not the whole JSON report'],
    ['junit', 'leaves an empty one', '', 'cannot be used: it is not a whole JUnit report'],
    ['vitest', 'leaves {}', '{}', 'cannot be used: it is not the whole JSON report'],
    ['vitest', 'leaves half of it', vitestReport.slice(0, 60), 'cannot be used: it is not the whole JSON report'],
    ['junit', 'leaves half of it', junitReport.slice(0, 90), 'cannot be used: it is not a whole JUnit report'],
    [
      'vitest',
      'ran no test',
      JSON.stringify({ success: true, numTotalTests: 0, testResults: [] }),
      'ended with status 0 after 0 of 1 tests',
    ],
  ] as const)('and (%s) %s has failed', async (kind, _, text, sentence) => {
    const { isWell, lines, lastLine } = await run([reports(kind, text)]);
    expect({ isWell, lastLine }).toEqual({ isWell: false, lastLine: '0 passed, 1 failed, 0 skipped' });
    expect(lines[1]).toContain(sentence);
    expect(lines).toContain('failed: suite');
    expect(lines.join('\n')).not.toContain('    at ');
  });

  it('and whose report is older than the run has failed', async () => {
    writeFileSync(join(scratch, 'report'), vitestReport);
    const yesterday = Date.now() / 1000 - 86_400;
    utimesSync(join(scratch, 'report'), yesterday, yesterday);
    const { isWell, lines, lastLine } = await run([reports('vitest', undefined)]);
    expect({ isWell, lastLine }).toEqual({ isWell: false, lastLine: '0 passed, 1 failed, 0 skipped' });
    expect(lines[1]).toContain('is older than this run');
  });

  it('and has run fewer tests than there are has failed', async () => {
    const file = join(scratch, 'report');
    const { lines, lastLine } = await run([
      reports('junit', junitReport, 0, { report: { kind: 'junit', file, tests: 3 } }),
    ]);
    expect(lastLine).toBe('2 passed, 1 failed, 0 skipped');
    expect(lines[1]).toContain('after 2 of 3 tests');
  });
});

describe('a suite that ends badly', () => {
  it('has failed though its report tells of no failed test', async () => {
    const { isWell, lines, lastLine } = await run([reports('vitest', vitestReport, 3)]);
    expect({ isWell, lastLine }).toEqual({ isWell: false, lastLine: '2 passed, 1 failed, 0 skipped' });
    expect(lines[1]).toContain('It ended with status 3, though no test failed.');
  });

  it('has failed when it has no report', async () => {
    expect(await run([ends('format', 1), ends('types', 0)])).toMatchObject({
      isWell: false,
      lastLine: '1 passed, 1 failed, 0 skipped',
    });
  });

  it('has failed when it cannot start or is killed', async () => {
    const { lines, lastLine } = await run([
      { name: 'none', command: join(scratch, 'none'), args: [] },
      { name: 'killed', command: '/bin/sh', args: ['-c', 'kill -9 $$'] },
    ]);
    expect(lastLine).toBe('0 passed, 2 failed, 0 skipped');
    expect(lines).toContain('failed: none, killed');
  });

  it('is followed by the others when what it has kept cannot be shown', async () => {
    const diagnose = (): never => {
      throw new Error('the logs are gone');
    };
    const { lines, lastLine } = await run([ends('lab', 1, { diagnose }), ends('down', 0)]);
    expect(lastLine).toBe('1 passed, 1 failed, 0 skipped');
    expect(lines).toContain('    what was kept of lab cannot be shown: the logs are gone');
  });
});

describe('a suite that is not run', () => {
  const lab = (minutes: number): Suite[] => [
    ends('up', 0, { minutes }),
    reports('junit', junitReport, 0, {
      name: 'checks',
      needs: 'up',
      provesLab: true,
      report: { kind: 'junit', file: join(scratch, 'report'), tests: 2 },
    }),
    ends('down', 0, { needs: 'up' }),
  ];

  it('counts each of its tests as skipped, and no lab at all is a failure', async () => {
    const { isWell, lines, lastLine } = await run([ends('lint', 0), ...lab(5)], { minutesLeft: 4.9 });
    expect({ isWell, lastLine }).toEqual({ isWell: false, lastLine: '1 passed, 1 failed, 4 skipped' });
    expect(lines).toContain('    up: not run, since it may take 5 minutes and 5 are left');
    expect(lines).toContain('    checks: not run, since this failed or was not run: up');
    expect(lines).toContain('not run for want of time: up');
    expect(lines).toContain('NO LAB WAS RUN, and labs were asked for: nothing is proven of them.');
  });

  it('is as good as one that proves nothing: a lab whose checks were all skipped is a failure', async () => {
    const nothingProven = junitReport
      .replace(/skipped="\d+"/g, 'skipped="2"')
      .replaceAll(/<testcase ([^>]*?)\/?>(?:[\s\S]*?<\/testcase>)?/g, '<testcase $1><skipped/></testcase>');
    const checks = reports('junit', nothingProven, 0, { name: 'checks', provesLab: true });
    const { isWell, lines } = await run([ends('up', 0), checks]);
    expect(isWell).toBe(false);
    expect(lines).toContain('    checks: 0 passed, 0 failed, 2 skipped');
    expect(lines).toContain('NO LAB PROVED ANYTHING: every check was skipped or has failed.');
  });

  it('leaves the run well when another lab was run', async () => {
    const other = ends('bad commits', 0, { minutes: 18, provesLab: true });
    expect(await run([...lab(4), other], { minutesLeft: 10 })).toMatchObject({
      isWell: true,
      lastLine: '4 passed, 0 failed, 1 skipped',
    });
  });

  it('counts as skipped after what it needs has failed', async () => {
    const { lastLine } = await run([ends('up', 1), ...lab(1).slice(1)]);
    expect(lastLine).toBe('0 passed, 2 failed, 3 skipped');
  });
});

describe('the last line adds all up', () => {
  it('when the suites cannot even be named', async () => {
    const { isWell, lines, lastLine } = await run(() => {
      throw new Error('tool shellcheck is missing');
    });
    expect({ isWell, lastLine }).toEqual({ isWell: false, lastLine: '0 passed, 1 failed, 0 skipped' });
    expect(lines[0]).toBe('It broke off: tool shellcheck is missing');
  });

  it('when there is no suite', async () => {
    expect(await run([])).toMatchObject({ isWell: false, lastLine: '0 passed, 1 failed, 0 skipped' });
  });

  it('when a report cannot be read', async () => {
    const { lastLine } = await run([
      reports('vitest', undefined, 0, { report: { kind: 'vitest', file: scratch } }),
      ends('next', 0),
    ]);
    expect(lastLine).toBe('1 passed, 1 failed, 0 skipped');
  });

  it('when the run is interrupted: the suite that runs is ended and no other begun', async () => {
    const interrupt = new AbortController();
    setTimeout(() => {
      interrupt.abort();
    }, 100);
    const { isWell, lastLine, lines } = await run(
      [{ name: 'long', command: '/bin/sleep', args: ['60'] }, ends('next', 0)],
      { signal: interrupt.signal },
    );
    expect({ isWell, lastLine }).toEqual({ isWell: false, lastLine: '0 passed, 2 failed, 1 skipped' });
    expect(lines).toContain('    next: not run, since the run was interrupted');
  });

  it('when the run is interrupted: what was made before is removed, and what was not made is not', async () => {
    const interrupt = new AbortController();
    setTimeout(() => {
      interrupt.abort();
    }, 300);
    const { lines, lastLine } = await run(
      [
        ends('up', 0),
        { name: 'long', command: '/bin/sleep', args: ['60'] },
        ends('down', 0, { needs: 'up', cleansUp: true }),
        ends('never up', 0),
        ends('never down', 0, { needs: 'never up', cleansUp: true }),
      ],
      { signal: interrupt.signal },
    );
    expect(lines).toContain('    down: 1 passed, 0 failed, 0 skipped');
    expect(lines).toContain('    never down: not run, since this failed or was not run: never up');
    expect(lastLine).toBe('2 passed, 2 failed, 2 skipped');
  });
});

describe('suites that give way', () => {
  it('leave the processors to the others', async () => {
    const show =
      'nice; if [ -e /proc/self/autogroup ]; then sleep 0.2; sed "s/.*nice //" /proc/self/autogroup; else echo 5; fi';
    const { lines, isWell } = await run([
      { ...says('computes', show, 'x'), givesWay: true },
      { ...says('waits', 'nice', 'y') },
    ]);
    expect(isWell).toBe(true);
    const after = (name: string): number => lines.indexOf(`==> ${name}`) + 1;
    // The nice value is added to that of these tests, which may give way themselves; that of a session is its own.
    const lowered = String(Math.min(getPriority() + 5, 19));
    expect(lines.slice(after('computes'), after('computes') + 2)).toEqual([lowered, '5']);
    expect(lines[after('waits')]).toBe(String(getPriority()));
  });

  it('are ended with the processes that they have begun', async () => {
    const interrupt = new AbortController();
    const child = `(trap 'touch ended; exit' TERM; touch begun; while :; do sleep 0.05; done) & wait`;
    const ended = run([{ ...says('computes', child, 'x'), givesWay: true }], { signal: interrupt.signal });
    await vi.waitUntil(() => existsSync(join(scratch, 'begun')), { timeout: 20_000 });
    interrupt.abort();
    expect((await ended).isWell).toBe(false);
    await vi.waitUntil(() => existsSync(join(scratch, 'ended')), { timeout: 20_000 });
  }, 60_000);
});

describe('suites of a lane', () => {
  it('run beside the others, in their order, and show what they print at their end', async () => {
    // Each side waits for a file of the other: one after the other they would never end.
    const waitFor = (file: string): string => `until [ -e ${file} ]; do sleep 0.01; done`;
    const { lines, isWell } = await run([
      says('slow', `echo first; touch slow; ${waitFor('quick')}; echo last`, 'waits'),
      says('next', `test -e quick; echo next`, 'waits'),
      says('quick', `${waitFor('slow')}; touch quick`),
    ]);
    expect(isWell).toBe(true);
    expect(lines.slice(-1)).toEqual(['3 passed, 0 failed, 0 skipped']);
    const ofLane = lines.slice(lines.indexOf('==> slow'));
    expect(ofLane.slice(0, 3)).toEqual(['==> slow', 'first', 'last']);
    expect(lines.indexOf('next')).toBeGreaterThan(lines.indexOf('last'));
  });

  it('are left out when what they need has failed, and fail the run like any other', async () => {
    const { lastLine, isWell } = await run([
      { ...ends('up', 1), lane: 'x' },
      { ...ends('test', 0, { needs: 'up' }), lane: 'x' },
      ends('other', 0),
    ]);
    expect(isWell).toBe(false);
    expect(lastLine).toBe('1 passed, 1 failed, 1 skipped');
  });

  it('are ended with the others', async () => {
    const interrupt = new AbortController();
    const ended = run([says('slow', 'exec sleep 60', 'x'), says('quick', 'exec sleep 60')], {
      signal: interrupt.signal,
    });
    setTimeout(() => {
      interrupt.abort();
    }, 200);
    expect((await ended).isWell).toBe(false);
  });
});
