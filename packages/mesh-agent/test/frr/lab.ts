import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SpeakerOptions } from './bgp-speaker.ts';
import type { SpeakerAnswer, SpeakerRequest } from './speaker-process.ts';

/**
 * Real bgpds and clients in network namespaces without a way out. The namespaces have no names and belong to processes
 * that die with this one, so that nothing of them outlives a crash; folders of dead processes go at the next start.
 *
 * One namespace holds the bridge and all clients (any address of 192.168.0.0/16 and 2001:db8:100::/40 is theirs); each
 * bgpd has its own, with 10.99.0.N and 2001:db8:99::N.
 */
export interface Lab {
  /** Starts bgpd number N (1 to 250) with this configuration text. */
  startBgpd(number: number, text: string): Promise<Bgpd>;
  /** Starts clients; they dial their route server until they are stopped. */
  startClients(clients: readonly SpeakerOptions[]): Promise<void>;
  ask(request: SpeakerRequest): Promise<SpeakerAnswer>;
  stop(): Promise<void>;
}

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

const scriptsFrr = join(import.meta.dirname, '../../../../scripts/frr');
const prefix = 'meshrs-frr-test-';

export async function startLab(): Promise<Lab> {
  removeFoldersOfDeadProcesses();
  const folder = mkdtempSync(join(tmpdir(), `${prefix}${String(process.pid)}-`));
  chmodSync(folder, 0o755);
  const children: ChildProcess[] = [];
  const hub = await startNamespace(children);
  ip(hub, [
    'link set lo up',
    'link add br0 type bridge',
    'link set br0 up',
    'address add 10.99.255.254/16 dev br0',
    'address add 2001:db8:99::ffff/64 dev br0 nodad',
    'route add local 192.168.0.0/16 dev lo',
    '-6 route add local 2001:db8:100::/40 dev lo',
  ]);
  // Clients send with the TTL that TTL security wants of the next hop (RFC 5082), and use IPv6 addresses of a whole range.
  const sysctls = ['net.ipv4.ip_default_ttl=255', 'net.ipv6.conf.all.hop_limit=255', 'net.ipv6.ip_nonlocal_bind=1'];
  runIn(hub, ['sysctl', '-qw', ...sysctls]);
  const speakers = startInNamespace(hub, [process.execPath, join(import.meta.dirname, 'speaker-process.ts')], true);
  children.push(speakers);
  const ask = asker(speakers);

  return {
    startBgpd: async (number, text) => {
      const address = `10.99.0.${String(number)}`;
      const namespace = await startNamespace(children);
      ip(hub, [
        `link add v${String(number)} type veth peer name eth0 netns ${String(namespace)}`,
        `link set v${String(number)} master br0 up`,
      ]);
      ip(namespace, [
        'link set lo up',
        'link set eth0 up',
        `address add ${address}/16 dev eth0`,
        `address add 2001:db8:99::${String(number)}/64 dev eth0 nodad`,
        'route add 192.168.0.0/16 via 10.99.255.254',
        '-6 route add 2001:db8:100::/40 via 2001:db8:99::ffff',
      ]);
      const bgpd = prepareBgpd(join(folder, `rs${String(number)}`), address, namespace, children);
      writeFileSync(bgpd.configFile, text);
      await bgpd.start();
      return bgpd;
    },
    startClients: async (clients) => {
      await ask({ kind: 'start', speakers: clients });
    },
    ask,
    stop: async () => {
      for (const child of children) await end(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Waits until `read` gives a value that `isRight`; the error tells the last one. */
export async function waitFor<T>(
  what: string,
  read: () => Promise<T> | T,
  isRight: (value: T) => boolean,
  milliseconds = 15_000,
): Promise<T> {
  const end = performance.now() + milliseconds;
  for (;;) {
    const value = await read();
    if (isRight(value)) return value;
    if (performance.now() > end) {
      throw new Error(`Not within ${String(milliseconds)} ms: ${what}. Last seen: ${JSON.stringify(value, null, 1)}`);
    }
    await sleep(20);
  }
}

function prepareBgpd(folder: string, address: string, namespace: number, children: ChildProcess[]): Bgpd {
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
      if (child) await end(child);
    },
    start: async () => {
      rmSync(socketPath, { force: true });
      const started = startInNamespace(namespace, bgpdCommand(folder, configFile), false);
      child = started;
      children.push(started);
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

function bgpdCommand(folder: string, configFile: string): string[] {
  return [
    ...[scriptsFrr, 'exec', 'bgpd', '--skip_runas', '--no_zebra', '--vty_port=0'],
    ...[`--vty_socket=${folder}`, `--pid_file=${folder}/bgpd.pid`, `--config_file=${configFile}`],
    ...['--limit-fds=16384', '--log=stdout', '--log-level=informational'],
  ];
}

/** A network namespace, named by the process that keeps it. */
async function startNamespace(children: ChildProcess[]): Promise<number> {
  const keeper = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', 'unshare', '--net', 'sh', '-c', 'echo ready; exec sleep infinity'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  children.push(keeper);
  await once(keeper.stdout, 'data');
  return keeper.pid ?? -1;
}

function startInNamespace(namespace: number, command: readonly string[], hasChannel: boolean): ChildProcess {
  return spawn('setpriv', ['--pdeathsig', 'KILL', 'nsenter', `--net=/proc/${String(namespace)}/ns/net`, ...command], {
    stdio: hasChannel ? ['ignore', 'inherit', 'inherit', 'ipc'] : ['ignore', 'pipe', 'pipe'],
  });
}

function ip(namespace: number, commands: readonly string[]): void {
  for (const command of commands) {
    runIn(namespace, ['ip', ...command.split(' ')]);
  }
}

function runIn(namespace: number, command: readonly string[]): void {
  execFileSync('nsenter', [`--net=/proc/${String(namespace)}/ns/net`, ...command]);
}

function asker(child: ChildProcess): Lab['ask'] {
  let last = 0;
  const waiting = new Map<number, (answer: SpeakerAnswer) => void>();
  child.on('message', ({ id, answer }: { id: number; answer: SpeakerAnswer }) => {
    waiting.get(id)?.(answer);
    waiting.delete(id);
  });
  return (request) =>
    new Promise((resolve) => {
      last += 1;
      waiting.set(last, resolve);
      child.send({ id: last, request });
    });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

function removeFoldersOfDeadProcesses(): void {
  for (const name of readdirSync(tmpdir()).filter((each) => each.startsWith(prefix))) {
    const pid = name.slice(prefix.length).split('-')[0] ?? '';
    if (!existsSync(`/proc/${pid}`)) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}
