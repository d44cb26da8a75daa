import { familyOf } from '@meshrs/network';
import { groupOf, type Topology } from '@meshrs/topology';
import type { GobgpClient } from '../gobgp/client.ts';
import { startGobgp } from '../gobgp/start-gobgp.ts';
import { stopDaemon } from '../lab/daemons.ts';
import { makeNamespaces } from '../host/make-namespaces.ts';
import { deleteNamespace, ipBatch } from '../host/namespaces.ts';
import type { Lab } from '../lab/lab.ts';
import { rangesBehindCore } from '../plan/fabric-plan.ts';
import type { LabPlan } from '../plan/lab-plan.ts';
import type { UndeclaredClientPlan } from '../plan/undeclared-clients.ts';
import type { Tools } from '../lab/tools.ts';
import { sessionsFrom } from './client-session.ts';

/** An undeclared client that dials, and what it has seen of each VIP so far. */
export interface UndeclaredClient {
  readonly plan: UndeclaredClientPlan;
  readonly gobgp: GobgpClient;
  /** Routes that it was ever told, by VIP. */
  readonly routes: ReadonlyMap<string, ReadonlySet<string>>;
  /** How often a session came up, by VIP. */
  readonly established: ReadonlyMap<string, number>;
  end(): Promise<void>;
}

/** Attaches an undeclared client to the core and lets it dial every VIP. */
export async function startUndeclaredClient(
  { lab, tools, plan, topology }: { lab: Lab; tools: Tools; plan: LabPlan; topology: Topology },
  client: UndeclaredClientPlan,
  connectTo: (socket: string) => GobgpClient,
): Promise<UndeclaredClient> {
  const { namespace, uplink, source, asn, name } = client;
  await makeNamespaces([namespace]);
  await ipBatch([
    `link add core netns ${namespace} type veth peer name ${uplink.corePort} netns ${plan.core.namespace}`,
  ]);
  const vips = Object.values(topology.sides)
    .flatMap((side) => side.vips)
    .filter((vip) => familyOf(vip) === 'ipv4');
  await ipBatch(
    [
      `address add ${uplink.address}/31 dev core`,
      'link set core up',
      ...(source === uplink.address ? [] : [`address add ${source}/32 dev lo`]),
      ...[...rangesBehindCore(topology, plan.rangesBehindCore), ...vips].map(
        (range) => `route replace ${range} via ${uplink.coreAddress}`,
      ),
    ],
    namespace,
  );
  await ipBatch(
    [
      `address add ${uplink.coreAddress}/31 dev ${uplink.corePort}`,
      `link set ${uplink.corePort} up`,
      ...(source === uplink.address ? [] : [`route add ${source} via ${uplink.address}`]),
    ],
    plan.core.namespace,
  );
  const group =
    Object.keys(topology.clients).map((client) => groupOf(topology, client))[0] ??
    Object.values(topology.clientGroups)[0];
  if (!group) throw new RangeError('The topology has no client group.');
  const { socket, daemon } = await startGobgp(lab, tools, `undeclared-${name}`, namespace, {
    asn,
    routerId: uplink.address,
    neighbors: sessionsFrom(source, topology).map((session) => ({
      address: session.vip,
      asn: topology.routeServers.asn,
      localAddress: source,
      multihopTtl: group.multihopTtl,
      ...group.timers,
      connectRetrySeconds: 2,
    })),
  });
  const gobgp = connectTo(socket);
  const routes = new Map<string, Set<string>>();
  const established = new Map<string, number>();
  const watch = gobgp.watch({
    onPeer: ({ conf, state }) => {
      if (state?.sessionState !== 'SESSION_STATE_ESTABLISHED' || !conf) return;
      established.set(conf.neighborAddress, (established.get(conf.neighborAddress) ?? 0) + 1);
    },
    onPaths: (paths) => {
      for (const path of paths.filter(({ isWithdraw }) => !isWithdraw)) {
        const seen = routes.get(path.neighborIp) ?? new Set();
        routes.set(path.neighborIp, seen.add(JSON.stringify(path.nlri)));
      }
    },
    onEnd: () => {
      // The undeclared client is sent away at the end of the check; what it had seen stays.
    },
  });
  return {
    plan: client,
    gobgp,
    routes,
    established,
    end: async () => {
      watch.close();
      gobgp.close();
      await stopDaemon(lab, daemon, { killAfterMs: 3000 });
      await deleteNamespace(namespace);
    },
  };
}
