// Runs the suites one after the other and adds them up; see scripts/test.
import { spawn } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { labSuites } from './lab-suites.ts';
import { vitestCounts, type Counts, type Suite } from './suite.ts';
import { locateTool } from './tools/locate.ts';

const repository = join(import.meta.dirname, '..');
const scratch = mkdtempSync(join(tmpdir(), 'meshrs-test-'));
const bin = (name: string): string => join(repository, 'node_modules/.bin', name);
const isOnlyLint = process.argv.includes('--only-lint');
const isOnlyLab = process.argv.includes('--only-lab');
const isWithLab = isOnlyLab || process.argv.includes('lab');
const workflows = globSync('.github/workflows/*.yaml', { cwd: repository });
const shellScripts = globSync(['scripts/*', 'scripts/tools/*', '.ci/run', 'packages/*/*.sh'], { cwd: repository })
  .filter((path) => statSync(join(repository, path)).isFile())
  .filter((path) => readFileSync(join(repository, path), 'utf8').startsWith('#!/usr/bin/env bash'));
const results = join(scratch, 'vitest.json');

const lintSuites: readonly Suite[] = [
  { name: 'format', command: bin('prettier'), args: ['--check', '--log-level=warn', '.'] },
  { name: 'lint', command: bin('eslint'), args: ['.'] },
  { name: 'types', command: bin('tsc'), args: ['--project', '.'] },
  { name: 'boundaries', command: bin('turbo'), args: ['boundaries'] },
  { name: 'shell scripts', command: locateTool('shellcheck'), args: shellScripts },
  { name: 'workflows', command: locateTool('actionlint'), args: workflows },
];

const testSuites: readonly Suite[] = [
  { name: 'made from code', command: join(repository, 'scripts/generate'), args: ['--check'] },
  {
    name: 'tests',
    command: bin('vitest'),
    args: ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${results}`],
    count: () => vitestCounts(results),
  },
];

/** When it has to be over, in seconds since 1970; without it a run takes as long as it takes. */
const until = Number(process.env['MESHRS_TEST_UNTIL'] ?? Infinity);
const total = { passed: 0, failed: 0, skipped: 0 };
const failures: string[] = [];
const late: string[] = [];
const suites = isOnlyLint
  ? lintSuites
  : [...(isOnlyLab ? [] : [...lintSuites, ...testSuites]), ...(isWithLab ? labSuites(repository, scratch) : [])];
for (const suite of suites) {
  process.stdout.write(`==> ${suite.name}\n`);
  if (suite.needs !== undefined && [...failures, ...late].includes(suite.needs)) {
    process.stdout.write(`    ${suite.name}: not run, since this failed or was not run: ${suite.needs}\n`);
    total.skipped += 1;
    continue;
  }
  const minutesLeft = (until - Date.now() / 1000) / 60;
  if (suite.minutes !== undefined && minutesLeft < suite.minutes) {
    process.stdout.write(
      `    ${suite.name}: not run, since it may take ${String(suite.minutes)} minutes and ${minutesLeft.toFixed(0)} are left\n`,
    );
    late.push(suite.name);
    total.skipped += 1;
    continue;
  }
  const started = performance.now();
  const exitCode = await run(suite.command, suite.args);
  const counts = toCounts(suite, exitCode);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`    ${suite.name}: ${describe(counts)} (${seconds} s)\n`);
  if (counts.failed > 0) {
    failures.push(suite.name);
    suite.diagnose?.();
  }
  for (const key of ['passed', 'failed', 'skipped'] as const) total[key] += counts[key];
}
rmSync(scratch, { recursive: true, force: true });

if (late.length > 0) process.stdout.write(`not run for want of time: ${late.join(', ')}\n`);
if (failures.length > 0) process.stdout.write(`failed: ${failures.join(', ')}\n`);
process.stdout.write(`${describe(total)}\n`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;

/** A suite that ends badly without a failed test of its own (it could not start, say) counts as one failed test. */
function toCounts(suite: Suite, exitCode: number): Counts {
  const counts = suite.count?.() ?? { passed: exitCode === 0 ? 1 : 0, failed: 0, skipped: 0 };
  return exitCode !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

function run(command: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: repository, stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', (error) => {
      process.stdout.write(`    cannot start ${command}: ${error.message}\n`);
      resolve(127);
    });
    child.on('close', (code) => {
      resolve(code ?? 128);
    });
  });
}

function describe({ passed, failed, skipped }: Counts): string {
  return `${String(passed)} passed, ${String(failed)} failed, ${String(skipped)} skipped`;
}
