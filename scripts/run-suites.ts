// Runs suites one after the other, lanes beside each other, and adds them up.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { add, describeCounts, none, outcomeOf, testsOf, type SeenReport, type Suite } from './suite.ts';
import type { Counts } from './test-report.ts';

export interface RunContext {
  /** Where the suites run. */
  readonly repository: string;
  /** An empty folder of this run. */
  readonly scratch: string;
  readonly env: NodeJS.ProcessEnv;
  /** When all has to be over, in milliseconds since 1970. */
  readonly until: number;
  readonly write: (text: string) => void;
  /** Aborted: the suite that runs is ended, and no other is begun. */
  readonly signal: AbortSignal;
}

/** Runs all suites; whatever happens, the last line that is written adds them up. Returns whether all is well. */
export async function runSuites(
  collect: () => Promise<readonly Suite[]> | readonly Suite[],
  context: RunContext,
): Promise<boolean> {
  const progress: Progress = { total: none, failures: [], late: [], done: [], proofs: 0 };
  try {
    const suites = await collect();
    await takeAll(suites, progress, context);
    noteMissing(suites, progress, context);
  } catch (error) {
    countFailure(progress, context, 'scripts/test', `It broke off: ${messageOf(error)}`);
  }
  const { total, failures, late } = progress;
  if (late.length > 0) context.write(`not run for want of time: ${late.join(', ')}\n`);
  if (failures.length > 0) context.write(describeFailures(failures));
  context.write(`${describeCounts(total)}\n`);
  return total.failed === 0;
}

/** What has failed, by name, and under it what failed in it: a log is long, and many a reader sees its end alone. */
function describeFailures(failures: readonly Failure[]): string {
  const reasons = failures.flatMap(({ name, why }) => why.map((one) => `    ${name}: ${one}\n`));
  const more = reasons.length > mostReasons ? `    and ${String(reasons.length - mostReasons)} more\n` : '';
  const names = failures.map(({ name }) => name).join(', ');
  return `failed: ${names}\n${reasons.slice(0, mostReasons).join('')}${more}`;
}

const mostReasons = 30;

interface Failure {
  /** Of the suite. */
  readonly name: string;
  /** A sentence each. */
  readonly why: readonly string[];
}

interface Progress {
  total: Counts;
  readonly failures: Failure[];
  /** Suites that there was no time for. */
  readonly late: string[];
  /** Suites that were run. */
  readonly done: Suite[];
  /** Of these, the ones that hold a lab against what it must prove, and proved something. */
  proofs: number;
}

async function takeAll(suites: readonly Suite[], progress: Progress, context: RunContext): Promise<void> {
  const lanes = new Map<string, Promise<void>>();
  for (const suite of suites) {
    if (suite.lane === undefined) {
      await takeSuite(suite, progress, context);
      continue;
    }
    const before = lanes.get(suite.lane) ?? Promise.resolve();
    const after = before.then(() => takeBeside(suite, progress, context));
    // It is awaited at the end; a rejection before that must not end the process.
    after.catch(() => undefined);
    lanes.set(suite.lane, after);
  }
  await Promise.all(lanes.values());
}

/** What it prints is kept until its end, since the output of others would stand between its lines. */
async function takeBeside(suite: Suite, progress: Progress, context: RunContext): Promise<void> {
  const kept: string[] = [];
  context.write(`==> ${suite.name}: begins beside what follows\n`);
  try {
    await takeSuite(suite, progress, { ...context, write: (text) => kept.push(text) });
  } finally {
    context.write(kept.join(''));
  }
}

async function takeSuite(suite: Suite, progress: Progress, context: RunContext): Promise<void> {
  const { write } = context;
  write(`==> ${suite.name}\n`);
  const obstacle = obstacleTo(suite, progress, context);
  if (obstacle !== undefined) {
    write(`    ${suite.name}: not run, since ${obstacle}\n`);
    progress.total = add(progress.total, { ...none, skipped: testsOf(suite) });
    return;
  }
  const startedMs = performance.now();
  // Its time is compared with the report's: both are the file system's, so that no clock is asked.
  const begun = join(context.scratch, `begun-${String(progress.done.length)}-${suite.lane ?? ''}`);
  writeFileSync(begun, '');
  const exitCode = await run(suite, context);
  progress.done.push(suite);
  const { counts, remarks } = outcomeOf(suite, exitCode, seenReport(suite, begun));
  progress.total = add(progress.total, counts);
  if (suite.provesLab === true && counts.passed > 0) progress.proofs += 1;
  for (const remark of remarks) write(`    ${remark}\n`);
  write(`    ${suite.name}: ${describeCounts(counts)} (${((performance.now() - startedMs) / 1000).toFixed(1)} s)\n`);
  if (counts.failed === 0) return;
  progress.failures.push({ name: suite.name, why: remarks });
  diagnose(suite, context);
}

