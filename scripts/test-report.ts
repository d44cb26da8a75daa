// What the reports of test runs say; pure: text in, counts out.
import { z } from 'zod';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface Report {
  readonly counts: Counts;
  /** One sentence each: what the counts alone do not tell. */
  readonly remarks: readonly string[];
}

/** The report says nothing that can be relied on. */
export interface Unreadable {
  readonly unreadable: string;
}

const vitestReport = z.object({
  success: z.boolean(),
  numTotalTests: z.int().nonnegative(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.enum(['passed', 'failed']),
      message: z.string(),
      assertionResults: z.array(
        z.object({
          fullName: z.string(),
          status: z.enum(['passed', 'failed', 'pending', 'skipped', 'todo']),
          failureMessages: z.array(z.string()).optional(),
        }),
      ),
    }),
  ),
});

/**
 * Vitest's JSON report. A file that fails apart from its tests, since it cannot be imported or cannot clean up, counts
 * as one failed test. A test that is skipped makes the run fail: CONTRIBUTING.md allows none.
 */
export function readVitestReport(text: string): Report | Unreadable {
  const read = vitestReport.safeParse(parseJson(text));
  if (!read.success) return { unreadable: 'it is not the whole JSON report of a Vitest run' };
  const { success, numTotalTests, testResults } = read.data;
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  if (tests.length !== numTotalTests) {
    return { unreadable: `it announces ${String(numTotalTests)} tests and lists ${String(tests.length)}` };
  }
  const brokenFiles = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some(isFailed),
  );
  const skipped = tests.filter(({ status }) => status !== 'passed' && status !== 'failed');
  const failedTests = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.filter(isFailed).map((test) => ({ file: name, ...test })),
  );
  const remarks = [
    ...failedTests.map(
      ({ file, fullName, failureMessages = [] }) =>
        `failed: ${file}: ${fullName}: ${inOneLine(failureMessages[0] ?? 'without a message')}`,
    ),
    ...brokenFiles.map(({ name, message }) => `failed beside its tests: ${name}: ${inOneLine(message)}`),
    ...skipped.map(({ fullName, status }) => `${status === 'todo' ? 'todo' : 'skipped'}: ${fullName}`),
  ];
  const failed = failedTests.length + brokenFiles.length;
  const counts = {
    passed: tests.length - failedTests.length - skipped.length,
    failed,
    skipped: skipped.length,
  };
  if (skipped.length > 0) return asFailed({ counts, remarks }, 'No test may be skipped (CONTRIBUTING.md).');
  if (!success && failed === 0) return asFailed({ counts, remarks }, 'The run failed, though none of its tests did.');
  return { counts, remarks };
}

/** JUnit's XML as the lab writes it: one suite with its counts, and a test case for each check. */
export function readJunitReport(text: string): Report | Unreadable {
  const root = /<testsuite\b[^>]*>/.exec(text)?.[0];
  if (root === undefined || !text.trimEnd().endsWith('</testsuite>')) {
    return { unreadable: 'it is not a whole JUnit report' };
  }
  const [tests, failures, errors, skipped] = (['tests', 'failures', 'errors', 'skipped'] as const).map((name) =>
    countOf(root, name),
  );
  if (tests === undefined || failures === undefined || errors === undefined || skipped === undefined) {
    return { unreadable: 'its root does not state tests, failures, errors and skipped' };
  }
  const cases = text.split('<testcase ').slice(1);
  const failedCases = cases.filter((one) => /<(failure|error)\b/.test(one));
  const skippedCases = cases.filter((one) => one.includes('<skipped'));
  const listed = [cases.length, failedCases.length, skippedCases.length];
  const stated = [tests, failures + errors, skipped];
  if (listed.some((count, index) => count !== stated[index])) {
    return {
      unreadable: `it states ${stated.join(', ')} tests, failed and skipped ones, and lists ${listed.join(', ')}`,
    };
  }
  return {
    counts: { passed: tests - failures - errors - skipped, failed: failures + errors, skipped },
    remarks: [
      ...failedCases.map((one) => `failed: ${nameOf(one)}${reasonOf(one)}`),
      ...skippedCases.map((one) => `skipped: ${nameOf(one)}`),
    ],
  };
}

/** One failed test more, and the reason. */
export function asFailed({ counts, remarks }: Report, why: string): Report {
  return { counts: { ...counts, failed: counts.failed + 1 }, remarks: [...remarks, why] };
}

function isFailed({ status }: { readonly status: string }): boolean {
  return status === 'failed';
}

function nameOf(testCase: string): string {
  return /\bname="([^"]*)"/.exec(testCase)?.[1] ?? 'a check without a name';
}

/** `: ` and what went wrong, where the test case tells it (JUnit's `failure` or `error`, attribute `message`). */
function reasonOf(testCase: string): string {
  const [, escaped = ''] = /<(?:failure|error)\b[^>]*?\bmessage="([^"]*)"/.exec(testCase) ?? [];
  const reason = escaped.replaceAll(/&(#10|lt|gt|quot|amp);/g, (entity) => entities.get(entity) ?? entity);
  return reason === '' ? '' : `: ${inOneLine(reason)}`;
}

/** Those that the lab's report is written with. */
const entities: ReadonlyMap<string, string> = new Map([
  ['&#10;', '\n'],
  ['&lt;', '<'],
  ['&gt;', '>'],
  ['&quot;', '"'],
  ['&amp;', '&'],
]);

function countOf(tag: string, attribute: string): number | undefined {
  const digits = new RegExp(`\\b${attribute}="(\\d+)"`).exec(tag)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What is no JSON fits no schema.
    return undefined;
  }
}

/** Often the end of a log is all that is kept: what a message shows counts as much as its first line, its stack does not. */
function inOneLine(message: string): string {
  const [said = ''] = message.split(/^ {4}at /m, 1);
  const line = said.replaceAll(/\s+/g, ' ').trim();
  return line.length > 1000 ? `${line.slice(0, 1000)}…` : line;
}
