import { openLab } from '../open-lab/open-lab.ts';
import { formatStatus } from '../status/format.ts';
import { gatherStatus, isHealthy } from '../status/gather.ts';
import type { LabTerminal } from '../lab/terminal.ts';
import { assertLinuxRoot } from './preflight.ts';
import { findRepository } from '../lab/read-topology.ts';

export interface StatusOptions {
  readonly name: string;
  readonly json: boolean;
  readonly env: NodeJS.ProcessEnv;
}

/** `meshrs lab status LAB`: what the lab is like now; returns whether everything is as it should be. */
export async function labStatus(terminal: LabTerminal, { name, json, env }: StatusOptions): Promise<boolean> {
  assertLinuxRoot({ platform: process.platform, userId: process.getuid?.() });
  const open = await openLab(findRepository(terminal.cwd), name, env);
  const status = await gatherStatus(open);
  const isGood = isHealthy(status);
  terminal.writeOut(
    json
      ? `${JSON.stringify({ ok: isGood, lab: name, topology: open.topologyFile, ...status }, null, 2)}\n`
      : `Lab "${name}" of ${open.topologyFile}\n\n${formatStatus(status, open.plan, Date.now())}\n`,
  );
  return isGood;
}
