// Runs the suites one after the other and adds them up; see scripts/test.
import { spawn } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { locateTool } from './tools/locate.ts';

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface Suite {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** How many tests the suite has run; a suite without counts is one test. */
  readonly count?: (exitCode: number) => Counts;
}

const repository = join(import.meta.dirname, '..');
const scratch = mkdtempSync(join(tmpdir(), 'meshrs-test-'));
const bin = (name: string): string => join(repository, 'node_modules/.bin', name);
const isOnlyLint = process.argv.includes('--only-lint');
const isWithLab = process.argv.includes('lab');
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

const meshrs = join(repository, 'scripts/meshrs');
const labResults = join(scratch, 'lab.xml');
const labSuites: readonly Suite[] = [
  { name: 'lab up', command: meshrs, args: ['lab', 'up', 'dci', '--name', 'test'] },
  {
    name: 'lab',
    command: meshrs,
    args: ['lab', 'test', 'test', '--junit', labResults],
    count: () => junitCounts(labResults),
  },
  { name: 'lab down', command: meshrs, args: ['lab', 'down', 'test'] },
];

const total = { passed: 0, failed: 0, skipped: 0 };
const failures: string[] = [];
const suites = isOnlyLint ? lintSuites : [...lintSuites, ...testSuites, ...(isWithLab ? labSuites : [])];
for (const suite of suites) {
  process.stdout.write(`==> ${suite.name}\n`);
  const started = performance.now();
  const exitCode = await run(suite.command, suite.args);
  const counts = toCounts(suite, exitCode);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`    ${suite.name}: ${describe(counts)} (${seconds} s)\n`);
  if (counts.failed > 0) failures.push(suite.name);
  for (const key of ['passed', 'failed', 'skipped'] as const) total[key] += counts[key];
}
rmSync(scratch, { recursive: true, force: true });

if (failures.length > 0) process.stdout.write(`failed: ${failures.join(', ')}\n`);
process.stdout.write(`${describe(total)}\n`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;

/** A suite that ends badly without a failed test of its own (it could not start, say) counts as one failed test. */
function toCounts(suite: Suite, exitCode: number): Counts {
  const counts = suite.count?.(exitCode) ?? { passed: exitCode === 0 ? 1 : 0, failed: 0, skipped: 0 };
  return exitCode !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

function vitestCounts(file: string): Counts {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>;
    return {
      passed: report['numPassedTests'] ?? 0,
      failed: report['numFailedTests'] ?? 0,
      skipped: (report['numPendingTests'] ?? 0) + (report['numTodoTests'] ?? 0),
    };
  } catch (error) {
    process.stdout.write(`    vitest left no report: ${String(error)}\n`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

/** The counts that JUnit's root element states. */
function junitCounts(file: string): Counts {
  const root = /<testsuites?\b[^>]*>/.exec(readText(file))?.[0] ?? '';
  const attribute = (name: string): number => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(root)?.[1] ?? 0);
  const failed = attribute('failures') + attribute('errors');
  const skipped = attribute('skipped');
  return { passed: attribute('tests') - failed - skipped, failed, skipped };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    process.stdout.write(`    no report was left: ${String(error)}\n`);
    return '';
  }
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
