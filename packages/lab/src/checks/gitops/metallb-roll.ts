import { speakersRevision } from '@meshrs/contract';
import { z } from 'zod';
import type { SyncedApplication } from '../../argocd/applications.ts';
import { withSyncTimeout } from '../../argocd/sync-timeout.ts';
import { pushTopology } from '../../gitops/fleet.ts';
import { addCharts } from '../../gitops/more-charts.ts';
import type { Pushed } from '../../gitops/push.ts';
import type { Topology } from '@meshrs/topology';
import { assertNone, CheckFailure, type CheckOutcome } from '../check.ts';
import { beginDisturbance, settle, touches, type Disturbance } from '../disturbance.ts';
import { withoutSession } from '../without-session.ts';
import {
  applicationNames,
  gitopsCheck,
  inSeconds,
  pushed,
  waitForApplication,
  waitForSync,
  type GitopsContext,
} from './context.ts';
import { reasonOf } from './gate-refuses.ts';
import { evidence } from './roll-out.ts';

const missingTag = 'v0.16.99-missing';

/**
 * Versions of which no release is: the same programs, and once an image of the speakers that nobody has. Of each run others, so
 * that a lab which has seen one may see it again.
 */
function versionsOfRun(): { readonly same: string; readonly missing: string } {
  const second = Math.floor(Date.now() / 1000);
  return { same: `0.16.${String(second)}`, missing: `0.16.${String(second + 1)}` };
}

export const gitopsMetallbRoll = gitopsCheck(
  {
    name: 'gitops-metallb-roll',
    title:
      "a commit of another MetalLB chart replaces MetalLB's pods on one side after the other; one whose image is missing touches none, and the next commit fixes it; no client is ever without a session",
    deadlineSeconds: 1200,
  },
  (context) => withSyncTimeout(context.cluster, syncSeconds, () => proveRoll(context)),
);

/**
 * Argo CD counts all tries of a sync: that of the missing image and the roll are one, and each node waits for its pods. Seen on a machine
 * with a load of 40: the lab's usual time was over between the two sides.
 */
const syncSeconds = 900;

async function proveRoll(context: GitopsContext): Promise<CheckOutcome> {
  const { lab, tools, topology } = context;
  const { same, missing } = versionsOfRun();
  await addCharts(lab, tools, topology.metallb.chart.version, [
    { version: same },
    { version: missing, speakerTag: missingTag },
  ]);
  const before = await beginDisturbance(context);
  const old = await speakers(context);
  const refused = await refuse(context, before, { old, missing });
  const push = await pushed(pushTopology(context.fleet, "another version of MetalLB's chart", withChart(same)));
  await waitForSync(context, applicationNames(context).routeServers, push);
  await settle(context);
  const now = await speakers(context);
  const seen = evidence(context, before, before.fromMs, Date.now());
  const [facts, problems] = rolled(context, { before, old, now, push });
  assertNone(
    [
      ...problems,
      ...withoutSession(before, seen),
      // A session outlives the second or two without a route; that the way went is seen at the core.
      ...Object.entries(topology.sides).flatMap(([side, { vips }]) =>
        seen.routes.some(({ prefix }) => vips.some((vip) => vip === prefix))
          ? []
          : [`the core saw no change of its way to side ${side}: nothing was replaced, or nobody looked`],
      ),
    ],
    'things went wrong',
    facts,
  );
  return { facts: [refused, ...facts] };
}

/** A commit whose image no node can have: it stops before the first side, and nobody feels anything. */
async function refuse(
  context: GitopsContext,
  before: Disturbance,
  { old, missing }: { readonly old: readonly Speaker[]; readonly missing: string },
): Promise<string> {
  const push = await pushed(pushTopology(context.fleet, 'a chart whose image is missing', withChart(missing)));
  const { routeServers } = applicationNames(context);
  let reason = '';
  await waitForApplication(
    context,
    routeServers,
    'says which image is missing',
    ({ operation }: SyncedApplication) => {
      reason = reasonOf(operation?.syncResult?.resources ?? []) ?? '';
      return operation?.syncResult?.revision === push.revision && reason.includes(missingTag);
    },
    600,
  );
  const refusedAt = Date.now();
  const vips = Object.values(context.topology.sides).flatMap((side) => side.vips);
  const uids = new Set((await speakers(context)).map(({ uid }) => uid));
  assertNone(
    [
      ...touches(before, evidence(context, before, before.fromMs, refusedAt), vips),
      ...old.filter(({ uid }) => !uids.has(uid)).map(({ name }) => `pod ${name} was deleted`),
    ],
    'things were felt of a missing image',
    [reason],
  );
  return `a missing image: refused after ${inSeconds(refusedAt - push.committedAtMs)}: ${reason}`;
}

