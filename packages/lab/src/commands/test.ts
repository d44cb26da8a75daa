import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { nearest } from '@meshrs/strict-yaml';
import { allChecks } from '../checks/all-checks.ts';
import { gitopsChecks } from '../checks/gitops/all-gitops-checks.ts';
import type { LabCheck } from '../checks/check.ts';
import { runCheck, type LabCheckReport } from '../checks/run-check.ts';
import { LabFailure } from '../host/failure.ts';
import { assertRunning, listDaemons } from '../lab/daemons.ts';
import { openLab } from '../open-lab/open-lab.ts';
import { junit } from '../checks/junit.ts';
import type { LabTerminal } from '../lab/terminal.ts';
import { keepLogs } from './keep-logs.ts';
import { assertLinuxRoot } from './preflight.ts';
import { findRepository } from '../lab/read-topology.ts';

export interface TestOptions {
  readonly name: string;
  /** Names of checks; left out: all. */
  readonly only?: readonly string[] | undefined;
  /** Where JUnit's XML goes; left out: beside the lab's state. */
  readonly junit?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
}

/**
 * `meshrs lab test LAB`: holds a lab that is up against everything that it must prove; returns whether all of it is
 * true.
 */
export async function labTest(terminal: LabTerminal, options: TestOptions): Promise<boolean> {
  assertLinuxRoot({ platform: process.platform, userId: process.getuid?.() });
  const chosen = chooseChecks(options.only ?? []);
  const open = await openLab(findRepository(terminal.cwd), options.name, options.env);
  // Whoever names one gets it, and hears from it what it needs.
  const checks = options.only?.length ? chosen : chosen.filter(({ needsArgoCd }) => !needsArgoCd || open.fleet);
  const reports: LabCheckReport[] = [];
  for (const check of checks) {
    const report = await runCheck(open, check, options.signal);
    reports.push(report);
    terminal.writeOut(`${formatReport(report)}\n`);
  }
  const file =
    options.junit === undefined ? join(open.lab.paths.state, 'test.xml') : resolve(terminal.cwd, options.junit);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, junit(`meshrs lab ${options.name}`, reports));
  // Evidence with a gap is none: an observer that died would have seen nothing.
  assertRunning(open.lab, listDaemons(open.lab));
  const count = (verdict: LabCheckReport['verdict']): number => reports.filter((one) => one.verdict === verdict).length;
  const notProven = reports.reduce((sum, report) => sum + report.notProven.length, 0);
  terminal.writeOut(
    `\n${String(count('passed'))} passed, ${String(count('failed'))} failed, ${String(notProven)} not proven; ${file}\n`,
  );
  if (count('failed') > 0) {
    const logs = await keepLogs(open.lab, open.tools);
    if (logs !== undefined) terminal.writeOut(`The logs of this moment are kept in ${logs}.\n`);
  }
  return count('failed') === 0 && count('passed') > 0;
}

const everyCheck: readonly LabCheck[] = [...allChecks, ...gitopsChecks];

/** Names of all checks, in the order in which they run. */
export const checkNames: readonly string[] = everyCheck.map(({ name }) => name);

function chooseChecks(names: readonly string[]): readonly LabCheck[] {
  const unknown = names.find((name) => !checkNames.includes(name));
  if (unknown === undefined)
    return names.length === 0 ? everyCheck : everyCheck.filter(({ name }) => names.includes(name));
  const guess = nearest(unknown, checkNames);
  throw new LabFailure({
    code: 'no-such-part',
    message: `There is no check "${unknown}". ${guess === undefined ? '' : `Did you mean ${guess}? `}There are: ${checkNames.join(', ')}.`,
    next: 'name one of them, or none to run all',
  });
}

function formatReport({ check, verdict, seconds, facts, notProven, reason }: LabCheckReport): string {
  const word = { passed: 'ok    ', failed: 'FAILED', 'not-proven': '-     ' }[verdict];
  return [
    `${word}  ${check.name.padEnd(20)} ${seconds.toFixed(1).padStart(6)} s  ${check.title}`,
    ...(reason === undefined ? [] : [`        ${reason.replaceAll('\n', '\n        ')}`]),
    ...facts.map((fact) => `        ${fact}`),
    ...notProven.map((fact) => `        NOT PROVEN: ${fact}`),
  ].join('\n');
}
