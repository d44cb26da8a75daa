import { routeServersOf, type RouteServer, type Topology } from '@meshrs/topology';
import { bgpdCommand } from '@meshrs/contract';
import { podCgroups, processesOf } from '../host/cgroups.ts';
import { commandOf, signal as sendSignal } from '../host/proc.ts';
import { waitUntil } from '../host/wait.ts';
import { listRouteServerPods } from '../open-lab/open-cluster.ts';
import { assertNone, CheckFailure, type LabCheck, type CheckContext, type CheckOutcome } from './check.ts';
import { beginDisturbance, endDisturbance, touches, type Disturbance, type Evidence } from './disturbance.ts';
import { replacePod } from './graceful-delete.ts';

export const podKilled: LabCheck = {
  name: 'pod-killed',
  title: 'a pod that is killed without warning comes back with its VIP; the other sides feel nothing',
  deadlineSeconds: 420,
  run: (context) => disturbOneSide(context, lastRouteServer(context), (routeServer) => killPod(context, routeServer)),
};

export const engineKilled: LabCheck = {
  name: 'engine-killed',
  title: 'an engine that dies is started again in its pod; the other sides feel nothing',
  deadlineSeconds: 420,
  run: (context) =>
    disturbOneSide(context, lastRouteServer(context), (routeServer) => killEngine(context, routeServer)),
};

/** The graceful check takes the first one. */
function lastRouteServer({ topology }: CheckContext): RouteServer {
  const routeServer = routeServersOf(topology).at(-1);
  if (!routeServer) throw new CheckFailure('The topology has no route server.');
  return routeServer;
}

async function disturbOneSide(
  context: CheckContext,
  routeServer: RouteServer,
  disturb: (routeServer: RouteServer) => Promise<void>,
): Promise<CheckOutcome> {
  const { topology } = context;
  const before = await beginDisturbance(context);
  await disturb(routeServer);
  const evidence = await endDisturbance(context, before);
  const others = touches(
    before,
    evidence,
    vipsOf(topology, (side) => side !== routeServer.side),
  );
  assertNone(others, 'things were felt on other sides');
  const own = vipsOf(topology, (side) => side === routeServer.side);
  if (touches(before, evidence, own).length === 0) {
    throw new CheckFailure(
      `Nothing was felt on side ${routeServer.side}: ${routeServer.name} was not disturbed at all.`,
    );
  }
  return { facts: describeOutage(before, evidence, own) };
}

/** What a pod that is killed without warning costs its own side. */
export interface Outage {
  /** From the kill until the core has no way to a VIP of the side; undefined when it always has one. */
  readonly withdrawnAfterMs: number | undefined;
  /** How long each client that lost its session was without. */
  readonly outagesMs: readonly number[];
}

export async function timeKilledPod(context: CheckContext, routeServer: RouteServer): Promise<Outage> {
  const before = await beginDisturbance(context);
  await killPod(context, routeServer);
  const evidence = await endDisturbance(context, before);
  const vips = vipsOf(context.topology, (side) => side === routeServer.side);
  const withdrawal = evidence.routes.find(({ kind, prefix }) => kind === 'deleted' && vips.includes(prefix));
  return {
    withdrawnAfterMs: withdrawal && withdrawal.atMs - before.fromMs,
    outagesMs: outagesOf(before, evidence, vips).map(({ lasted }) => lasted),
  };
}

function killPod(context: CheckContext, routeServer: RouteServer): Promise<void> {
  return replacePod(context, routeServer, ['--grace-period=0', '--force']);
}

function vipsOf({ sides }: Topology, isWanted: (side: string) => boolean): string[] {
  return Object.entries(sides).flatMap(([side, { vips }]) => (isWanted(side) ? vips : []));
}

/** Ends the routing daemon of a pod as a crash would. */
async function killEngine(context: CheckContext, { name }: RouteServer): Promise<void> {
  const { lab, topology, signal } = context;
  const { namespace } = topology.routeServers;
  const find = async () => (await listRouteServerPods(context)).find((pod) => pod.name === name);
  const pod = await find();
  if (pod?.node === undefined) throw new CheckFailure(`The pod ${name} is on no node.`);
  const [program = ''] = bgpdCommand;
  // MetalLB's own bgpd runs on the node, too.
  const engines = podCgroups(lab.cgroup, pod.node, pod.uid)
    .flatMap((cgroup) => processesOf(lab.hierarchies, cgroup))
    .filter(({ pid }) => commandOf(pid).startsWith(program));
  const [engine] = engines;
  if (!engine || engines.length > 1) {
    throw new CheckFailure(`There are ${String(engines.length)} processes ${program} in the pod ${name}, not one.`);
  }
  sendSignal(engine, 'SIGKILL');
  await waitUntil(
    `the engine of ${name} has been started again`,
    async () => ((await find())?.restarts ?? 0) > pod.restarts,
    { deadlineMs: 60_000, intervalMs: 200, signal, next: `look at it: kubectl -n ${namespace} describe pod ${name}` },
  );
}

/** When each client lost its session with a VIP of the side, after the beginning, and for how long; in milliseconds. */
function outagesOf(
  { fromMs }: Disturbance,
  { observations }: Evidence,
  vips: readonly string[],
): { readonly downAfter: number; readonly lasted: number }[] {
  const own = observations.filter((one) => one.kind === 'state' && vips.includes(one.neighbor));
  return [...Map.groupBy(own, ({ client, neighbor }) => `${client} ${neighbor}`).values()].flatMap((states) => {
    const down = states.find((one) => one.kind === 'state' && !one.isEstablished);
    const up = states.findLast((one) => one.kind === 'state' && one.isEstablished);
    return down && up ? [{ downAfter: down.atMs - fromMs, lasted: up.atMs - down.atMs }] : [];
  });
}

/** How long clients were without the side, and the core without a way to its VIPs. */
function describeOutage(before: Disturbance, evidence: Evidence, vips: readonly string[]): string[] {
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
  const range = (values: readonly number[]): string =>
    `${seconds(Math.min(...values))} to ${seconds(Math.max(...values))}`;
  const outages = outagesOf(before, evidence, vips);
  const way = evidence.routes.filter(({ prefix }) => vips.includes(prefix));
  return [
    outages.length === 0
      ? 'no client lost a session'
      : `sessions down after ${range(outages.map((one) => one.downAfter))}, for ${range(outages.map((one) => one.lasted))}`,
    `the core's way to ${vips.join(', ')}: ${way.map(({ kind, atMs }) => `${kind} after ${seconds(atMs - before.fromMs)}`).join(', ') || 'never changed'}`,
  ];
}
