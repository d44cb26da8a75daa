import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { dying, endChild } from '@meshrs/test-kit/daemon';
import type { Bgpd } from '@meshrs/test-kit/bgpd';
import { agentPaths, type AgentPaths } from '../../src/paths.ts';

/** An agent as a process of its own, beside a real bgpd: it can be killed like one. */
export interface AgentProcess {
  readonly pid: number;
  readonly output: () => string;
  /** Sends the signal and resolves with the exit code; null: killed. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

export interface AgentPlace {
  readonly paths: AgentPaths;
  start(): AgentProcess;
  /** Runs another command of the agent to its end. */
  run(...args: readonly string[]): Promise<{ readonly status: number | null; readonly output: string }>;
}

const program = path.join(import.meta.dirname, '../../src/main.ts');

/** The volumes of a pod, with bgpd's folder in the places of its sockets and of its configuration. */
export function placeAgent(bgpd: Bgpd, podIp: string, settings: string): AgentPlace {
  const root = path.join(bgpd.folder, 'pod');
  const paths = agentPaths(root);
  for (const folder of [paths.settingsFolder, paths.requestsFolder]) mkdirSync(folder, { recursive: true });
  writeFileSync(paths.settings, settings);
  symlinkSync(bgpd.folder, path.dirname(paths.bgpdSocket));
  symlinkSync(bgpd.folder, paths.configFolder);
  const env = { PATH: process.env['PATH'], POD_NAME: 'rs-a-0', POD_IP: podIp, POD_NAMESPACE: 'meshrr' };
  const launch = (args: readonly string[]) => {
    const child = spawn('setpriv', [...dying, process.execPath, program, ...args, '--root', root], { env });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (piece: string) => (output += piece));
    }
    const ended = once(child, 'exit') as Promise<[number | null]>;
    return { child, ended, output: () => output };
  };
  return {
    paths,
    start: () => {
      const { child, ended, output } = launch(['sidecar']);
      return {
        pid: child.pid ?? -1,
        output,
        end: async (signal) => {
          child.kill(signal);
          const [status] = await ended;
          await endChild(child);
          return status;
        },
      };
    },
    run: async (...args) => {
      const { ended, output } = launch(args);
      const [status] = await ended;
      return { status, output: output() };
    },
  };
}
