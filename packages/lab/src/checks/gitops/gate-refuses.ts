import { serviceNameOf, type Topology } from '@meshrs/topology';
import type { SyncedApplication } from '../../argocd/applications.ts';
import { readSessions } from '../../clients/sessions.ts';
import { pushTopology, readCurrentTopology } from '../../gitops/fleet.ts';
import type { Pushed } from '../../gitops/push.ts';
import { readRollOut } from '../../gitops/roll-out-log.ts';
import { inNamespace } from '../../host/namespaces.ts';
import { run } from '../../host/run.ts';
import { waitUntil } from '../../host/wait.ts';
import { assertNone, CheckFailure } from '../check.ts';
import { settle, touches, type Disturbance } from '../disturbance.ts';
import {
  applicationNames,
  gitopsCheck,
  inSeconds,
  pushed,
  stay,
  waitForApplication,
  waitForCompared,
  waitForSync,
  withShortGates,
  type GitopsContext,
} from './context.ts';
import { beginSync, endOperation } from './operations.ts';
import { evidence } from './roll-out.ts';

export const gitopsGateRefuses = gitopsCheck(
  {
    name: 'gitops-gate-refuses',
    title:
      'a client that is cut off from side a stops the roll-out before side b, by name, also when somebody syncs a StatefulSet by itself; allowMissing lets it go on',
    deadlineSeconds: 1200,
  },
  async (context) => {
    const { lab, topology } = context;
    const { routeServers } = applicationNames(context);
    const [[first, firstSide], ...others] = sidesOf(context);
    const client = context.plan.clients.at(-1);
    if (!client) throw new CheckFailure('The topology has no client.');
    const { gate } = readCurrentTopology(lab).gitops;
    await settle(context);
    const sessions = await readSessions(lab, context.plan, topology, context.connectTo);
    const before = { fromMs: Date.now(), sessions };
    const push = await pushed(
      pushTopology(context.fleet, 'drain a second longer', (one) => withLongerDrain(withShortGates(one))),
    );
    // Not before: of a side that began to run a short time ago, a gate waits for clients that are on their way back.
    await waitForGate(context, push, first);
    await cutOff(context, client.namespace, firstSide.vips);
    try {
      await waitUntil(
        `${client.name} has lost side ${first}`,
        async () =>
          (await readSessions(lab, context.plan, topology, context.connectTo)).every(
            (one) => one.client !== client.name || one.side !== first || !one.isEstablished,
          ),
        {
          deadlineMs: 60_000,
          signal: context.signal,
          next: 'look at its namespace: meshrs lab exec LAB CLIENT nft list ruleset',
        },
      );
      const refused = await waitForApplication(
        context,
        routeServers,
        'says whom the gate misses',
        ({ operation }) =>
          operation?.syncResult?.revision === push.revision &&
          (operation.phase === 'Failed' || operation.retryCount > 0) &&
          reasonOf(operation.syncResult.resources) !== undefined,
        // The roll of the first side waits 150 s for the client, then the gate for its time.
        600,
      );
      const refusedAt = Date.now();
      const reason = reasonOf(refused.operation?.syncResult?.resources ?? []) ?? '';
      const otherVips = others.flatMap(([, { vips }]) => vips);
      assertNone(
        [
          ...touches(before, evidence(context, before, before.fromMs, refusedAt), otherVips),
          ...(reason.includes(client.name) ? [] : [`the gate does not name ${client.name}: ${reason}`]),
        ],
        'things went wrong before the gate',
      );
      const alone = await proveThatNoPartialSyncPasses(context, before);
      const letting = await pushed(
        pushTopology(context.fleet, `let ${client.name} through`, (one) => withAllowedMissing(one, [client.name])),
      );
      await waitForSync(context, routeServers, letting);
      const words = readRollOut(lab, letting.committedAtMs).flatMap((one) =>
        one.kind === 'pod' && one.name.endsWith('-gate') && one.phase === 'Succeeded' && one.lastWords !== ''
          ? [one.lastWords]
          : [],
      );
      return {
        facts: [
          `refused after ${inSeconds(refusedAt - push.committedAtMs)}: ${reason}`,
          alone,
          `with allowMissing whole after ${inSeconds(Date.now() - letting.committedAtMs)}${words.length === 0 ? '' : `: ${words.at(-1) ?? ''}`}`,
        ],
      };
    } finally {
      await run(inNamespace(client.namespace, [context.tools.nft, 'delete', 'table', 'ip', 'meshrs_lab_cut']));
      await settle(context);
      const back = await pushTopology(context.fleet, 'gates as before', (one) => ({
        ...one,
        gitops: { ...one.gitops, gate },
      }));
      // Gates are hooks, which Argo CD does not compare: a commit that changes nothing else starts no sync.
      if (back) await waitForCompared(context, routeServers, back);
    }
  },
);

