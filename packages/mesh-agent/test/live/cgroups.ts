import { existsSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

const mount = '/sys/fs/cgroup';
const prefix = 'meshrs-agent-live-';

/** The control group of one container of this test, as runc takes it. */
export function cgroupOf(container: string): string {
  return `/${prefix}${String(process.pid)}/${container}`;
}

/** Removes the control groups of this test, and those of tests that are gone: what dies with its sandbox leaves them. */
export function removeCgroups(): void {
  // One hierarchy, or one for each controller (cgroups(7)).
  const hierarchies = [mount, ...readdirSync(mount).map((name) => join(mount, name))];
  for (const hierarchy of hierarchies) {
    for (const name of foldersIn(hierarchy).filter((each) => each.startsWith(prefix))) {
      const owner = name.slice(prefix.length);
      if (owner === String(process.pid) || !existsSync(`/proc/${owner}`)) removeTree(join(hierarchy, name));
    }
  }
}

function removeTree(group: string): void {
  for (const name of foldersIn(group)) removeTree(join(group, name));
  rmdirSync(group);
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
