import { setTimeout as sleep } from 'node:timers/promises';
import { routeServersOf, type RouteServer } from '@meshrs/topology';
import { readSessions } from '../clients/sessions.ts';
import { messageOf } from '../host/failure.ts';
import { inNamespace } from '../host/namespaces.ts';
import { run } from '../host/run.ts';
import { waitUntil } from '../host/wait.ts';
import { kubectl } from '../kubernetes/kubectl.ts';
import { clusterOf, listRouteServerPods } from '../open-lab/open-cluster.ts';
import { assertNone, CheckFailure, type LabCheck, type CheckContext } from './check.ts';
import { beginDisturbance, gather, hasSeveral, now, settle, touches } from './disturbance.ts';

/** Longer than a new pod takes to start and to have its mesh, shorter than its agent waits for clients. */
const awaySeconds = 45;

/** As `kubectl drain` does it, node after node, when it looks at nothing but the PodDisruptionBudget. */
export const evictedInARow: LabCheck = {
  name: 'evicted-in-a-row',
  title: 'of two route servers that are evicted in a row, the second goes only when every client of the first is back',
  deadlineSeconds: 420,
  run: async (context) => {
    const { plan, topology } = context;
    const [first, second] = oneOfEachSide(context);
    if (!first || !second) {
      return { facts: [], notProven: ['of several behind one VIP, readiness decides who gets clients'] };
    }
    const late = plan.clients.at(-1);
    if (!late) throw new CheckFailure('The topology has no client.');
    const vips = topology.sides[first.side]?.vips ?? [];
    const before = await beginDisturbance(context);
    const oldPod = await podOf(context, first);
    const oldSecond = await podOf(context, second);
    // A check before this one may have kept clients away from a side, which is Ready some seconds after they are back.
    await waitUntil(`${first.name} may be evicted`, () => evict(context, first), {
      deadlineMs: 60_000,
      intervalMs: 250,
      signal: context.signal,
      next: `look at who is not Ready, and why: /status of ${second.name}, readiness.reasons`,
    });
    const firstAtMs = now();
    const refusals = { away: 0, back: 0 };
    await waitUntil(
      `${late.name} has lost side ${first.side}`,
      async () => !(await hasSession(context, late.name, vips)),
      { deadlineMs: 60_000, signal: context.signal, next: 'read what the agent says of its drain: /status, drain' },
    );
    await cutOff(context, late.namespace, vips);
    try {
      while (now() < firstAtMs + awaySeconds * 1000) {
        if (await evict(context, second))
          throw new CheckFailure(`${second.name} was let go while ${late.name} was cut off from side ${first.side}.`);
        refusals.away += 1;
        await sleep(250, undefined, { signal: context.signal });
      }
    } finally {
      await restore(context, late.namespace);
    }
    const mendedAtMs = now();
    await waitUntil(
      `${second.name} may be evicted`,
      async () => {
        const isAccepted = await evict(context, second);
        if (!isAccepted) refusals.back += 1;
        return isAccepted;
      },
      {
        deadlineMs: 150_000,
        intervalMs: 250,
        signal: context.signal,
        next: `look at what ${first.name} waits for: its /status, readiness.reasons`,
      },
    );
    const acceptedAtMs = now();
    const evidence = await gather(context, before.fromMs);
    const newPod = await podOf(context, first);
    const otherVips = Object.entries(topology.sides).flatMap(([side, definition]) =>
      side === first.side ? [] : definition.vips,
    );
    assertNone(
      [
        ...touches(before, evidence, otherVips),
        ...evidence.sessions
          .filter(({ vip, isEstablished }) => vips.includes(vip) && !isEstablished)
          .map(({ client, vip, state }) => `${client} with ${vip}: ${state} when ${second.name} was let go`),
        ...(newPod === oldPod ? [`${first.name} is the pod of before: nothing was evicted`] : []),
      ],
      'things went wrong',
    );
    await anotherPod(context, second, oldSecond);
    await settle(context);
    const seconds = (atMs: number): string => `${((atMs - firstAtMs) / 1000).toFixed(1)} s`;
    return {
      facts: [
        `${late.name} was kept away from side ${first.side} until ${seconds(mendedAtMs)} after the eviction of ${first.name}`,
        `the eviction of ${second.name} was refused ${String(refusals.away)} times until then and ${String(refusals.back)} times more, and accepted after ${seconds(acceptedAtMs)}, with every session of side ${first.side} up`,
      ],
    };
  },
};

/** The first route server of two sides; none where a side has several, which do not wait for clients. */
function oneOfEachSide({ topology }: CheckContext): readonly RouteServer[] {
  if (Object.values(topology.sides).some(hasSeveral)) return [];
  return routeServersOf(topology);
}

/** Until then its sessions are up, and whoever disturbs it next would meet a pod that is on its way out. */
async function anotherPod(context: CheckContext, { name }: RouteServer, old: string): Promise<void> {
  await waitUntil(
    `${name} has another pod`,
    async () => (await listRouteServerPods(context)).some((each) => each.name === name && each.uid !== old),
    { deadlineMs: 150_000, signal: context.signal, next: 'read what the agent says of its drain: /status, drain' },
  );
}

async function podOf(context: CheckContext, { name }: RouteServer): Promise<string> {
  const pod = (await listRouteServerPods(context)).find((each) => each.name === name);
  if (!pod) throw new CheckFailure(`There is no pod ${name}.`);
  return pod.uid;
}

/** Asks for an eviction (Kubernetes documentation, "API-initiated Eviction"); false when the budget refuses it. */
async function evict(context: CheckContext, { name, side }: RouteServer): Promise<boolean> {
  const { tools, topology, signal } = context;
  const { namespace } = topology.routeServers;
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } };
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/eviction`;
  try {
    await kubectl(clusterOf(context, side), tools, ['create', '--raw', path, '-f', '-'], {
      input: JSON.stringify(eviction),
      signal,
    });
    return true;
  } catch (error) {
    signal.throwIfAborted();
    if (messageOf(error).includes("would violate the pod's disruption budget")) return false;
    throw error;
  }
}

async function hasSession(
  { lab, plan, topology, connectTo }: CheckContext,
  client: string,
  vips: readonly string[],
): Promise<boolean> {
  const sessions = await readSessions(lab, plan, topology, connectTo);
  return sessions.some((one) => one.client === client && vips.includes(one.vip) && one.isEstablished);
}

/** Drops what a client sends to some addresses. */
async function cutOff({ tools }: CheckContext, namespace: string, vips: readonly string[]): Promise<void> {
  const rules = vips.map(
    (vip) => `add rule inet meshrs_lab_late output ${vip.includes(':') ? 'ip6' : 'ip'} daddr ${vip} drop`,
  );
  const input = `add table inet meshrs_lab_late
add chain inet meshrs_lab_late output { type filter hook output priority 0; }
${rules.join('\n')}
`;
  await run(inNamespace(namespace, [tools.nft, '-f', '-']), { input });
}

async function restore({ tools }: CheckContext, namespace: string): Promise<void> {
  await run(inNamespace(namespace, [tools.nft, 'delete', 'table', 'inet', 'meshrs_lab_late']));
}
