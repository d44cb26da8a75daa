// One suite of scripts/test, and what its end means; pure.
import { asFailed, readJunitReport, readVitestReport, type Counts, type Report } from './test-report.ts';

export interface Suite {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Where it tells what it has run; a suite without a report is one test. */
  readonly report?: SuiteReport;
  /** Name of an earlier suite; when that has failed or was not run, this one is not run and its tests count as skipped. */
  readonly needs?: string;
  /** How long it takes on a slow machine, with what needs it; with less time left it is not run, and that is said. */
  readonly minutes?: number;
  /**
   * Suites of one lane run one after the other, beside those without a lane that come after the first of them; what they
   * print is shown at their end. For what usually waits.
   */
  readonly lane?: string;
  /**
   * It computes, and no time of it matters: the processors go first to labs and daemons, whose timers run out. It gets what
   * they leave (nice 5, of its own session too, where the kernel weighs sessions: sched(7), autogroup).
   */
  readonly givesWay?: boolean;
  /** It holds a lab against what it must prove: where such suites are asked for, one at least has to run. */
  readonly provesLab?: boolean;
  /** It removes what `needs` has made: it runs also after an interruption. */
  readonly cleansUp?: boolean;
  /** What is shown when it has failed. */
  readonly diagnose?: () => void;
}

export interface SuiteReport {
  readonly kind: 'vitest' | 'junit';
  readonly file: string;
  /** How many tests it must tell of, where that is known before. */
  readonly tests?: number;
}

/** The report file after a run. */
export interface SeenReport {
  readonly text: string;
  /** It lay there before the run began. */
  readonly isOlder: boolean;
}

const readers = { vitest: readVitestReport, junit: readJunitReport } as const;

/** What has passed when a suite has ended. One that leaves no report of this run, or half of one, has failed. */
export function outcomeOf(suite: Suite, exitCode: number, seen: SeenReport | undefined): Report {
  const { report } = suite;
  if (report === undefined) {
    return exitCode === 0
      ? { counts: { ...none, passed: 1 }, remarks: [] }
      : asFailed(nothing, `It ended with status ${String(exitCode)}.`);
  }
  const ended = `It ended with status ${String(exitCode)}`;
  if (seen === undefined) return asFailed(nothing, `${ended} and left no report in ${report.file}.`);
  if (seen.isOlder) return asFailed(nothing, `${ended}; the report in ${report.file} is older than this run.`);
  const read = readers[report.kind](seen.text);
  if ('unreadable' in read) {
    return asFailed(nothing, `${ended}; its report in ${report.file} cannot be used: ${read.unreadable}.`);
  }
  const total = sum(read.counts);
  const wanted = report.tests ?? 1;
  if (read.counts.failed === 0 && total < wanted) {
    return asFailed(read, `${ended} after ${String(total)} of ${String(wanted)} tests.`);
  }
  return exitCode !== 0 && read.counts.failed === 0 ? asFailed(read, `${ended}, though no test failed.`) : read;
}

/** How many tests are skipped when a suite is not run. */
export function testsOf({ report }: Suite): number {
  return report?.tests ?? 1;
}

export function add(one: Counts, other: Counts): Counts {
  return {
    passed: one.passed + other.passed,
    failed: one.failed + other.failed,
    skipped: one.skipped + other.skipped,
  };
}

export function describeCounts({ passed, failed, skipped }: Counts): string {
  return `${String(passed)} passed, ${String(failed)} failed, ${String(skipped)} skipped`;
}

export const none: Counts = { passed: 0, failed: 0, skipped: 0 };
const nothing: Report = { counts: none, remarks: [] };

function sum({ passed, failed, skipped }: Counts): number {
  return passed + failed + skipped;
}