/** How long Argo CD could go on by itself: after a partial sync it once took the other side within four seconds. */
const staySeconds = 30;

/**
 * While the gate before the second side refuses: first Argo CD alone, which tries again and again; then a person who ends
 * that and syncs the first side's StatefulSet by itself. No gate runs in such a sync.
 */
async function proveThatNoPartialSyncPasses(context: GitopsContext, before: Disturbance): Promise<string> {
  const { lab, topology } = context;
  const { routeServers } = applicationNames(context);
  const [[, firstSide], ...others] = sidesOf(context);
  const fromMs = Date.now();
  await stay(context, staySeconds);
  await endOperation(context, routeServers);
  const hasEnded = ({ operation }: SyncedApplication): boolean => operation?.finishedAt !== undefined;
  await waitForApplication(context, routeServers, 'has ended what it did', hasEnded, 600);
  const [name = ''] = Object.keys(firstSide.statefulSets);
  const { namespace } = topology.routeServers;
  await beginSync(context, routeServers, [{ group: 'apps', kind: 'StatefulSet', namespace, name }]);
  const ended = await waitForApplication(
    context,
    routeServers,
    `has synced ${name} alone`,
    (one) => hasEnded(one) && one.operation?.operation.sync?.resources.length === 1,
    600,
  );
  await stay(context, staySeconds);
  const sets = others.flatMap(([, { statefulSets }]) => Object.keys(statefulSets));
  const rolled = readRollOut(lab, fromMs).filter(
    (one) =>
      (one.kind === 'pod' && one.isTerminating && sets.some((set) => one.name === `${set}-0`)) ||
      (one.kind === 'statefulSet' && !one.isRolled && sets.includes(one.name)),
  );
  const vips = others.flatMap(([, side]) => side.vips);
  assertNone(
    [
      ...touches(before, evidence(context, before, before.fromMs, Date.now()), vips),
      ...rolled.map((one) => `${one.name} was changed`),
    ],
    'a side was touched that no gate had opened',
  );
  return `a sync of ${name} alone ended ${ended.operation?.phase ?? ''}; for ${String(staySeconds)} s before and after it nobody touched another side`;
}

/** Until the gate before a side has passed in the sync of a commit. */
async function waitForGate(context: GitopsContext, { committedAtMs }: Pushed, side: string): Promise<void> {
  const gate = `${serviceNameOf(context.topology, side)}-gate`;
  await waitUntil(
    `${gate} passes`,
    () =>
      Promise.resolve(
        readRollOut(context.lab, committedAtMs).some(
          (one) => one.kind === 'pod' && one.name === gate && one.phase === 'Succeeded' && !one.isTerminating,
        ),
      ),
    { deadlineMs: 120_000, intervalMs: 250, signal: context.signal, next: `read what ${gate} says: its log` },
  );
}

type SideEntry = [string, Topology['sides'][string]];

function sidesOf({ topology }: GitopsContext): [SideEntry, ...SideEntry[]] {
  const [first, ...others] = Object.entries(topology.sides);
  if (!first || others.length === 0) throw new CheckFailure('The topology has fewer than two sides.');
  return [first, ...others];
}

/** Drops what a client sends to some addresses, and what comes from there. */
async function cutOff({ tools }: GitopsContext, namespace: string, vips: readonly string[]): Promise<void> {
  const rules = `table ip meshrs_lab_cut {
  chain output { type filter hook output priority 0; ip daddr { ${vips.join(', ')} } drop; }
  chain input { type filter hook input priority 0; ip saddr { ${vips.join(', ')} } drop; }
}
`;
  await run(inNamespace(namespace, [tools.nft, '-f', '-']), { input: rules });
}

/** What a hook that failed left as its message: a gate, or what closes the turn before them. */
export function reasonOf(
  resources: readonly { readonly hookType: string; readonly hookPhase: string; readonly message: string }[],
): string | undefined {
  return resources.find(({ hookType, hookPhase }) => hookType !== '' && ['Failed', 'Error'].includes(hookPhase))
    ?.message;
}

function withAllowedMissing(topology: Topology, allowMissing: readonly string[]): Topology {
  const { gitops } = topology;
  return { ...topology, gitops: { ...gitops, gate: { ...gitops.gate, allowMissing: [...allowMissing] } } };
}

/** Changes the pods of both sides. */
function withLongerDrain(topology: Topology): Topology {
  const { routeServers } = topology;
  const seconds = routeServers.drain.gracefulShutdownSeconds === 11 ? 10 : 11;
  return {
    ...topology,
    routeServers: { ...routeServers, drain: { ...routeServers.drain, gracefulShutdownSeconds: seconds } },
  };
}
