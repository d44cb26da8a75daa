import { existsSync, globSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from './lab.ts';
import { frrPathSpace, frrRunFolder, hostInterface, namespacePrefix } from '../plan/names.ts';
import { listCgroups, processesOf, removeCgroups, thawCgroups } from '../host/cgroups.ts';
import { mountsBelow, unmountBelow } from '../host/mounts.ts';
import { deleteNamespace, listNamespaces, namespaceInode } from '../host/namespaces.ts';
import { commandOf, processesInNamespaces, signal, type ProcessId } from '../host/proc.ts';
import { run } from '../host/run.ts';

/** What there is of a lab on this machine, found by its name alone, so that a lab without any record is found, too. */
export interface Remains {
  readonly processes: readonly string[];
  readonly mounts: readonly string[];
  readonly cgroups: readonly string[];
  readonly namespaces: readonly string[];
  readonly interfaces: readonly string[];
  readonly folders: readonly string[];
}

export function findRemains(lab: Lab): Remains {
  const { state, run: sockets } = lab.paths;
  return {
    processes: labProcesses(lab).map(({ pid }) => `${String(pid)} ${commandOf(pid)}`.trim()),
    mounts: mountsBelow([state, sockets]),
    cgroups: listCgroups(lab.hierarchies, lab.cgroup),
    namespaces: listNamespaces(namespacePrefix(lab.name)),
    interfaces: hasHostInterface(lab) ? [hostInterface(lab.name)] : [],
    folders: [...frrFolders(lab), ...[state, sockets].filter((folder) => existsSync(folder))],
  };
}

/** The processes in the lab's cgroups, and those in its network namespaces (a shell of `lab exec`, say). */
export function labProcesses(lab: Lab): ProcessId[] {
  const inodes = listNamespaces(namespacePrefix(lab.name)).flatMap((name) => namespaceInode(name) ?? []);
  const found = [...processesOf(lab.hierarchies, lab.cgroup), ...processesInNamespaces(new Set(inodes))];
  return [...new Map(found.map((id) => [id.pid, id])).values()].filter(({ pid }) => pid !== process.pid);
}

/** Ends every process of the lab at once; nothing in it needs a farewell. */
export function killProcesses(lab: Lab): number {
  const processes = labProcesses(lab);
  for (const one of processes) signal(one, 'SIGKILL');
  // After the signal: none of them gets to run again.
  thawCgroups(lab.hierarchies, lab.cgroup);
  return processes.length;
}

/** Removes everything that is no process. */
export async function removeThings(lab: Lab): Promise<void> {
  await unmountBelow([lab.paths.state, lab.paths.run]);
  if (hasHostInterface(lab)) await run(['ip', 'link', 'delete', hostInterface(lab.name)]);
  for (const namespace of listNamespaces(namespacePrefix(lab.name))) await deleteNamespace(namespace);
  removeCgroups(lab.hierarchies, lab.cgroup);
}

/** Removes the lab's folders; the one that says whose the lab is goes last. */
export function removeFolders(lab: Lab): void {
  for (const folder of [...frrFolders(lab), lab.paths.state, lab.paths.run]) {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

function frrFolders(lab: Lab): string[] {
  return globSync(frrPathSpace(lab.name, '*'), { cwd: frrRunFolder }).map((name) => join(frrRunFolder, name));
}

/** All interfaces have a line there, those without addresses, too. */
function hasHostInterface(lab: Lab): boolean {
  return readFileSync('/proc/net/dev', 'utf8').includes(`${hostInterface(lab.name)}:`);
}
