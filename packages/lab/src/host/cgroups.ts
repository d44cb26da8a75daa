import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LabFailure, messageOf, systemCode } from './failure.ts';
import { listMounts, type Mount } from './mounts.ts';
import { identify, type ProcessId } from './proc.ts';

/** The machine's cgroup hierarchies: one with version 2, one a controller with version 1. */
export interface CgroupHierarchies {
  readonly version: 1 | 2;
  /** In which the kubelet wants its cgroup. */
  readonly roots: readonly string[];
  /** In which runc may make one: beside version 1, also an empty version 2. */
  readonly allRoots: readonly string[];
  /** The one in which the lab's own daemons are; pods are in all. */
  readonly daemons: string;
}

export function findHierarchies(mounts: readonly Mount[] = listMounts()): CgroupHierarchies {
  const first = mounts.filter(({ type }) => type === 'cgroup');
  const second = mounts.filter(({ type }) => type === 'cgroup2');
  // With any controller mounted as version 1, the kubelet and runc use version 1.
  const daemons = first.find(({ superOptions }) => superOptions.includes('memory')) ?? first[0];
  if (daemons) {
    // Several mounts can show one hierarchy (cpu,cpuacct and a link to it): each root once.
    const roots = [...new Set(first.map(({ point }) => point))];
    return { version: 1, roots, allRoots: [...roots, ...second.map(({ point }) => point)], daemons: daemons.point };
  }
  const [unified] = second;
  if (unified) return { version: 2, roots: [unified.point], allRoots: [unified.point], daemons: unified.point };
  throw new LabFailure({
    code: 'no-cgroups',
    message: 'This machine has no cgroups mounted (no mount of type cgroup or cgroup2 in /proc/self/mountinfo).',
    next: 'mount them: mount -t cgroup2 none /sys/fs/cgroup',
  });
}

/** The path of the pods of a node, as the kubelet's cgroupRoot: from the root of each hierarchy. */
export function podsCgroup(lab: string, node: string): string {
  return `/${lab}/pods/${node}`;
}

/** Where one pod's can be, by its quality of service (kubelet's driver "cgroupfs"). */
export function podCgroups(lab: string, node: string, uid: string): string[] {
  return ['', '/besteffort', '/burstable'].map((quality) => `${podsCgroup(lab, node)}/kubepods${quality}/pod${uid}`);
}

/** Makes a cgroup in every hierarchy, usable for the kubelet: with processors and all controllers. */
export function makeCgroup(hierarchies: CgroupHierarchies, path: string): void {
  for (const root of hierarchies.roots) {
    let folder = root;
    if (hierarchies.version === 2) passOnControllers(folder);
    for (const part of path.split('/').filter((name) => name !== '')) {
      const parent = folder;
      folder = join(folder, part);
      makeFolder(folder);
      if (hierarchies.version === 2) passOnControllers(folder);
      else inheritProcessors(parent, folder);
    }
  }
}

/** The folder of the daemons of one part of the lab, made if needed. Version 2 allows processes in leaves only. */
export function makeDaemonCgroup(hierarchies: CgroupHierarchies, lab: string, part: string): string {
  const folder = join(hierarchies.daemons, lab, 'daemons', part);
  makeFolder(folder);
  return folder;
}

/** All processes in a lab's cgroups. */
export function processesOf(hierarchies: CgroupHierarchies, lab: string): ProcessId[] {
  const pids = new Set(
    hierarchies.allRoots.flatMap((root) =>
      foldersBelow(join(root, lab)).flatMap((folder) => pidsIn(join(folder, 'cgroup.procs'))),
    ),
  );
  return [...pids].flatMap((pid) => identify(pid) ?? []);
}

/** The lab's cgroups that exist, deepest first. */
export function listCgroups(hierarchies: CgroupHierarchies, lab: string): string[] {
  return hierarchies.allRoots.flatMap((root) => foldersBelow(join(root, lab)).reverse());
}

/**
 * Lets frozen processes go on, since those of a frozen cgroup of version 1 do not even die: runc freezes a container
 * while it changes or ends it, and may itself have been killed in between.
 */
export function thawCgroups(hierarchies: CgroupHierarchies, lab: string): void {
  for (const folder of listCgroups(hierarchies, lab)) {
    try {
      const file = join(folder, 'freezer.state');
      if (readFileSync(file, 'utf8').trim() !== 'THAWED') writeFileSync(file, 'THAWED');
    } catch (error) {
      // No cgroup of the freezer's hierarchy, or one that was removed while it was looked at.
      if (!['ENOENT', 'ENODEV'].includes(systemCode(error))) throw error;
    }
  }
}

/** Removes a lab's cgroups; what still has processes stays. */
export function removeCgroups(hierarchies: CgroupHierarchies, lab: string): void {
  for (const folder of listCgroups(hierarchies, lab)) {
    try {
      rmdirSync(folder);
    } catch (error) {
      // A process that was killed leaves its cgroup a moment later; the caller looks again.
      if (!['EBUSY', 'ENOENT'].includes(systemCode(error))) throw error;
    }
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new LabFailure({
      code: 'no-cgroups',
      message: `The cgroup ${folder} cannot be made: ${messageOf(error)}`,
      next: 'run the lab where /sys/fs/cgroup is writable: not in an unprivileged container',
      cause: error,
    });
  }
}

/** Version 1: a cpuset without processors and memory nodes takes no process. */
function inheritProcessors(parent: string, folder: string): void {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    if (!existsSync(join(folder, file))) continue;
    if (readFileSync(join(folder, file), 'utf8').trim() !== '') continue;
    writeFileSync(join(folder, file), readFileSync(join(parent, file), 'utf8'));
  }
}

/** Version 2: children have the controllers that their parent passes on. */
function passOnControllers(folder: string): void {
  const controllers = readFileSync(join(folder, 'cgroup.controllers'), 'utf8').trim();
  if (controllers === '') return;
  const words = controllers.split(' ').map((name) => `+${name}`);
  writeFileSync(join(folder, 'cgroup.subtree_control'), words.join(' '));
}

/** The folder and all below, parents first; none when it is not there. */
function foldersBelow(folder: string): string[] {
  try {
    const below = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return [folder, ...below.flatMap(({ name }) => foldersBelow(join(folder, name)))];
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}

function pidsIn(file: string): number[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean).map(Number);
  } catch (error) {
    // ENODEV: the cgroup was removed while it was read.
    if (['ENOENT', 'ENODEV'].includes(systemCode(error))) return [];
    throw error;
  }
}
