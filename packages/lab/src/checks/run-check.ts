import { messageOf } from '../host/failure.ts';
import { waitedFor } from '../host/wait.ts';
import type { OpenLab } from '../open-lab/open-lab.ts';
import { CheckFailure, type LabCheck } from './check.ts';

/** How a check ended. */
export interface LabCheckReport {
  readonly check: Pick<LabCheck, 'name' | 'title'>;
  readonly verdict: 'passed' | 'failed' | 'not-proven';
  readonly seconds: number;
  readonly facts: readonly string[];
  readonly notProven: readonly string[];
  /** Why it failed. */
  readonly reason?: string;
}

/** Runs a check; what it throws, and a deadline that passes, make it fail. */
export function runCheck(open: OpenLab, check: LabCheck, signal?: AbortSignal): Promise<LabCheckReport> {
  return runInTime(check, (either) => check.run({ ...open, signal: either }), signal);
}

/** The same of anything that has a time to end in. */
export async function runInTime(
  check: Pick<LabCheck, 'name' | 'title' | 'deadlineSeconds'>,
  run: (signal: AbortSignal) => ReturnType<LabCheck['run']>,
  signal?: AbortSignal,
): Promise<LabCheckReport> {
  const start = performance.now();
  const deadline = AbortSignal.timeout(check.deadlineSeconds * 1000);
  const either = signal ? AbortSignal.any([signal, deadline]) : deadline;
  const report = (rest: Pick<LabCheckReport, 'verdict' | 'facts' | 'notProven' | 'reason'>): LabCheckReport => ({
    check,
    seconds: (performance.now() - start) / 1000,
    ...rest,
  });
  /** Asked at that moment: what is waited for ends with it. */
  let waits: Promise<readonly string[]> | undefined;
  const askWaits = (): void => {
    waits = waitedFor(either);
  };
  deadline.addEventListener('abort', askWaits, { once: true });
  try {
    const { facts, notProven = [] } = await untilAborted(run(either), either);
    // Without a single fact nothing has been held against anything.
    const verdict = facts.length === 0 && notProven.length > 0 ? 'not-proven' : 'passed';
    return report({ verdict, facts, notProven });
  } catch (error) {
    signal?.throwIfAborted();
    const reason = deadline.aborted
      ? [`not done within ${String(check.deadlineSeconds)} s`, ...((await waits) ?? [])].join('; it waited until ')
      : messageOf(error);
    return report({
      verdict: 'failed',
      facts: error instanceof CheckFailure ? error.facts : [],
      notProven: [],
      reason,
    });
  }
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener(
      'abort',
      () => {
        reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
      },
      { once: true },
    );
  });
  return Promise.race([work, aborted]);
}
