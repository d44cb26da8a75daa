import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { findHierarchies } from '../host/cgroups.ts';
import { findRemains } from '../lab/remains.ts';
import { labOf, type Lab } from '../lab/lab.ts';
import { readCondition, refusal, setPhase } from '../lab/ownership.ts';
import { runRoot, stateRoot } from '../lab/paths.ts';
import type { LabTerminal } from '../lab/terminal.ts';
import { failedLogs } from './keep-logs.ts';
import { assertLabName, assertLinuxRoot } from './preflight.ts';
import { findRepository } from '../lab/read-topology.ts';
import { takeDown } from './take-down.ts';

export interface DownOptions {
  readonly name: string;
}

/** `meshrs lab down LAB`: removes a lab, in whatever state it is; one that is not there is no mistake. */
export async function labDown(terminal: LabTerminal, { name }: DownOptions): Promise<void> {
  assertLinuxRoot({ platform: process.platform, userId: process.getuid?.() });
  assertLabName(name);
  const lab = labOf(findRepository(terminal.cwd), name, findHierarchies());
  const condition = readCondition(lab);
  if (condition.kind === 'busy') throw refusal(lab, condition) ?? new Error('A busy lab refuses.');
  const start = performance.now();
  if (isNothingLeft(lab)) {
    rmSync(failedLogs(lab), { recursive: true, force: true });
    removeEmptyFolders(lab);
    terminal.writeOut(`There is no lab "${name}".\n`);
    return;
  }
  if (condition.kind === 'up' || condition.kind === 'half-dead') markStopping(lab, condition.owner?.topology);
  await takeDown(lab);
  removeEmptyFolders(lab);
  terminal.writeOut(`The lab "${name}" is gone after ${((performance.now() - start) / 1000).toFixed(1)} s.\n`);
}

function isNothingLeft(lab: Lab): boolean {
  return Object.values(findRemains(lab)).every((list: readonly string[]) => list.length === 0);
}

function markStopping(lab: Lab, topology: string | undefined): void {
  if (existsSync(lab.paths.run)) setPhase(lab, topology ?? 'unknown', 'stopping');
}

function removeEmptyFolders(lab: Lab): void {
  for (const folder of [runRoot, dirname(failedLogs(lab)), stateRoot(lab.paths.repository)]) removeIfEmpty(folder);
}

function removeIfEmpty(folder: string): void {
  if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder);
}
