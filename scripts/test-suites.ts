// Runs the suites that scripts/test and scripts/lint name; see scripts/test.
import { globSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runSuites } from './run-suites.ts';
import type { Suite } from './suite.ts';
import { readTestArguments, readUntil, type TestPlan } from './test-arguments.ts';
import { locateTool } from '../packages/tools/src/locate.ts';

const repository = join(import.meta.dirname, '..');
const bin = (name: string): string => join(repository, 'node_modules/.bin', name);
const plan = readTestArguments(process.argv.slice(2));
const until = readUntil(process.env['MESHRS_TEST_UNTIL']);
if ('refused' in plan) refuse(plan.refused);
else if (typeof until !== 'number') refuse(until.refused);
else process.exitCode = (await runPlan(plan, until)) ? 0 : 1;

function refuse(why: string): void {
  process.stderr.write(`scripts/test cannot do what is asked for.\n  ${why}\n`);
  process.exitCode = 2;
}

async function runPlan({ withLint, withTests, withLab }: TestPlan, untilMs: number): Promise<boolean> {
  const scratch = mkdtempSync(join(tmpdir(), 'meshrs-test-'));
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      interrupt.abort();
    });
  }
  try {
    const collect = async (): Promise<Suite[]> => {
      // The lab's code is read only by a run that needs it.
      const labs = withLab ? await import('./lab-suites.ts') : undefined;
      return [
        ...(withTests ? suitesAlone(scratch) : []),
        ...(withLint ? lintSuites() : []),
        ...(withTests ? testSuites(scratch) : []),
        ...(labs?.labSuites(repository, scratch) ?? []),
      ];
    };
    return await runSuites(collect, {
      repository,
      scratch,
      env: provingEnvironment(process.env),
      until: untilMs,
      write: (text) => process.stdout.write(text),
      signal: interrupt.signal,
    });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** A run that proves writes no golden: neither one that is missing nor one that differs. */
function provingEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { CI: 'true', ...env, UPDATE_GOLDENS: undefined, UPDATE_SNAPSHOT: undefined };
}

function lintSuites(): Suite[] {
  const workflows = globSync('.github/workflows/*.yaml', { cwd: repository });
  const shellScripts = globSync(['scripts/*', '.ci/run', 'packages/*/*', 'packages/*/src/*.sh'], { cwd: repository })
    .filter((path) => statSync(join(repository, path)).isFile())
    .filter((path) => readFileSync(join(repository, path), 'utf8').startsWith('#!/usr/bin/env bash'));
  const suites: readonly Suite[] = [
    { name: 'format', command: bin('prettier'), args: ['--check', '--log-level=warn', '.'] },
    {
      name: 'lint',
      // One process reads the types of all packages once; they are more than Node takes by itself (4 GiB).
      command: process.execPath,
      args: ['--max-old-space-size=8192', join(repository, 'node_modules/eslint/bin/eslint.js'), '.'],
    },
    { name: 'types', command: bin('tsc'), args: ['--project', '.'] },
    { name: 'boundaries', command: bin('turbo'), args: ['boundaries'] },
    { name: 'shell scripts', command: locateTool('shellcheck'), args: shellScripts },
    { name: 'workflows', command: locateTool('actionlint'), args: workflows },
  ];
  // Tests of daemons wait most of the time: what is read for its own sake is read meanwhile.
  return suites.map((suite) => ({ ...suite, lane: 'lint', givesWay: true }));
}

/** Before anything is begun that runs beside the rest. */
function suitesAlone(scratch: string): Suite[] {
  const soak = join(scratch, 'soak.json');
  return [
    { name: 'made from code', command: join(repository, 'scripts/generate'), args: ['--check'] },
    {
      // A machine that does something else is late for its laws.
      name: 'soak',
      command: bin('vitest'),
      args: [
        ...['run', '--config', 'packages/mesh-agent/vitest.soak.config.ts'],
        ...['--reporter=default', '--reporter=json', `--outputFile.json=${soak}`],
      ],
      report: { kind: 'vitest', file: soak, tests: 1 },
    },
  ];
}

function testSuites(scratch: string): Suite[] {
  const suite = (name: string, project: readonly string[]): Suite => {
    const file = join(scratch, `${name.replaceAll(' ', '-')}.json`);
    return {
      name,
      command: bin('vitest'),
      args: ['run', ...project, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`],
      report: { kind: 'vitest', file },
    };
  };
  return [
    { ...suite('tests that compute', ['--project=pure', '--project=shell']), lane: 'computing', givesWay: true },
    suite('tests of daemons', ['--project=agent']),
  ];
}
