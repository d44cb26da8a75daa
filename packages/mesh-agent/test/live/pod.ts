import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { folders, ids, volumes } from '@meshrs/contract';
import { dying, endChild } from '@meshrs/test-kit/daemon';
import { locateTool } from '@meshrs/tools/locate';
import { cgroupOf, removeCgroups } from './cgroups.ts';
import type { UnpackedImage } from './image-root.ts';

const execute = promisify(execFile);
const seccomp = JSON.parse(
  readFileSync(path.join(import.meta.dirname, 'seccomp-runtime-default.json'), 'utf8'),
) as Record<string, unknown>;

/** What the containers of one pod share: a network namespace and volumes; with process namespaces of their own. */
export interface Pod {
  readonly name: string;
  readonly address: string;
  /** Where a volume lies on this machine. */
  volume(name: keyof typeof folders): string;
  /** Runs a container to its end. */
  run(container: string, image: UnpackedImage, args: readonly string[], user?: string): Promise<Ended>;
  /** Starts a container that goes on. */
  start(container: string, image: UnpackedImage, args: readonly string[]): RunningContainer;
  /** Runs a command in a container that runs, as a probe or a hook does. */
  exec(container: string, command: readonly string[]): Promise<Ended>;
  /** Sends a signal to a container's process. */
  signal(container: string, signal: NodeJS.Signals): Promise<unknown>;
  /** Runs a command in the pod's network. */
  inNetwork(command: readonly string[]): Promise<Ended>;
}

export interface Ended {
  readonly status: number;
  readonly output: string;
}

export interface RunningContainer {
  output(): string;
  /** Sends the signal to the container's process and resolves with its exit status. */
  end(signal: NodeJS.Signals): Promise<number>;
}

/** Pods on a bridge without a way out, each a process tree that the kernel ends with the test. */
export interface PodNetwork {
  startPod(number: number, name: string): Promise<Pod>;
  /** Runs in the namespace of the bridge, where clients live; with an IPC channel. */
  startClientProcess(command: readonly string[]): ChildProcess;
  end(): Promise<void>;
}

export const clientAddress = (number: number) => `10.98.100.${String(number)}`;
export const podAddress = (number: number) => `10.98.0.${String(number)}`;

export async function startPodNetwork(folder: string): Promise<PodNetwork> {
  await removeCgroups();
  const children: ChildProcess[] = [];
  const hub = await startSandbox(children);
  // In the network namespace alone: process ids there are this machine's.
  const ip = (sandbox: number, command: string) =>
    execute('nsenter', [`--target=${String(sandbox)}`, '--net', '--', 'ip', ...command.split(' ')]);
  for (const command of [
    'link set lo up',
    // With a MAC of its own: else it takes its lowest port's, changes it with each port, and who has it in ARP sends to nobody.
    'link add br0 address 02:00:00:00:00:01 type bridge',
    'link set br0 up',
    ...[1, 2].map((number) => `address add ${clientAddress(number)}/16 dev br0`),
  ]) {
    await ip(hub, command);
  }
  return {
    startPod: async (number, name) => {
      const sandbox = await startSandbox(children);
      await ip(hub, `link add v${String(number)} type veth peer name eth0 netns ${String(sandbox)}`);
      await ip(hub, `link set v${String(number)} master br0 up`);
      for (const command of ['link set lo up', 'link set eth0 up', `address add ${podAddress(number)}/16 dev eth0`]) {
        await ip(sandbox, command);
      }
      // The pod's safe sysctl: an ordinary user may listen on the BGP port.
      await enter(sandbox, ['sysctl', '-qw', 'net.ipv4.ip_unprivileged_port_start=179']);
      return createPod({ sandbox, name, address: podAddress(number), folder: path.join(folder, name), children });
    },
    startClientProcess: (command) => {
      const child = spawn('setpriv', [...dying, ...entering(hub), ...command], {
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      });
      children.push(child);
      return child;
    },
    end: async () => {
      for (const child of children.reverse()) await endChild(child);
      await removeCgroups();
    },
  };
}

interface PodFacts {
  readonly sandbox: number;
  readonly name: string;
  readonly address: string;
  readonly folder: string;
  readonly children: ChildProcess[];
}