interface Rolled {
  readonly before: Disturbance;
  readonly old: readonly Speaker[];
  readonly now: readonly Speaker[];
  readonly push: Pushed;
}

function rolled(context: GitopsContext, { before, old, now, push }: Rolled): [facts: string[], problems: string[]] {
  const { topology } = context;
  const sides = Object.entries(topology.sides).map(([side, { vips }]) => {
    const made = now.filter(({ node }) => topology.nodes[node]?.side === side).map(({ createdAtMs }) => createdAtMs);
    if (made.length === 0) throw new CheckFailure(`Side ${side} has no pod of MetalLB.`);
    return { side, vips, firstAt: Math.min(...made), lastAt: Math.max(...made) };
  });
  const uids = new Set(old.map(({ uid }) => uid));
  const revisions = new Set(now.map(({ revision }) => revision));
  const problems = [
    ...now.filter(({ uid }) => uids.has(uid)).map(({ name, node }) => `pod ${name} on ${node} is the one of before`),
    ...(revisions.size === 1 ? [] : [`pods have ${String(revisions.size)} revisions`]),
    ...(now.length === old.length ? [] : [`there are ${String(now.length)} pods, and were ${String(old.length)}`]),
    ...sides.flatMap(({ side, firstAt }, index) => {
      const next = sides[index + 1];
      const others = sides.filter((one) => one.side !== side).flatMap(({ vips }) => vips);
      // From the moment when a side begins to go until the next one does, nobody may feel anything of the others.
      const period = evidence(context, before, firstAt, next?.firstAt ?? Date.now());
      return [
        ...touches({ ...before, fromMs: firstAt }, period, others).map((touch) => `while side ${side} went: ${touch}`),
        ...(next && next.firstAt < (sides[index]?.lastAt ?? Infinity)
          ? [`side ${next.side} began before side ${side} was replaced`]
          : []),
      ];
    }),
  ];
  const at = (ms: number): string => inSeconds(ms - push.committedAtMs);
  return [
    sides.map(
      ({ side, firstAt, lastAt }) => `side ${side}: first new pod after ${at(firstAt)}, last after ${at(lastAt)}`,
    ),
    problems,
  ];
}

interface Speaker {
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  readonly revision: string | undefined;
  readonly createdAtMs: number;
}

const texts = z.record(z.string(), z.string()).default({});
const podList = z.object({
  items: z.array(
    z.object({
      metadata: z.object({
        ...{ name: z.string(), uid: z.string(), annotations: texts, labels: texts },
        creationTimestamp: z.iso.datetime(),
        ownerReferences: z.array(z.object({ kind: z.string() })).default([]),
      }),
      spec: z.object({ nodeName: z.string().default('') }),
    }),
  ),
});

/** Pods of DaemonSets: speakers, and FRR-K8s. */
async function speakers({ cluster: { api }, topology }: GitopsContext): Promise<readonly Speaker[]> {
  const { items } = podList.parse(await api.get(`/api/v1/namespaces/${topology.metallb.namespace}/pods`));
  return items
    .filter(({ metadata }) => metadata.ownerReferences.some(({ kind }) => kind === 'DaemonSet'))
    .map(({ metadata, spec }) => ({
      name: metadata.name,
      uid: metadata.uid,
      node: spec.nodeName,
      revision: metadata.annotations[speakersRevision] ?? metadata.labels[speakersRevision],
      createdAtMs: Date.parse(metadata.creationTimestamp),
    }));
}

function withChart(version: string): (topology: Topology) => Topology {
  return (topology) => {
    const { metallb } = topology;
    return { ...topology, metallb: { ...metallb, chart: { ...metallb.chart, version } } };
  };
}
