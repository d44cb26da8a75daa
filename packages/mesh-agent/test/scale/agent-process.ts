import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { readContainerfile } from '../../image/containerfile.ts';
import { snapshotInImage, writeStartupSnapshot } from '../../image/startup-snapshot.ts';
import type { Bgpd } from '@meshrs/test-kit/bgpd';
import type { Lab } from '../frr/lab.ts';
import { builtProgram } from '../built-program.ts';
import type { LogLine } from '../start-sidecar.ts';

/** The built agent beside a real bgpd, started as in the image, and started again when it ends, as the kubelet does. */
export interface AgentProcess {
  /** The folder that stands for the pod's file system. */
  readonly root: string;
  pid(): number;
  residentMiB(): number;
  cpuMs(): number;
  /** How long its main thread could have run, and the machine had no CPU for it. */
  waitedMs(): number;
  /** How many lines of an event all its processes have logged. */
  count(event: string): number;
  /** The last lines, of all its processes. */
  lines(): readonly LogLine[];
  /** How often it was started again. */
  restarts(): number;
  signal(signal: NodeJS.Signals): void;
  /** Ends it for good. */
  stop(): Promise<void>;
}

export interface AgentPlan {
  /** Of the bgpd beside it. */
  readonly number: number;
  readonly bgpd: Bgpd;
  readonly podName: string;
  readonly settings: string;
  /** What its command line begins with. */
  readonly within?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const keptLines = 5000;
const restartMs = 500;
const image = readContainerfile(readFileSync(path.join(import.meta.dirname, '../../Containerfile'), 'utf8'), {});

/** The environment that the image gives. */
export const imageEnvironment: Readonly<Record<string, string>> = Object.fromEntries(
  image.env.map((each): readonly [string, string] => [each.split('=')[0] ?? '', each.replace(/^[^=]*=/, '')]),
);

/** The command line of the image, with copies in `folder`: a build beside a long run must not change what runs. */
export async function agentCommand(folder: string): Promise<readonly string[]> {
  const built = builtProgram();
  const program = path.join(folder, path.basename(built));
  cpSync(built, program);
  cpSync(path.join(path.dirname(built), 'package.json'), path.join(folder, 'package.json'));
  const snapshot = path.join(folder, 'mesh-agent.snapshot');
  await writeStartupSnapshot(snapshot, { node: process.execPath, program });
  const flags = image.entrypoint.slice(1, -1).map((flag) => flag.replace(snapshotInImage, snapshot));
  return [process.execPath, ...flags, program];
}

/** Lets `init` write the configuration, starts bgpd again with it, and prepares the agent; `start` begins it. */
export async function preparePod(command: readonly string[], root: string, plan: AgentPlan): Promise<void> {
  const { bgpd, settings } = plan;
  for (const folder of ['opt/meshrr/conf', 'run/meshrr', 'etc', 'dev']) {
    mkdirSync(path.join(root, folder), { recursive: true });
  }
  symlinkSync(bgpd.folder, path.join(root, 'run/frr'));
  symlinkSync(bgpd.folder, path.join(root, 'config'));
  writeFileSync(path.join(root, 'opt/meshrr/conf/meshrr.conf.yml'), settings);
  initialise(command, root, plan);
  await bgpd.kill();
  await bgpd.start();
}

/** What the init container does; a pod's engine starts with what it wrote. */
export function initialise(command: readonly string[], root: string, plan: AgentPlan): void {
  const [node = '', ...args] = command;
  const init = spawnSync(node, [...args, 'init', '--root', root], { env: environmentOf(plan), encoding: 'utf8' });
  if (init.status !== 0) throw new Error(`mesh-agent init: ${init.stdout}${init.stderr}`);
}

export function startAgent(lab: Lab, command: readonly string[], root: string, plan: AgentPlan): AgentProcess {
  const lines: LogLine[] = [];
  const counts = new Map<string, number>();
  let restarts = 0;
  let isStopped = false;
  let child = start();
  return {
    root,
    pid: () => child.pid ?? -1,
    residentMiB: () => Number(/VmRSS:\s+(\d+)/.exec(read(child, 'status'))?.[1]) / 1024,
    cpuMs: () => cpuMsOf(child),
    waitedMs: () => waitedMsOf(child),
    count: (event) => counts.get(event) ?? 0,
    lines: () => lines,
    restarts: () => restarts,
    signal: (signal) => {
      child.kill(signal);
    },
    stop: async () => {
      isStopped = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };

  function start(): ChildProcess {
    const variables = Object.entries(environmentOf(plan)).map(([name, value]) => `${name}=${String(value)}`);
    const started = lab.startBeside(plan.number, [
      ...(plan.within ?? []),
      ...['env', '-i', ...variables],
      ...[...command, 'sidecar', '--root', root],
    ]);
    let rest = '';
    started.stdout?.setEncoding('utf8').on('data', (piece: string) => {
      const whole = `${rest}${piece}`.split('\n');
      rest = whole.pop() ?? '';
      for (const line of whole) take(line);
    });
    started.stderr?.setEncoding('utf8').on('data', (piece: string) => {
      take(JSON.stringify({ event: 'stderr', piece }));
    });
    started.on('exit', (code, signal) => {
      if (isStopped) return;
      restarts += 1;
      take(JSON.stringify({ event: 'agent-ended', code, signal }));
      setTimeout(() => {
        if (!isStopped) child = start();
      }, restartMs);
    });
    return started;
  }

  function take(line: string): void {
    const read = JSON.parse(line) as LogLine;
    counts.set(read.event, (counts.get(read.event) ?? 0) + 1);
    lines.push(read);
    if (lines.length > keptLines) lines.splice(0, keptLines / 2);
  }
}

function environmentOf({ bgpd, podName, env = {} }: AgentPlan): NodeJS.ProcessEnv {
  return {
    ...imageEnvironment,
    PATH: process.env['PATH'],
    POD_IP: bgpd.address,
    POD_NAME: podName,
    POD_NAMESPACE: 'meshrr',
    ...env,
  };
}

/** Nanoseconds on the CPU first (kernel, Documentation/scheduler/sched-stats); /proc/PID/stat counts ticks of 10 ms. */
function cpuMsOf(child: ChildProcess): number {
  const threads = existsSync(`/proc/${String(child.pid)}/task`) ? readdirSync(`/proc/${String(child.pid)}/task`) : [];
  const nanoseconds = threads.map((thread) => Number(read(child, `task/${thread}/schedstat`).split(' ')[0]));
  return nanoseconds.reduce((sum, one) => sum + one, 0) / 1e6;
}

/** The second number of schedstat (kernel, Documentation/scheduler/sched-stats): nanoseconds of waiting on a runqueue. */
export function waitedMsOf(child: ChildProcess): number {
  return Number(read(child, 'schedstat').split(' ')[1] ?? 0) / 1e6;
}

function read(child: ChildProcess, file: string): string {
  try {
    return readFileSync(`/proc/${String(child.pid)}/${file}`, 'utf8');
  } catch {
    // It has ended; whoever asks for a figure of it gets none.
    return '';
  }
}
