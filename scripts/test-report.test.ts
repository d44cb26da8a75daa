import { describe, expect, it } from 'vitest';
import type { LabCheckReport } from '../packages/lab/src/checks/run-check.ts';
import { junit } from '../packages/lab/src/checks/junit.ts';
import { readJunitReport, readVitestReport } from './test-report.ts';

type Status = 'passed' | 'failed' | 'skipped' | 'pending' | 'todo';

interface File {
  readonly status?: 'passed' | 'failed';
  readonly message?: string;
  readonly tests: readonly Status[];
}

function vitestJson(files: readonly File[], changes: Readonly<Record<string, unknown>> = {}): string {
  const testResults = files.map(({ tests, status, message = '' }, index) => ({
    name: `/packages/x/${String(index)}.test.ts`,
    status: status ?? (tests.includes('failed') ? 'failed' : 'passed'),
    message,
    assertionResults: tests.map((one, number) => ({
      fullName: `test ${String(number)}`,
      status: one,
      ...(one === 'failed' && { failureMessages: ['expected 1\nto be 2\n    at x.test.ts:7'] }),
    })),
  }));
  const success = testResults.every(({ status }) => status === 'passed');
  const numTotalTests = files.flatMap(({ tests }) => tests).length;
  return JSON.stringify({ success, numTotalTests, testResults, startTime: 1, ...changes });
}

describe("Vitest's report", () => {
  const skippingIsRefused = 'No test may be skipped (CONTRIBUTING.md).';

  it.each<[string, string, readonly [number, number, number], readonly string[]]>([
    ['all passed', vitestJson([{ tests: ['passed', 'passed'] }, { tests: ['passed'] }]), [3, 0, 0], []],
    [
      'one failed',
      vitestJson([{ tests: ['passed', 'failed'] }]),
      [1, 1, 0],
      ['failed: /packages/x/0.test.ts: test 1: expected 1 to be 2'],
    ],
    [
      'a file that cannot be imported',
      vitestJson([{ tests: ['passed'] }, { tests: [], status: 'failed', message: 'Cannot find module\n    at x' }]),
      [1, 1, 0],
      ['failed beside its tests: /packages/x/1.test.ts: Cannot find module'],
    ],
    [
      'a file that cannot be imported beside failed tests',
      vitestJson([{ tests: ['failed'] }, { tests: [], status: 'failed', message: 'no' }]),
      [0, 2, 0],
      [
        'failed: /packages/x/0.test.ts: test 0: expected 1 to be 2',
        'failed beside its tests: /packages/x/1.test.ts: no',
      ],
    ],
    [
      'a hook that fails after all tests passed',
      vitestJson([{ tests: ['passed'], status: 'failed', message: 'afterAll' }]),
      [1, 1, 0],
      ['failed beside its tests: /packages/x/0.test.ts: afterAll'],
    ],
    [
      'skip and todo',
      vitestJson([{ tests: ['passed', 'skipped', 'todo', 'pending'] }]),
      [1, 1, 3],
      ['skipped: test 1', 'todo: test 2', 'skipped: test 3', skippingIsRefused],
    ],
    [
      'no success without a failed test',
      vitestJson([{ tests: ['passed'] }], { success: false }),
      [1, 1, 0],
      ['The run failed, though none of its tests did.'],
    ],
    ['no file', vitestJson([]), [0, 0, 0], []],
  ])('%s', (_, text, [passed, failed, skipped], remarks) => {
    expect(readVitestReport(text)).toEqual({ counts: { passed, failed, skipped }, remarks });
  });

  const whole = vitestJson([{ tests: ['passed', 'failed'] }]);
  it.each([
    ['empty', ''],
    ['an empty object', '{}'],
    ['a list', '[]'],
    ['null', 'null'],
    ['without its tests', JSON.stringify({ success: true, numTotalTests: 0 })],
    ['with counts alone', JSON.stringify({ numPassedTests: 7, numFailedTests: 0 })],
    ['of a status that is new', whole.replace('"status":"passed"', '"status":"flaky"')],
    ['half-written', whole.slice(0, whole.length / 2)],
    ['without its last character', whole.slice(0, -1)],
  ])('is refused when it is %s', (_, text) => {
    expect(readVitestReport(text)).toEqual({ unreadable: 'it is not the whole JSON report of a Vitest run' });
  });

  it('is refused when it lists other tests than it announces', () => {
    expect(readVitestReport(vitestJson([{ tests: ['passed'] }], { numTotalTests: 2 }))).toEqual({
      unreadable: 'it announces 2 tests and lists 1',
    });
  });
});

describe("JUnit's report of a lab", () => {
  const check = (name: string): LabCheckReport['check'] => ({ name, title: name });
  const checkReport = (verdict: LabCheckReport['verdict'], name: string): LabCheckReport => ({
    check: check(name),
    verdict,
    seconds: 1,
    facts: ['a fact with <testcase and <failure in it'],
    notProven: verdict === 'not-proven' ? ['"nobody" dialled'] : [],
    ...(verdict === 'failed' && { reason: 'a session was <lost>:\n"why"' }),
  });
  const whole = junit('lab', [
    checkReport('passed', 'one'),
    checkReport('failed', 'two'),
    checkReport('not-proven', 'three'),
    checkReport('passed', 'four'),
  ]);

  it('gives its counts, and names what was not proven', () => {
    expect(readJunitReport(whole)).toEqual({
      counts: { passed: 2, failed: 1, skipped: 1 },
      remarks: ['failed: two: a session was <lost>: "why"', 'skipped: three'],
    });
  });

  it('counts errors as failed', () => {
    expect(
      readJunitReport(
        '<testsuite tests="1" failures="0" errors="1" skipped="0"><testcase name="x"><error/></testcase></testsuite>',
      ),
    ).toEqual({ counts: { passed: 0, failed: 1, skipped: 0 }, remarks: ['failed: x'] });
  });

  it.each([
    ['empty', '', 'it is not a whole JUnit report'],
    ['something else', '{}', 'it is not a whole JUnit report'],
    ['half-written', whole.slice(0, whole.length / 2), 'it is not a whole JUnit report'],
    [
      'without a count',
      whole.replace(' skipped="1"', ''),
      'its root does not state tests, failures, errors and skipped',
    ],
    [
      'without a number',
      whole.replace('tests="4"', 'tests="many"'),
      'its root does not state tests, failures, errors and skipped',
    ],
    [
      'without a test case that it states',
      whole.replace('tests="4"', 'tests="5"'),
      'it states 5, 1, 1 tests, failed and skipped ones, and lists 4, 1, 1',
    ],
    [
      'silent on a failed one',
      whole.replace('failures="1"', 'failures="0"'),
      'it states 4, 0, 1 tests, failed and skipped ones, and lists 4, 1, 1',
    ],
  ])('is refused when it is %s', (_, text, unreadable) => {
    expect(readJunitReport(text)).toEqual({ unreadable });
  });

  it('is refused wherever it is cut', () => {
    for (let length = 0; length < whole.trimEnd().length; length += 1) {
      expect(readJunitReport(whole.slice(0, length))).toHaveProperty('unreadable');
    }
  });
});
