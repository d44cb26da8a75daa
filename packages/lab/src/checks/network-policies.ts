import { join } from 'node:path';
import { labels, ports, roles } from '@meshrs/contract';
import { routeServersOf, type RouteServer } from '@meshrs/topology';
import { z } from 'zod';
import { podCgroups, processesOf } from '../host/cgroups.ts';
import { tryRun } from '../host/run.ts';
import { waitFor } from '../host/wait.ts';
import { apply, kubectl } from '../kubernetes/kubectl.ts';
import { listPods, type ListedPod } from '../kubernetes/pods.ts';
import { probeTcp, type ProbeSource } from '../lab/tcp-probe.ts';
import { clusterOf, listRouteServerPods, type OpenCluster } from '../open-lab/open-cluster.ts';
import { pauseImage } from '../plan/image-names.ts';
import { assertNone, CheckFailure, type CheckContext, type LabCheck } from './check.ts';

const outsiders = 'meshrs-lab-outsiders';

/**
 * Somebody listens at every address and port that is tried here, so that who is refused is refused by a policy. The whole
 * table, with gates, monitoring and DNS, is a test of its own: packages/cli/test/network-policies.
 */
export const networkPolicies: LabCheck = {
  name: 'network-policies',
  title:
    'NetworkPolicies are enforced: who has business with a route server reaches it, and nobody else; meshrs status works',
  deadlineSeconds: 180,
  run: async (context) => {
    const facts: string[] = [];
    if (context.topology.routeServers.exposure === 'hostNetwork') {
      return { facts, notProven: ['NetworkPolicies: route servers on the network of their nodes have none'] };
    }
    for (const routeServer of routeServersOf(context.topology)) {
      const cluster = clusterOf(context, routeServer.side);
      try {
        const outsider = await startOutsider(context, cluster, routeServer);
        facts.push(await tryEverybody(context, cluster, routeServer, outsider));
      } finally {
        // The next one's must not be refused because this one is still going.
        const remove = ['delete', 'namespace', outsiders, '--ignore-not-found', '--timeout=60s'];
        await kubectl(cluster, context.tools, remove);
      }
    }
    facts.push(await statusReadsAgents(context));
    return { facts };
  },
};

/** kube-router answers what it refuses. */
const refusal = 'ECONNREFUSED';

interface Attempt {
  readonly who: string;
  readonly from: ProbeSource;
  readonly to: string;
  readonly port: number;
  readonly may: boolean;
}

async function tryEverybody(
  context: CheckContext,
  cluster: OpenCluster,
  routeServer: RouteServer,
  outsider: ProbeSource,
): Promise<string> {
  const attempts = await attemptsOn(context, cluster, routeServer, outsider);
  const results = await Promise.all(
    attempts.map(async (attempt) => {
      const result = await probeTcp(context.lab, attempt.from, { address: attempt.to, port: attempt.port });
      return { ...attempt, result };
    }),
  );
  const wrong = results
    // What is lost on its way, or finds no route, nobody has refused.
    .filter(({ may, result }) => result !== (may ? 'connected' : refusal))
    .map(
      ({ who, to, port, may, result }) =>
        `${who} ${may ? 'does not reach' : 'reaches'} ${routeServer.name} at ${to}:${String(port)}: ${result}`,
    );
  assertNone(wrong, 'connections are not as the NetworkPolicies say');
  const refused = results.filter(({ may }) => !may).length;
  return `${routeServer.name}: ${String(results.length - refused)} connections opened, ${String(refused)} refused`;
}

