import type { ChildProcess } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { prepareBgpd, type Bgpd } from '@meshrs/test-kit/bgpd';
import { endChild } from '@meshrs/test-kit/daemon';
import { startNamespace, type NetworkNamespace } from '@meshrs/test-kit/namespace';
import { createScratch } from '@meshrs/test-kit/scratch';
import { waitFor } from '@meshrs/test-kit/wait';
import type { FrrEngineOptions } from '../../src/frr/options.ts';
import type { SpeakerOptions, SpeakerStatus } from './bgp-speaker.ts';
import type { SpeakerAnswer, SpeakerRequest } from './speaker-process.ts';

/**
 * Real bgpds and clients in network namespaces without a way out. The namespaces have no names and belong to processes
 * that die with this one, so that nothing of them outlives a crash; folders of dead processes go at the next start.
 *
 * One namespace holds the bridge and all clients (any address of 192.168.0.0/16 and 2001:db8:100::/40 is theirs); each
 * bgpd has its own, with 10.99.0.N and 2001:db8:99::N.
 */
export interface Lab {
  /** Starts bgpd number N (1 to 250) with this configuration text; its command line may begin with another program. */
  startBgpd(number: number, text: string, within?: readonly string[]): Promise<Bgpd>;
  /** Starts a program beside bgpd number N, in its network; it dies with this process. */
  startBeside(number: number, command: readonly string[]): ChildProcess;
  /** Starts a program where the clients are, with a channel of Node's IPC. */
  startAtClients(command: readonly string[]): ChildProcess;
  /** Starts clients; they dial their route server until they are stopped. */
  startClients(clients: readonly SpeakerOptions[]): Promise<void>;
  ask(request: SpeakerRequest): Promise<SpeakerAnswer>;
  statusOf(client: string): Promise<SpeakerStatus>;
  /** Resolves when the client has its session. */
  up(client: string): Promise<void>;
  stop(): Promise<void>;
}

const bmpPort = 8181;

/**
 * The agent of a test has another network than its bgpd: bgpd listens at its address on the bridge, and a unix socket in its
 * folder leads there.
 */
export function bmpOf(bgpd: Bgpd): {
  readonly host: string;
  readonly path: string;
  readonly options: Required<FrrEngineOptions>['bmp'];
} {
  const path = join(bgpd.folder, 'bmp.sock');
  return {
    host: bgpd.address,
    path,
    options: { listener: { address: bgpd.address, port: bmpPort }, dial: () => connect(path) },
  };
}

export async function startLab(): Promise<Lab> {
  const scratch = createScratch();
  const { folder } = scratch;
  // bgpd need not be root's.
  chmodSync(folder, 0o755);
  const namespaces: NetworkNamespace[] = [];
  const byNumber = new Map<number, NetworkNamespace>();
  const beside: ChildProcess[] = [];
  const bgpds: Bgpd[] = [];
  const hub = await startNamespace();
  namespaces.push(hub);
  hub.ip([
    'link set lo up',
    // With a MAC of its own: else it takes its lowest port's, changes it with each port, and who has it in ARP sends to nobody.
    'link add br0 address 02:00:00:00:00:01 type bridge',
    'link set br0 up',
    'address add 10.99.255.254/16 dev br0',
    'address add 2001:db8:99::ffff/64 dev br0 nodad',
    'route add local 192.168.0.0/16 dev lo',
    '-6 route add local 2001:db8:100::/40 dev lo',
  ]);
  // Clients send with the TTL that TTL security wants of the next hop (RFC 5082), and use IPv6 addresses of a whole range.
  const sysctls = ['net.ipv4.ip_default_ttl=255', 'net.ipv6.conf.all.hop_limit=255', 'net.ipv6.ip_nonlocal_bind=1'];
  hub.run(['sysctl', '-qw', ...sysctls]);
  const speakers = hub.start([process.execPath, join(import.meta.dirname, 'speaker-process.ts')], { hasChannel: true });
  const ask = asker(speakers);
  const statusOf = async (client: string) => {
    const status = (await ask({ kind: 'status', addresses: [client] }))[client];
    if (!status) throw new Error(`there is no client ${client}`);
    return status;
  };

  return {
    startBgpd: async (number, text, within = []) => {
      const address = `10.99.0.${String(number)}`;
      const namespace = await startNamespace();
      namespaces.push(namespace);
      byNumber.set(number, namespace);
      hub.ip([
        `link add v${String(number)} type veth peer name eth0 netns ${String(namespace.pid)}`,
        `link set v${String(number)} master br0 up`,
      ]);
      namespace.ip([
        'link set lo up',
        'link set eth0 up',
        `address add ${address}/16 dev eth0`,
        `address add 2001:db8:99::${String(number)}/64 dev eth0 nodad`,
        'route add 192.168.0.0/16 via 10.99.255.254',
        '-6 route add 2001:db8:100::/40 via 2001:db8:99::ffff',
      ]);
      const bgpd = prepareBgpd(join(folder, `rs${String(number)}`), address, {
        ...namespace,
        start: (command) => namespace.start([...within, ...command]),
      });
      bgpds.push(bgpd);
      writeFileSync(bgpd.configFile, text);
      const { host, path } = bmpOf(bgpd);
      await ask({ kind: 'relay', path, host, port: bmpPort });
      await bgpd.start();
      return bgpd;
    },
    startBeside: (number, command) => {
      const child = byNumber.get(number)?.start(command);
      if (!child) throw new Error(`there is no bgpd number ${String(number)}`);
      beside.push(child);
      return child;
    },
    startAtClients: (command) => {
      const child = hub.start(command, { hasChannel: true });
      beside.push(child);
      return child;
    },
    startClients: async (clients) => {
      await ask({ kind: 'start', speakers: clients });
    },
    ask,
    statusOf,
    up: async (client) => {
      await waitFor(
        `${client} is up`,
        () => statusOf(client),
        ({ isEstablished }) => isEstablished,
      );
    },
    stop: async () => {
      for (const child of [...beside, speakers]) await endChild(child);
      for (const bgpd of bgpds) await bgpd.kill();
      for (const namespace of namespaces) await namespace.end();
      scratch.remove();
    },
  };
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
