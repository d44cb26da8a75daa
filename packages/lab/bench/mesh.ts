import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bgpdCommand } from '@meshrs/contract';
import { emptySpeakerConfig, renderSpeaker, standardRouter, standardSession } from '@meshrs/router-config/frr/speaker';
import { routeServersOf, type RouteServer } from '@meshrs/topology';
import { z } from 'zod';
import { LabFailure } from '../src/host/failure.ts';
import { askVtyJson } from '../src/frr/vty.ts';
import { podCgroups, processesOf } from '../src/host/cgroups.ts';
import { killDaemon, startDaemon, type DaemonRecord } from '../src/lab/daemons.ts';
import { commandOf, type ProcessId } from '../src/host/proc.ts';
import { kubectl } from '../src/kubernetes/kubectl.ts';
import type { ListedPod } from '../src/kubernetes/pods.ts';
import { clusterOf, listRouteServerPods } from '../src/open-lab/open-cluster.ts';
import { nodesOf } from '../src/plan/lab-plan.ts';
import type { OpenLab } from '../src/open-lab/open-lab.ts';

/** Seconds from the start of an engine, and from the moment its pod was Ready, until its mesh was full. */
export interface MeshTimes {
  readonly sinceStart: number;
  readonly sinceReady: number;
}

const summary = z.object({ peers: z.record(z.string(), z.object({ state: z.string() })).default({}) });

/**
 * Ends a route server's pod as a crash would and times the next one; the mesh is full when the other one says so, too.
 */
export async function timeNewPod(lab: OpenLab, { name: routeServer, side }: RouteServer): Promise<MeshTimes> {
  const { namespace } = lab.topology.routeServers;
  const others = routeServersOf(lab.topology).length - 1;
  const find = async (): Promise<ListedPod | undefined> =>
    (await listRouteServerPods(lab)).find(({ name }) => name === routeServer);
  const old = await find();
  await kubectl(clusterOf(lab, side), lab.tools, [
    ...['--namespace', namespace, 'delete', 'pod', routeServer],
    ...['--wait=false', '--grace-period=0', '--force'],
  ]);
  const engine = await until(async () => {
    const pod = await find();
    return pod?.node === undefined || pod.uid === old?.uid ? undefined : engineOf(lab, pod.node, pod.uid);
  });
  const readyAt = until(async () => ((await find())?.isReady === true ? Date.now() : undefined));
  const socket = `/proc/${String(engine.pid)}/root/run/frr/bgpd.vty`;
  const fullAt = until(async () => ((await established(socket)) >= others ? Date.now() : undefined));
  const [ready, full] = await Promise.all([readyAt, fullAt]);
  return { sinceStart: (full - startOf(engine)) / 1000, sinceReady: (full - ready) / 1000 };
}

/** Two bgpd in the namespaces of two nodes, with a configuration as a person would write it. */
export interface HandMade {
  /** Ends one of the two as a crash would and times the next one, in seconds from its start. */
  restart(): Promise<number>;
  end(): Promise<void>;
}

export async function startHandMade({ lab, plan, topology }: OpenLab): Promise<HandMade> {
  const nodes = nodesOf(plan).slice(0, 2);
  const { asn, mesh } = topology.routeServers;
  const folderOf = (index: number): string => join(lab.paths.run, `hand-made-${String(index)}`);
  const start = (index: number): DaemonRecord => {
    const [own, peer] = index === 0 ? [nodes[0], nodes[1]] : [nodes[1], nodes[0]];
    if (!own || !peer) throw new RangeError('That takes two nodes.');
    const folder = folderOf(index);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const file = join(folder, 'bgpd.conf');
    writeFileSync(
      file,
      renderSpeaker({
        ...emptySpeakerConfig,
        profile: 'datacenter',
        router: {
          ...standardRouter(asn, 'datacenter'),
          routerId: own.managementAddress,
          hasDefaultIpv4Unicast: false,
          neighbors: [
            {
              ...standardSession('l2vpn evpn'),
              address: peer.managementAddress,
              remoteAs: asn,
              timers: mesh.timers,
            },
          ],
        },
      }),
    );
    return startDaemon(lab, {
      name: `hand-made-${String(index)}`,
      namespace: own.namespace,
      argv: [
        ...[join(lab.paths.repository, 'scripts/frr'), 'exec', 'bgpd', '--skip_runas', '--no_zebra'],
        ...['--listenon', own.managementAddress, '--vty_port', '0', '--vty_socket', folder],
        ...['--pid_file', join(folder, 'bgpd.pid'), '--config_file', file, '--log', 'stdout'],
      ],
    });
  };
  const isUp = (index: number): Promise<number> =>
    until(async () => ((await established(join(folderOf(index), 'bgpd.vty'))) >= 1 ? Date.now() : undefined));
  const daemons = [start(0), start(1)];
  await Promise.all([isUp(0), isUp(1)]);
  return {
    restart: async () => {
      const [, second] = daemons;
      if (second) await killDaemon(lab, second);
      daemons[1] = start(1);
      const full = await isUp(1);
      return (full - startOf(daemons[1])) / 1000;
    },
    end: async () => {
      for (const daemon of daemons) await killDaemon(lab, daemon);
    },
  };
}

/** How many neighbors a bgpd has a session with; none while it cannot be asked. */
async function established(socket: string): Promise<number> {
  try {
    const { peers } = summary.parse(await askVtyJson(socket, 'show bgp l2vpn evpn summary established json'));
    return Object.values(peers).filter(({ state }) => state === 'Established').length;
  } catch (error) {
    if (error instanceof LabFailure) return 0;
    throw error;
  }
}

function engineOf({ lab }: OpenLab, node: string, uid: string): ProcessId | undefined {
  const [program = ''] = bgpdCommand;
  return podCgroups(lab.cgroup, node, uid)
    .flatMap((cgroup) => processesOf(lab.hierarchies, cgroup))
    .find(({ pid }) => commandOf(pid).startsWith(program));
}

/** Milliseconds since 1970, to the hundredth of a second: the kernel counts a process' start from boot (proc(5)). */
function startOf({ startTicks }: ProcessId): number {
  const [uptime = ''] = readFileSync('/proc/uptime', 'utf8').split(' ');
  return Date.now() - Number(uptime) * 1000 + startTicks * 10;
}

/** Looks every ten milliseconds. */
async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  const end = performance.now() + 120_000;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (performance.now() > end) throw new Error('Two minutes were not enough: look at the lab "bench".');
    await sleep(10);
  }
}