async function attemptsOn(
  { plan, topology, ...context }: CheckContext,
  cluster: OpenCluster,
  { name, side }: RouteServer,
  outsider: ProbeSource,
): Promise<readonly Attempt[]> {
  const names = new Set(routeServersOf(topology).map((routeServer) => routeServer.name));
  const pods = (await listRouteServerPods({ ...context, topology })).filter((pod) => names.has(pod.name));
  const own = pods.find((pod) => pod.name === name);
  const address = own?.address;
  const node = cluster.plan.nodes.find((one) => one.name === own?.node);
  if (own === undefined || address === undefined || !node) throw new CheckFailure(`The pod ${name} is on no node.`);
  const attempt = (who: string, from: ProbeSource, port: number, may: boolean, to: string = address): Attempt => ({
    ...{ who, from, to, port, may },
  });
  const everyPort = [ports.bgp, ports.agent, ports.probes];
  const nodeSource = { namespace: node.namespace, address: node.managementAddress };
  const otherNodes = cluster.plan.nodes
    .filter((one) => one.name !== node.name)
    .map((one) => [`node ${one.name}`, { namespace: one.namespace, address: one.managementAddress }] as const);
  const control = { namespace: cluster.plan.namespace, address: cluster.plan.apiAddress };
  const beyond = { namespace: plan.core.namespace, address: plan.core.routerId };
  const vips = topology.sides[side]?.vips ?? [];
  const others = pods.filter((pod) => pod.name !== name && pod.address !== undefined);
  return [
    ...everyPort.map((port) => attempt('its own node', nodeSource, port, true)),
    ...others.flatMap((other) =>
      [ports.bgp, ports.agent].map((port) =>
        attempt(`route server ${other.name}`, inPod(context.lab, other), port, true),
      ),
    ),
    ...otherNodes.flatMap(([who, from]) => everyPort.map((port) => attempt(who, from, port, false))),
    ...everyPort.map((port) => attempt('the API server', control, port, false)),
    ...everyPort.map((port) => attempt('a pod of the same node with forged labels', outsider, port, false)),
    ...vips.map((vip) => attempt('a pod of the same node with forged labels', outsider, ports.bgp, false, vip)),
    ...vips.map((vip) => attempt('an address of no client group', beyond, ports.bgp, false, vip)),
    // What a route server must reach, and the outsider too: their ways are open.
    ...[inPod(context.lab, own), outsider].flatMap((from) => [
      { who: 'a pod', from, to: cluster.plan.dnsService, port: 53, may: true },
      { who: 'a pod', from, to: cluster.plan.apiService, port: 443, may: true },
    ]),
    // Who is refused above gets elsewhere by the same address.
    ...[...otherNodes.map(([, from]) => from), control].map((from) => ({
      ...{ who: 'who is refused', from, to: cluster.plan.apiAddress, port: 6443, may: true },
    })),
  ];
}

/** A pod of another namespace beside the route server, which says of itself that it is one, and a gate. */
async function startOutsider(
  context: CheckContext,
  cluster: OpenCluster,
  { name, side }: RouteServer,
): Promise<ProbeSource> {
  const node = (await listRouteServerPods(context)).find((pod) => pod.name === name)?.node;
  if (node === undefined) throw new CheckFailure(`The pod ${name} is on no node.`);
  const { app } = context.topology.routeServers;
  const metadata = {
    ...{ name: 'outsider', namespace: outsiders },
    labels: { [labels.app]: app, [labels.side]: side, [labels.role]: roles.gate },
  };
  await apply(cluster, context.tools, [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: outsiders } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: outsiders } },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata,
      spec: {
        nodeName: node,
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: 0,
        containers: [{ name: 'pause', image: pauseImage, imagePullPolicy: 'Never' }],
      },
    },
  ]);
  const pod = await waitFor(
    'the outsider runs',
    async () => (await listPods(cluster.api, outsiders)).find(({ isReady }) => isReady),
    {
      ...{ deadlineMs: 60_000, intervalMs: 200, signal: context.signal },
      next: `look at it: kubectl -n ${outsiders} describe pod outsider`,
    },
  );
  return inPod(context.lab, pod);
}

/** From inside a pod, by any of its processes. */
function inPod(lab: CheckContext['lab'], { name, node, uid, address }: ListedPod): ProbeSource {
  const [process] =
    node === undefined ? [] : podCgroups(lab.cgroup, node, uid).flatMap((one) => processesOf(lab.hierarchies, one));
  if (!process || address === undefined) throw new CheckFailure(`The pod ${name} has no process.`);
  return { pid: process.pid, address };
}

const statusSchema = z.object({
  sides: z.array(
    z.object({
      name: z.string(),
      pods: z.array(z.object({ name: z.string(), agent: z.unknown().optional(), problem: z.string().optional() })),
    }),
  ),
});

/** By a port-forward: the API server itself was refused above. */
async function statusReadsAgents({ lab, topologyFile, clusters, topology, signal }: CheckContext): Promise<string> {
  const { repository } = lab.paths;
  const read: string[] = [];
  for (const { plan, paths } of clusters) {
    const { stdout, stderr } = await tryRun(
      [
        ...([join(repository, 'scripts/meshrs'), 'status', topologyFile] as const),
        ...[`--cluster=${plan.name}`, `--kubeconfig=${paths.kubeconfig}`, '--json'],
      ],
      { cwd: repository, signal },
    );
    if (stdout === '') throw new CheckFailure(`meshrs status says: ${stderr}`);
    const pods = statusSchema.parse(JSON.parse(stdout)).sides.flatMap((side) => side.pods);
    const unread = pods.filter(({ agent }) => agent === undefined || agent === null);
    assertNone(
      unread.map(({ name, problem = 'it says not why' }) => `${name}: ${problem}`),
      'agents are not read by meshrs status',
    );
    read.push(...pods.map(({ name }) => name));
  }
  const missing = routeServersOf(topology).filter(({ name }) => !read.includes(name));
  assertNone(
    missing.map(({ name }) => name),
    'route servers are not told of by meshrs status',
  );
  return `meshrs status reads ${read.join(', ')}`;
}