function createPod({ sandbox, name, address, folder, children }: PodFacts): Pod {
  const volume = (key: keyof typeof folders) => path.join(folder, 'volumes', volumes[key]);
  for (const key of Object.keys(folders) as (keyof typeof folders)[]) {
    mkdirSync(volume(key), { recursive: true });
    // As an emptyDir: anybody in the pod may write.
    chmodSync(volume(key), 0o777);
  }
  const runc = (...args: readonly string[]) => [locateTool('runc'), '--root', path.join(folder, 'runc'), ...args];
  const prepare = (container: string, image: UnpackedImage, args: readonly string[], user: string) => {
    const bundle = path.join(folder, container);
    mkdirSync(bundle, { recursive: true });
    const mounts = (Object.keys(folders) as (keyof typeof folders)[]).map((key) => ({
      destination: folders[key],
      type: 'bind',
      source: volume(key),
      options: ['rbind', key === 'settings' ? 'ro' : 'rw', 'nosuid', 'nodev'],
    }));
    const env = [...image.env, `POD_NAME=${name}`, `POD_IP=${address}`, 'POD_NAMESPACE=meshrr'];
    writeFileSync(
      path.join(bundle, 'config.json'),
      JSON.stringify(runtimeConfig({ image, args, env, mounts, user, cgroup: cgroupOf(`${name}-${container}`) })),
    );
    return bundle;
  };
  const frrUser = `${String(ids.frr.user)}:${String(ids.frr.group)}`;
  return {
    name,
    address,
    volume,
    run: async (container, image, args, user = frrUser) => {
      const bundle = prepare(container, image, args, user);
      return await enter(sandbox, runc('run', '--bundle', bundle, container), false);
    },
    start: (container, image, args) => {
      const bundle = prepare(container, image, args, frrUser);
      const child = spawn('setpriv', [
        ...[...dying, ...entering(sandbox)],
        ...runc('run', '--bundle', bundle, container),
      ]);
      children.push(child);
      let output = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (piece: string) => {
          output += piece;
        });
      }
      return {
        output: () => output,
        end: async (signal) => {
          const ended = once(child, 'exit') as Promise<[number | null]>;
          await enter(sandbox, runc('kill', container, signal));
          const [status] = await ended;
          return status ?? -1;
        },
      };
    },
    exec: (container, command) => enter(sandbox, runc('exec', '--user', frrUser, container, ...command), false),
    signal: (container, signal) => enter(sandbox, runc('kill', container, signal)),
    inNetwork: (command) => enter(sandbox, command, false),
  };
}

/** A runtime-spec configuration with what Pod Security "restricted" asks for, and a read-only root. */
function runtimeConfig(options: {
  readonly image: UnpackedImage;
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly mounts: readonly unknown[];
  readonly user: string;
  readonly cgroup: string;
}): unknown {
  const [uid, gid] = options.user.split(':').map(Number);
  return {
    ociVersion: '1.0.2',
    process: {
      terminal: false,
      user: { uid, gid },
      args: [...options.image.entrypoint, ...options.args],
      env: options.env,
      cwd: '/',
      capabilities: { bounding: [], effective: [], inheritable: [], permitted: [], ambient: [] },
      noNewPrivileges: true,
    },
    root: { path: options.image.root, readonly: true },
    hostname: 'pod',
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755', 'size=64k'] },
      { destination: '/dev/shm', type: 'tmpfs', source: 'shm', options: ['nosuid', 'noexec', 'nodev', 'size=64m'] },
      ...options.mounts,
    ],
    linux: {
      cgroupsPath: options.cgroup,
      // No network namespace: the pod's own.
      namespaces: ['pid', 'ipc', 'uts', 'mount'].map((type) => ({ type })),
      seccomp: { defaultAction: seccomp['defaultAction'], syscalls: seccomp['syscalls'] },
      maskedPaths: ['/proc/kcore', '/proc/keys', '/proc/timer_list'],
      readonlyPaths: ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'],
    },
  };
}

/** A network and process namespace whose first process dies with the test, and everything in it. Resolves with its id. */
async function startSandbox(children: ChildProcess[]): Promise<number> {
  const keeper = spawn(
    'setpriv',
    [
      ...[...dying, 'unshare', '--net', '--pid', '--mount', '--fork', '--kill-child=SIGKILL', '--mount-proc'],
      ...['sh', '-c', 'echo ready; exec sleep infinity'],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  children.push(keeper);
  await once(keeper.stdout, 'data');
  const pid = String(keeper.pid);
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim());
}

function entering(sandbox: number): readonly string[] {
  return ['nsenter', `--target=${String(sandbox)}`, '--net', '--pid', '--mount', '--'];
}

async function enter(sandbox: number, command: readonly string[], mustSucceed = true): Promise<Ended> {
  const [file = '', ...args] = [...entering(sandbox), ...command];
  try {
    const { stdout, stderr } = await execute(file, args, { maxBuffer: 1e7 });
    return { status: 0, output: stdout + stderr };
  } catch (thrown) {
    const { code, stdout = '', stderr = '' } = thrown as { code?: unknown; stdout?: string; stderr?: string };
    if (mustSucceed || typeof code !== 'number') throw thrown;
    return { status: code, output: stdout + stderr };
  }
}
