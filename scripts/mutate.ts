// Runs StrykerJS over the pure packages of the workspace in which it is started; see scripts/mutate.
import { cpSync, globSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { Stryker } from '@stryker-mutator/core';

/** The share of mistakes, in percent, that the tests of a package notice at least. */
const goal = 90;
/** What is not the workspace's own text; node_modules are linked. */
const leftOut = new Set(['.git', 'node_modules', 'dist', '.turbo', '.tools', '.cache', '.lab']);

const workspace = process.cwd();
const wanted = process.argv.slice(2).map((name) => name.replace(/^packages\//, '').replace(/\/$/, ''));
const pure = globSync('packages/*/turbo.json')
  .filter((path) => (JSON.parse(readFileSync(path, 'utf8')) as { tags: string[] }).tags.includes('pure'))
  .map((path) => basename(dirname(path)))
  .sort();
const unknown = wanted.filter((name) => globSync(`packages/${name}`).length === 0 || !pure.includes(packageOf(name)));
if (unknown.length > 0) {
  process.stderr.write(
    `scripts/mutate: this is no pure package and no file of one: ${unknown.join(', ')}\n  allowed: ${pure.join(', ')}\n`,
  );
  process.exit(2);
}

// Mistakes are put into a copy, so that the tree stays as it is, whatever happens to this process. Links between the
// packages are relative, and therefore lead to the copy.
const copy = realpathSync(mkdtempSync(join(tmpdir(), 'meshrs-mutate-')));
process.on('exit', () => {
  rmSync(copy, { recursive: true, force: true });
});
process.on('SIGINT', () => process.exit(130));
process.on('SIGTERM', () => process.exit(143));
cpSync(workspace, copy, { recursive: true, filter: (path) => path === workspace || !leftOut.has(basename(path)) });
symlinkSync(join(workspace, 'node_modules'), join(copy, 'node_modules'));
for (const path of globSync('packages/*/node_modules')) {
  cpSync(path, join(copy, path), { recursive: true, verbatimSymlinks: true });
}
process.chdir(copy);

const scores: string[] = [];
for (const name of pure) {
  const parts = wanted.filter((each) => packageOf(each) === name);
  if (wanted.length > 0 && parts.length === 0) continue;
  const files = parts.length === 0 || parts.includes(name) ? [`packages/${name}/src/**/*.ts`] : parts.map(toPath);
  writeFileSync(
    'vitest.mutate.config.mjs',
    // The time of vitest.config.ts: a test that is slow on a busy machine must not count as one that notices a mistake.
    `export default { test: ${JSON.stringify({ include: testsFor(name), isolate: false, testTimeout: 60_000 })} };\n`,
  );
  const mutants = await new Stryker({
    mutate: [...files, '!**/*.test.ts', '!**/*.test-data.ts'],
    inPlace: true,
    plugins: ['@stryker-mutator/vitest-runner', join(import.meta.dirname, 'mutate-prose.mjs')],
    ignorers: ['prose'],
    testRunner: 'vitest',
    vitest: { configFile: 'vitest.mutate.config.mjs' },
    concurrency: Math.max(1, availableParallelism() - 1),
    reporters: ['clear-text', 'progress-append-only'],
    clearTextReporter: { reportTests: false, reportMutants: true, reportScoreTable: false, logTests: false },
    allowEmpty: true,
    allowConsoleColors: false,
  }).runMutationTest();
  const counted = mutants.filter(({ status }) => status !== 'Ignored');
  const noticed = counted.filter(({ status }) => !['Survived', 'NoCoverage'].includes(status)).length;
  const score = counted.length === 0 ? 0 : (100 * noticed) / counted.length;
  if (score < goal) process.exitCode = 1;
  scores.push(`${name}: ${String(noticed)} of ${String(counted.length)} mistakes noticed (${score.toFixed(1)} %)`);
}
process.stdout.write(`${scores.join('\n')}\n`);
if (process.exitCode === 1) process.stdout.write(`A package is below the goal of ${String(goal)} %.\n`);

function packageOf(name: string): string {
  return name.split('/')[0] ?? name;
}

function toPath(name: string): string {
  return `packages/${name}`;
}

/** A package's own tests: with those of the packages that use it each mistake takes ten times as long. */
function testsFor(name: string): string[] {
  return [`packages/${name}/src/**/*.test.ts`, `packages/${name}/test/**/*.test.ts`];
}
