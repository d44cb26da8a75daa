import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cgroupOf } from '../live/cgroups.ts';

/** A control group with a container's memory limit. `removeCgroups` takes it away, at the next start after a crash. */
export interface MemoryGroup {
  /** What a command line begins with that is to run in it. */
  readonly entering: readonly string[];
  /** As the kubelet counts: without the part of the page cache that can be given back, and with the sockets' buffers. */
  workingSetMiB(): number;
  /** The most that was ever charged: with all of the page cache, which the limit presses down; sockets stand beside it. */
  peakMiB(): number;
  socketsMiB(): number;
  /** How often the kernel killed something in it for memory. */
  kills(): number;
}

const mount = '/sys/fs/cgroup';
const mebibyte = 2 ** 20;

export function createMemoryGroup(name: string, limitMiB: number): MemoryGroup {
  return existsSync(join(mount, 'memory/memory.limit_in_bytes'))
    ? inOwnHierarchy(join(mount, 'memory', cgroupOf(name)), limitMiB)
    : inUnifiedHierarchy(join(mount, cgroupOf(name)), limitMiB);
}

/** cgroups(7), version 1: the buffers of sockets are counted beside the limit, and only once they have one of their own. */
function inOwnHierarchy(folder: string, limitMiB: number): MemoryGroup {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'memory.limit_in_bytes'), String(limitMiB * mebibyte));
  writeFileSync(join(folder, 'memory.kmem.tcp.limit_in_bytes'), String(2 ** 40));
  const sockets = () => read(folder, 'memory.kmem.tcp.usage_in_bytes');
  return {
    entering: entering(folder),
    workingSetMiB: () =>
      (read(folder, 'memory.usage_in_bytes') - keyed(folder, 'memory.stat', 'total_inactive_file') + sockets()) /
      mebibyte,
    peakMiB: () => read(folder, 'memory.max_usage_in_bytes') / mebibyte,
    socketsMiB: () => sockets() / mebibyte,
    kills: () => keyed(folder, 'memory.oom_control', 'oom_kill'),
  };
}

function inUnifiedHierarchy(folder: string, limitMiB: number): MemoryGroup {
  mkdirSync(folder, { recursive: true });
  for (const parent of [mount, dirname(folder)]) writeFileSync(join(parent, 'cgroup.subtree_control'), '+memory');
  writeFileSync(join(folder, 'memory.max'), String(limitMiB * mebibyte));
  return {
    entering: entering(folder),
    workingSetMiB: () => (read(folder, 'memory.current') - keyed(folder, 'memory.stat', 'inactive_file')) / mebibyte,
    peakMiB: () => read(folder, 'memory.peak') / mebibyte,
    socketsMiB: () => keyed(folder, 'memory.stat', 'sock') / mebibyte,
    kills: () => keyed(folder, 'memory.events', 'oom_kill'),
  };
}

function entering(folder: string): readonly string[] {
  return ['sh', '-c', 'echo $$ > "$0/cgroup.procs" && exec "$@"', folder];
}

function read(folder: string, file: string): number {
  return Number(readFileSync(join(folder, file), 'utf8'));
}

function keyed(folder: string, file: string, key: string): number {
  const value = new RegExp(`^${key} (\\d+)$`, 'm').exec(readFileSync(join(folder, file), 'utf8'))?.[1];
  if (value === undefined) throw new Error(`${join(folder, file)} has no ${key}`);
  return Number(value);
}
