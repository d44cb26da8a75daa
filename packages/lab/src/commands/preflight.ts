import { statfsSync } from 'node:fs';
import { freemem } from 'node:os';
import { readFileSync } from 'node:fs';
import { LabFailure } from '../host/failure.ts';
import { labNameRule } from '../plan/names.ts';

/** What the machine is like, as the preflight sees it. */
export interface Machine {
  readonly platform: string;
  readonly userId: number | undefined;
  /** Memory that programs can still get, in bytes. */
  readonly availableMemory: number;
  /** Free space where the lab's state goes, in bytes. */
  readonly freeDisk: number;
}

export function lookAtMachine(folder: string): Machine {
  const { bavail, bsize } = statfsSync(folder);
  return {
    platform: process.platform,
    userId: process.getuid?.(),
    availableMemory: availableMemory(),
    freeDisk: bavail * bsize,
  };
}

/** Linux and root come first: without them nothing else can be looked at. */
export function assertLinuxRoot({ platform, userId }: Pick<Machine, 'platform' | 'userId'>): void {
  if (platform !== 'linux') {
    throw new LabFailure({
      code: 'not-linux',
      message: `The lab needs Linux (network namespaces, cgroups); this is ${platform}.`,
      next: 'run it on a Linux machine or in a virtual machine with Linux, as root',
    });
  }
  if (userId !== 0) {
    throw new LabFailure({
      code: 'not-root',
      message: `The lab needs root for network namespaces and containers; this is user ${String(userId)}.`,
      next: 'run the same command as root: sudo meshrs lab …',
    });
  }
}

/** What a lab takes, measured: the control plane, then each node with its pods, then each router or client. */
const mebibyte = 1024 * 1024;
const memoryNeeds = {
  controlPlane: 900 * mebibyte,
  node: 500 * mebibyte,
  speaker: 60 * mebibyte,
  argoCd: 600 * mebibyte,
};
const diskNeeds = { controlPlane: 300 * mebibyte, node: 700 * mebibyte };

/** What a lab is made of. */
export interface LabSize {
  readonly nodes: number;
  readonly speakers: number;
  readonly hasArgoCd: boolean;
}

export function assertRoom(machine: Machine, size: LabSize): void {
  const memory =
    memoryNeeds.controlPlane +
    size.nodes * memoryNeeds.node +
    size.speakers * memoryNeeds.speaker +
    (size.hasArgoCd ? memoryNeeds.argoCd : 0);
  if (machine.availableMemory < memory) {
    throw new LabFailure({
      code: 'not-enough-memory',
      message: `The lab needs about ${inMebibytes(memory)} of memory for ${describe(size)}; ${inMebibytes(machine.availableMemory)} are available.`,
      next: 'end other programs or take down other labs (meshrs lab down LAB), or use a topology with fewer nodes',
    });
  }
  const disk = diskNeeds.controlPlane + size.nodes * diskNeeds.node;
  if (machine.freeDisk < disk) {
    throw new LabFailure({
      code: 'not-enough-disk',
      message: `The lab needs about ${inMebibytes(disk)} of disk for ${describe(size)}; ${inMebibytes(machine.freeDisk)} are free.`,
      next: 'free some space where the repository stands',
    });
  }
}

export function assertLabName(name: string): void {
  if (labNameRule.pattern.test(name)) return;
  throw new LabFailure({
    code: 'bad-lab-name',
    message: `"${name}" cannot be the name of a lab. Allowed: ${labNameRule.allowed}.`,
    next: 'give another one: --name lab1',
  });
}

function describe({ nodes, speakers, hasArgoCd }: LabSize): string {
  return `${String(nodes)} nodes and ${String(speakers)} routers and clients${hasArgoCd ? ' with Argo CD' : ''}`;
}

function inMebibytes(bytes: number): string {
  return `${String(Math.round(bytes / mebibyte))} MiB`;
}

/** What the kernel says that programs can get without swapping (proc(5), meminfo); it counts caches that can go. */
function availableMemory(): number {
  const kibibytes = /^MemAvailable:\s+(\d+) kB/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1];
  return kibibytes === undefined ? freemem() : Number(kibibytes) * 1024;
}
