import { existsSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode } from '../../src/failure.ts';
import { eventually } from '@meshrs/test-kit/wait';

const mount = '/sys/fs/cgroup';
const prefix = 'meshrs-agent-live-';

/** The control group of one container of this test, as runc takes it. */
export function cgroupOf(container: string): string {
  return `/${prefix}${String(process.pid)}/${container}`;
}

/**
 * Removes the control groups of this test, and those of tests that are gone: what dies with its sandbox leaves them.
 * Processes that are dying still hold theirs for a moment.
 */
export async function removeCgroups(): Promise<void> {
  await eventually(tryToRemove, (left) => left.length === 0);
}

/** What could not be removed yet. */
function tryToRemove(): readonly string[] {
  const left: string[] = [];
  // One hierarchy, or one for each controller (cgroups(7)).
  const hierarchies = [mount, ...readdirSync(mount).map((name) => join(mount, name))];
  for (const hierarchy of hierarchies) {
    for (const name of foldersIn(hierarchy).filter((each) => each.startsWith(prefix))) {
      const owner = name.slice(prefix.length);
      const isOver = owner === String(process.pid) || !existsSync(`/proc/${owner}`);
      if (isOver && !removeTree(join(hierarchy, name))) left.push(join(hierarchy, name));
    }
  }
  return left;
}

function removeTree(group: string): boolean {
  for (const name of foldersIn(group)) if (!removeTree(join(group, name))) return false;
  try {
    rmdirSync(group);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EBUSY') return false;
    throw error;
  }
}

function foldersIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    // A file of the hierarchy, not a folder.
    return [];
  }
}
