import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { LabFailure, systemCode } from '../host/failure.ts';
import { identify, isRunning } from '../host/proc.ts';
import type { Lab } from './lab.ts';

const ownerSchema = z.object({
  repository: z.string(),
  topology: z.string(),
  /** The command that brings the lab up or takes it down. */
  pid: z.int(),
  startTicks: z.number(),
  phase: z.enum(['starting', 'up', 'stopping']),
});

/** Who has a lab's name on this machine. */
export type LabOwner = z.output<typeof ownerSchema>;

/** What is there of a lab. */
export type Condition =
  | { readonly kind: 'absent' }
  | { readonly kind: 'up' | 'busy'; readonly owner: LabOwner }
  /** A command died over it. */
  | { readonly kind: 'half-dead'; readonly owner?: LabOwner };

export function readCondition(lab: Lab): Condition {
  const owner = readOwner(lab);
  if (!owner) {
    return existsSync(lab.paths.run) || existsSync(lab.paths.state) ? { kind: 'half-dead' } : { kind: 'absent' };
  }
  if (owner.phase === 'up') return { kind: 'up', owner };
  return isRunning(owner) ? { kind: 'busy', owner } : { kind: 'half-dead', owner };
}

/** Takes the name; of two that try at once, one gets it. */
export function claim(lab: Lab, topology: string): void {
  mkdirSync(dirname(lab.paths.run), { recursive: true, mode: 0o755 });
  try {
    mkdirSync(lab.paths.run, { mode: 0o700 });
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    throw refusal(lab, readCondition(lab)) ?? error;
  }
  setPhase(lab, topology, 'starting');
}

export function setPhase(lab: Lab, topology: string, phase: LabOwner['phase']): void {
  const self = identify(process.pid);
  if (!self) throw new Error('This process does not find itself in /proc.');
  const owner: LabOwner = { repository: lab.paths.repository, topology, ...self, phase };
  writeFileSync(lab.paths.owner, `${JSON.stringify(owner, null, 2)}\n`, { mode: 0o600 });
}

/** Why a lab cannot be brought up over what is there; undefined when nothing is. */
export function refusal(lab: Lab, condition: Condition): LabFailure | undefined {
  const down = `meshrs lab down ${lab.name}`;
  switch (condition.kind) {
    case 'absent':
      return undefined;
    case 'up':
      return new LabFailure({
        code: 'lab-exists',
        message: `The lab "${lab.name}" is up already, from ${condition.owner.repository}.`,
        next: `use it (meshrs lab status ${lab.name}), take it down (${down}), or give this one another --name`,
      });
    case 'busy':
      return new LabFailure({
        code: 'lab-busy',
        message: `The lab "${lab.name}" is ${condition.owner.phase} by process ${String(condition.owner.pid)}.`,
        next: 'wait until that command is done, or give this lab another --name',
      });
    case 'half-dead':
      return new LabFailure({
        code: 'lab-half-dead',
        message: `The lab "${lab.name}" is half dead: a command that ${condition.owner?.phase === 'stopping' ? 'took it down' : 'brought it up'} did not live to its end.`,
        next: down,
      });
  }
}

function readOwner(lab: Lab): LabOwner | undefined {
  let text: string;
  try {
    text = readFileSync(lab.paths.owner, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return ownerSchema.parse(JSON.parse(text));
  } catch {
    // Written halfway when its command was killed: the same as not written.
    return undefined;
  }
}
