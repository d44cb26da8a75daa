import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { dying, endChild } from './daemon.ts';

/**
 * A network namespace without a name and without a way out. It belongs to a process that the kernel ends with this one,
 * so that nothing of it outlives a crash.
 */
export interface NetworkNamespace {
  /** What `ip link … netns` takes: the process that keeps it. */
  readonly pid: number;
  /** Runs lines of `ip`, one after the other. */
  ip(commands: readonly string[]): void;
  /** Runs a command to its end. */
  run(command: readonly string[]): void;
  /** Starts a program that dies with this process; with a channel of Node's IPC, or with its output on pipes. */
  start(command: readonly string[], options?: { readonly hasChannel: boolean }): ChildProcess;
  end(): Promise<void>;
}

export async function startNamespace(): Promise<NetworkNamespace> {
  const keeper = spawn('setpriv', [...dying, 'unshare', '--net', 'sh', '-c', 'echo ready; exec sleep infinity'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(keeper.stdout, 'data');
  const pid = keeper.pid ?? -1;
  const entering = ['nsenter', `--net=/proc/${String(pid)}/ns/net`];
  const run = (command: readonly string[]): void => {
    execFileSync('nsenter', [...entering.slice(1), ...command]);
  };
  return {
    pid,
    run,
    ip: (commands) => {
      for (const command of commands) run(['ip', ...command.split(' ')]);
    },
    start: (command, options) =>
      spawn('setpriv', [...dying, ...entering, ...command], {
        stdio: options?.hasChannel === true ? ['ignore', 'inherit', 'inherit', 'ipc'] : ['ignore', 'pipe', 'pipe'],
      }),
    end: () => endChild(keeper),
  };
}
