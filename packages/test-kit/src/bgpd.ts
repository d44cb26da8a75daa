import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { endChild } from './daemon.ts';
import type { NetworkNamespace } from './namespace.ts';
import { waitFor } from './wait.ts';

/** A real bgpd without zebra, as it runs beside the agent. */
export interface Bgpd {
  readonly address: string;
  readonly folder: string;
  readonly socketPath: string;
  readonly configFile: string;
  readonly pid: number;
  /** What bgpd printed: warnings about its configuration stand here. */
  readonly output: () => string;
  /** Ends it as a crash would, and resolves when it is gone. */
  kill(): Promise<void>;
  /** Starts it again in the same namespace with the file as it is now. */
  start(): Promise<void>;
}

const scriptsFrr = join(import.meta.dirname, '../../../scripts/frr');

/** Makes the folder of a bgpd; its configuration is written and it is started by whoever asked for it. */
export function prepareBgpd(folder: string, address: string, namespace: NetworkNamespace): Bgpd {
  mkdirSync(folder, { recursive: true });
  const socketPath = join(folder, 'bgpd.vty');
  const configFile = join(folder, 'frr.conf');
  let child: ChildProcess | undefined;
  let output = '';
  return {
    address,
    folder,
    socketPath,
    configFile,
    get pid() {
      return child?.pid ?? -1;
    },
    output: () => output,
    kill: async () => {
      if (child) await endChild(child);
    },
    start: async () => {
      rmSync(socketPath, { force: true });
      const started = namespace.start(commandLine(folder, configFile));
      child = started;
      const listen = (bytes: Buffer) => (output += bytes.toString('utf8'));
      started.stdout?.on('data', listen);
      started.stderr?.on('data', listen);
      await waitFor(
        `bgpd at ${socketPath}; it says: ${output}`,
        async () => started.exitCode !== null || (await isListening(socketPath)),
        Boolean,
      );
      if (started.exitCode !== null) throw new Error(`bgpd ended with ${String(started.exitCode)}: ${output}`);
    },
  };
}

/** The socket's file is there a moment before bgpd listens. */
async function isListening(socketPath: string): Promise<boolean> {
  const socket = connect(socketPath);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

function commandLine(folder: string, configFile: string): string[] {
  return [
    ...[scriptsFrr, 'exec', 'bgpd', '--skip_runas', '--no_zebra', '--vty_port=0'],
    ...[`--vty_socket=${folder}`, `--pid_file=${folder}/bgpd.pid`, `--config_file=${configFile}`],
    ...['--limit-fds=16384', '-M', 'bmp', '--log=stdout', '--log-level=informational'],
  ];
}
