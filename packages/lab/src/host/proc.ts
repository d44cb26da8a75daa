import { readdirSync, readFileSync, statSync } from 'node:fs';
import { systemCode } from './failure.ts';

/** A process, safe against the reuse of its number: two of one number differ in their start. */
export interface ProcessId {
  readonly pid: number;
  /** Clock ticks from boot to its start: field 22 of /proc/<pid>/stat (proc(5)). */
  readonly startTicks: number;
}

/** The process that has this number now; undefined when there is none, or only what is left of one (a zombie). */
export function identify(pid: number): ProcessId | undefined {
  const stat = readProc(`/proc/${String(pid)}/stat`);
  if (stat === undefined) return undefined;
  // The second field is the command in parentheses, which may hold blanks and parentheses itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields[0];
  const startTicks = Number(fields[19]);
  return state === 'Z' || state === 'X' || Number.isNaN(startTicks) ? undefined : { pid, startTicks };
}

export function isRunning(process: ProcessId): boolean {
  return identify(process.pid)?.startTicks === process.startTicks;
}

/** Sends a signal, if the number still belongs to that process. */
export function signal(target: ProcessId, name: NodeJS.Signals): void {
  if (!isRunning(target)) return;
  try {
    process.kill(target.pid, name);
  } catch (error) {
    // It ended between the look and the signal.
    if (systemCode(error) !== 'ESRCH') throw error;
  }
}

/** All processes of which the network namespace is one of these. */
export function processesInNamespaces(inodes: ReadonlySet<number>): ProcessId[] {
  return allPids().flatMap((pid) => {
    const inode = networkNamespaceOf(pid);
    const id = inode !== undefined && inodes.has(inode) ? identify(pid) : undefined;
    return id ? [id] : [];
  });
}

/** Its command line, for messages. */
export function commandOf(pid: number): string {
  return (
    readProc(`/proc/${String(pid)}/cmdline`)
      ?.replaceAll('\0', ' ')
      .trim() ?? ''
  );
}

/** Proportional set size in bytes: shared pages count for each process by its share. */
export function memoryOf(pid: number): number {
  const kibibytes = /^Pss:\s+(\d+) kB/m.exec(readProc(`/proc/${String(pid)}/smaps_rollup`) ?? '')?.[1];
  return kibibytes === undefined ? 0 : Number(kibibytes) * 1024;
}

function allPids(): number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger);
}

function networkNamespaceOf(pid: number): number | undefined {
  try {
    return statSync(`/proc/${String(pid)}/ns/net`).ino;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** ENOENT before and ESRCH after the file was opened; EACCES for what is left of a process that just ended. */
function isGone(error: unknown): boolean {
  return ['ENOENT', 'ESRCH', 'EACCES'].includes(systemCode(error));
}
