import { readFileSync } from 'node:fs';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface Suite {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** How many tests the suite has run; a suite without counts is one test. */
  readonly count?: () => Counts;
  /** Name of an earlier suite; when that has failed or was not run, this one is not run and counts as one skipped test. */
  readonly needs?: string;
  /** How long it takes on a slow machine, with what needs it; with less time left it is not run, and that is said. */
  readonly minutes?: number;
  /** What is shown when it has failed. */
  readonly diagnose?: () => void;
}

/** The counts of Vitest's JSON report. */
export function vitestCounts(file: string): Counts {
  const text = readReport(file);
  if (text === undefined) return { passed: 0, failed: 1, skipped: 0 };
  const report = JSON.parse(text) as Record<string, number>;
  return {
    passed: report['numPassedTests'] ?? 0,
    failed: report['numFailedTests'] ?? 0,
    skipped: (report['numPendingTests'] ?? 0) + (report['numTodoTests'] ?? 0),
  };
}

/** The counts that JUnit's root element states. */
export function junitCounts(file: string): Counts {
  const root = /<testsuites?\b[^>]*>/.exec(readReport(file) ?? '')?.[0] ?? '';
  const attribute = (name: string): number => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(root)?.[1] ?? 0);
  const failed = attribute('failures') + attribute('errors');
  const skipped = attribute('skipped');
  return { passed: attribute('tests') - failed - skipped, failed, skipped };
}

function readReport(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    process.stdout.write(`    no report was left: ${String(error)}\n`);
    return undefined;
  }
}