/** Why a suite cannot be run now. */
function obstacleTo(suite: Suite, { failures, late, done }: Progress, context: RunContext): string | undefined {
  if (context.signal.aborted && suite.cleansUp !== true) return 'the run was interrupted';
  if (
    suite.needs !== undefined &&
    (failures.some(({ name }) => name === suite.needs) || !done.some(({ name }) => name === suite.needs))
  ) {
    return `this failed or was not run: ${suite.needs}`;
  }
  const minutesLeft = (context.until - Date.now()) / 60_000;
  if (suite.minutes === undefined || minutesLeft >= suite.minutes) return undefined;
  late.push(suite.name);
  return `it may take ${String(suite.minutes)} minutes and ${Math.max(0, minutesLeft).toFixed(0)} are left`;
}

/** What makes a run fail though none of its suites did. */
function noteMissing(suites: readonly Suite[], progress: Progress, context: RunContext): void {
  if (context.signal.aborted) countFailure(progress, context, 'interrupted', 'The run was interrupted.');
  if (suites.some(({ provesLab }) => provesLab) && !progress.done.some(({ provesLab }) => provesLab)) {
    countFailure(progress, context, 'no lab', 'NO LAB WAS RUN, and labs were asked for: nothing is proven of them.');
  } else if (suites.some(({ provesLab }) => provesLab) && progress.proofs === 0) {
    countFailure(progress, context, 'no proof', 'NO LAB PROVED ANYTHING: every check was skipped or has failed.');
  }
  if (progress.total.passed === 0 && progress.total.failed === 0) {
    countFailure(progress, context, 'no test', 'No test was run.');
  }
}

function countFailure(progress: Progress, context: RunContext, name: string, why: string): void {
  context.write(`${why}\n`);
  progress.failures.push({ name, why: [why] });
  progress.total = add(progress.total, { ...none, failed: 1 });
}

function run(suite: Suite, { repository, env, write, signal }: RunContext): Promise<number> {
  const output = suite.lane === undefined ? 'inherit' : 'pipe';
  const [command, ...args] = [...(suite.givesWay === true ? givingWay : []), suite.command, ...suite.args] as const;
  return new Promise((resolve) => {
    // A session of its own is a group of processes of its own, which is ended as a whole.
    const child = spawn(command, args, {
      cwd: repository,
      env,
      stdio: ['ignore', output, output],
      detached: suite.givesWay === true,
    });
    if (suite.givesWay === true && child.pid !== undefined) lowerSession(child.pid, write);
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', write);
    const end = (): void => {
      if (suite.givesWay === true && child.pid !== undefined) endGroup(child.pid);
      else child.kill('SIGTERM');
    };
    signal.addEventListener('abort', end, { once: true });
    child.on('error', (error) => {
      write(`    cannot start ${suite.command}: ${error.message}\n`);
      resolve(127);
    });
    child.on('close', (code) => {
      signal.removeEventListener('abort', end);
      resolve(code ?? 128);
    });
  });
}

/** Its last process may have ended already, before its output was read to the end. */
function endGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGTERM');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

const niceness = 5;
const givingWay = ['nice', '-n', String(niceness)] as const;

/** Where the kernel weighs sessions against each other, the nice value of a process counts only within its own: sched(7). */
function lowerSession(pid: number, write: (text: string) => void): void {
  const file = `/proc/${String(pid)}/autogroup`;
  try {
    if (existsSync(file)) writeFileSync(file, String(niceness));
  } catch (error) {
    write(`    its session keeps its priority: ${messageOf(error)}\n`);
  }
}

function seenReport({ report }: Suite, begun: string): SeenReport | undefined {
  const stats = report && statSync(report.file, { throwIfNoEntry: false });
  if (report === undefined || stats?.isFile() !== true) return undefined;
  const begunMs = statSync(begun).mtimeMs;
  return { text: readFileSync(report.file, 'utf8'), isOlder: stats.mtimeMs < begunMs };
}

function diagnose(suite: Suite, { write }: RunContext): void {
  try {
    suite.diagnose?.();
  } catch (error) {
    write(`    what was kept of ${suite.name} cannot be shown: ${messageOf(error)}\n`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
