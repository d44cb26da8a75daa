import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { LabFailure, systemCode } from '../host/failure.ts';
import type { Lab } from './lab.ts';
import { makeDaemonCgroup } from '../host/cgroups.ts';
import { inNamespace } from '../host/namespaces.ts';
import { identify, isRunning, signal, type ProcessId } from '../host/proc.ts';
import { lastLines } from '../host/run.ts';
import { waitUntil } from '../host/wait.ts';

/** A program that outlives the command that starts it, until `lab down` ends it. */
export interface DaemonSpec {
  /** Its name in `lab logs`: "kubelet", or "kubelet.meshrr-kube1" where there are several. */
  readonly name: string;
  readonly namespace: string;
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const recordSchema = z.object({ name: z.string(), pid: z.int(), startTicks: z.number(), argv: z.array(z.string()) });

/** What is kept of a daemon that was started. */
export type DaemonRecord = z.output<typeof recordSchema>;

/** Starts a daemon in its namespace and in a cgroup of its own; what it prints goes to its log. */
export function startDaemon(lab: Lab, { name, namespace, argv, env }: DaemonSpec): DaemonRecord {
  const cgroup = makeDaemonCgroup(lab.hierarchies, lab.cgroup, name);
  mkdirSync(lab.paths.logs, { recursive: true });
  mkdirSync(lab.paths.processes, { recursive: true });
  const log = openSync(logFile(lab, name), 'a');
  // The shell joins the cgroup before it becomes the daemon, so that nothing of it can escape `lab down`.
  const script = 'echo $$ > "$0" && exec "$@"';
  const child = spawn('/bin/sh', ['-c', script, join(cgroup, 'cgroup.procs'), ...inNamespace(namespace, argv)], {
    detached: true,
    cwd: lab.paths.state,
    stdio: ['ignore', log, log],
    env: { ...cleanEnvironment, ...env },
  });
  closeSync(log);
  child.unref();
  const id = child.pid === undefined ? undefined : identify(child.pid);
  if (!id) throw ended(lab, name);
  const record = { name, ...id, argv: [...argv] };
  writeFileSync(recordFile(lab, name), JSON.stringify(record));
  return record;
}

/** Proxies and other settings of the one who starts the lab must not reach its daemons. */
export const cleanEnvironment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LANG: 'C.UTF-8',
};

/** The daemons that were started and not stopped, by name. */
export function listDaemons(lab: Lab): DaemonRecord[] {
  try {
    return readdirSync(lab.paths.processes)
      .filter((file) => file.endsWith('.json'))
      .sort()
      .map((file) => recordSchema.parse(JSON.parse(readFileSync(join(lab.paths.processes, file), 'utf8'))));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Throws when one of the daemons has ended, with its last words. */
export function assertRunning(lab: Lab, daemons: readonly DaemonRecord[]): void {
  for (const daemon of daemons) {
    if (!isRunning(daemon)) throw ended(lab, daemon.name);
  }
}

/** Ends a daemon with SIGTERM, or with SIGKILL when it does not end in time, and forgets it. */
export async function stopDaemon(lab: Lab, daemon: DaemonRecord, options: { killAfterMs: number }): Promise<void> {
  await end(daemon, options.killAfterMs);
  rmSync(recordFile(lab, daemon.name), { force: true });
}

/** Ends a daemon as a crash would. */
export async function killDaemon(lab: Lab, daemon: DaemonRecord): Promise<void> {
  signal(daemon, 'SIGKILL');
  await waitUntil(`${daemon.name} is gone`, () => !isRunning(daemon), { deadlineMs: 10_000, intervalMs: 10, next });
  rmSync(recordFile(lab, daemon.name), { force: true });
}

export function logFile(lab: Lab, name: string): string {
  return join(lab.paths.logs, `${name}.log`);
}

async function end(daemon: ProcessId & { name: string }, killAfterMs: number): Promise<void> {
  signal(daemon, 'SIGTERM');
  const isGone = (): boolean => !isRunning(daemon);
  const deadline = performance.now() + killAfterMs;
  await waitUntil(
    `${daemon.name} has ended`,
    () => {
      if (performance.now() > deadline) signal(daemon, 'SIGKILL');
      return isGone();
    },
    { deadlineMs: killAfterMs + 10_000, intervalMs: 20, next },
  );
}

const next = 'look with ps what holds it; a process in state D waits for the kernel';

function ended(lab: Lab, name: string): LabFailure {
  return new LabFailure({
    code: 'daemon-ended',
    message: `${name} has ended, which it should not. Its last words:\n${lastLines(readLog(lab, name), 15)}`,
    next: `read the whole log of ${name}`,
  });
}

function readLog(lab: Lab, name: string): string {
  try {
    return readFileSync(logFile(lab, name), 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return '(it has printed nothing)';
    throw error;
  }
}

function recordFile(lab: Lab, name: string): string {
  return join(lab.paths.processes, `${name}.json`);
}
