import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { nearest } from '@meshrs/strict-yaml';
import { LabFailure } from '../host/failure.ts';
import { findHierarchies } from '../host/cgroups.ts';
import { labOf, type Lab } from '../lab/lab.ts';
import type { LabTerminal } from '../lab/terminal.ts';
import { failedLogs } from './keep-logs.ts';
import { assertLabName } from './preflight.ts';
import { findRepository } from '../lab/read-topology.ts';

export interface LogsOptions {
  readonly name: string;
  /** Name of a daemon; left out: the names are listed. */
  readonly daemon?: string | undefined;
  readonly follow: boolean;
  readonly signal?: AbortSignal;
}

/** `meshrs lab logs LAB [DAEMON]`: what a daemon of the lab has printed. Pods' logs are kubectl's. */
export async function labLogs(terminal: LabTerminal, options: LogsOptions): Promise<void> {
  assertLabName(options.name);
  const lab = labOf(findRepository(terminal.cwd), options.name, findHierarchies());
  const folder = logFolder(lab);
  const known = readdirSync(folder)
    .filter((file) => file.endsWith('.log'))
    .map((file) => file.slice(0, -'.log'.length))
    .sort();
  if (options.daemon === undefined) {
    terminal.writeOut(`${known.join('\n')}\n`);
    return;
  }
  if (!known.includes(options.daemon)) throw noSuchLog(options.daemon, known);
  await print(terminal, join(folder, `${options.daemon}.log`), options);
}

/** Of the lab that is there, else of the one that did not come up. */
function logFolder(lab: Lab): string {
  const folder = [lab.paths.logs, failedLogs(lab)].find((one) => existsSync(one));
  if (folder !== undefined) return folder;
  throw new LabFailure({
    code: 'lab-not-up',
    message: `There is no lab "${lab.name}".`,
    next: 'bring it up: meshrs lab up TOPOLOGY',
  });
}

async function print(terminal: LabTerminal, file: string, { follow, signal }: LogsOptions): Promise<void> {
  for await (const chunk of createReadStream(file, 'utf8')) terminal.writeOut(String(chunk));
  let position = statSync(file).size;
  while (follow && signal?.aborted !== true) {
    await sleep(200);
    const { size } = statSync(file);
    if (size <= position) continue;
    const handle = await openFile(file);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - position), 0, size - position, position);
      terminal.writeOut(buffer.toString('utf8', 0, bytesRead));
      position += bytesRead;
    } finally {
      await handle.close();
    }
  }
}

function noSuchLog(wanted: string, known: readonly string[]): LabFailure {
  const guess = nearest(wanted, known);
  return new LabFailure({
    code: 'no-such-part',
    message: `The lab has no daemon "${wanted}". ${guess === undefined ? '' : `Did you mean ${guess}?`}`.trim(),
    next: '"meshrs lab logs LAB" lists their names',
  });
}
