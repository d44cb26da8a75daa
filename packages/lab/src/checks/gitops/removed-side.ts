import { z } from 'zod';
import { turnName, turnPath } from '@meshrs/contract';
import type { Topology } from '@meshrs/topology';
import { withSyncTimeout } from '../../argocd/sync-timeout.ts';
import { argoCdNamespace } from '../../argocd/upstream.ts';
import { pushTopology } from '../../gitops/fleet.ts';
import { waitUntil } from '../../host/wait.ts';
import { kubectl } from '../../kubernetes/kubectl.ts';
import { assertNone, CheckFailure, type CheckOutcome } from '../check.ts';
import { beginDisturbance, settle, touches } from '../disturbance.ts';
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
import { readObjects } from './objects.ts';
import { evidence } from './roll-out.ts';

export const gitopsRemovedSide = gitopsCheck(
  {
    name: 'gitops-removed-side',
    title:
      'one of three sides that a commit removes is deleted in a turn of its own, also when a person confirms late, and comes back with the commit that names it again; the others feel nothing',
    deadlineSeconds: 1200,
  },
  (context) => withSyncTimeout(context.cluster, syncSeconds, () => proveRemoval(context)),
);

/** The sync of which a person confirms the deletions late needs another try. */
const syncSeconds = 900;

async function proveRemoval(context: GitopsContext): Promise<CheckOutcome> {
  const { topology } = context;
  const { routeServers } = applicationNames(context);
  const sides = Object.keys(topology.sides);
  const side = sides.at(-1);
  if (side === undefined || sides.length < 3) throw new CheckFailure('The topology has fewer than three sides.');
  const otherVips = Object.entries(topology.sides).flatMap(([name, { vips }]) => (name === side ? [] : vips));
  const isItsOwn = (name: string): boolean => name.includes(`/routeserver-${side}`);
  const before = await beginDisturbance(context);
  const all = await readObjects(context);
  const removal = await pushed(pushTopology(context.fleet, `without side ${side}`, (one) => without(one, side)));
  await waitForConfirmation(context, routeServers);
  const asksAt = Date.now();
  const opened = await readTurn(context);
  // What the gate saw is too old when the turn is over: a person who confirms then has it looked at anew.
  await waitForTurn(context, 'none', 600);
  const closedAt = Date.now();
  const kept = await readObjects(context);
  await confirm(context, routeServers);
  const confirmedAt = Date.now();
  const done = await waitForSync(context, routeServers, removal);
  const goneAt = Date.now();
  const left = await readObjects(context);
  const { open } = await readTurn(context);
  const back = await pushed(
    pushTopology(context.fleet, `with side ${side} again`, (one) => withSide(one, side, topology)),
  );
  await waitForSync(context, routeServers, back);
  await settle(context);
  const again = await readObjects(context);
  const seen = evidence(context, before, before.fromMs, Date.now());
  assertNone(
    [
      ...(opened.open === side ? [] : [`the turn was open for ${opened.open}, not for ${side}`]),
      ...[...all.keys()]
        .filter((name) => isItsOwn(name) && !kept.has(name))
        .map((name) => `${name} went before anybody confirmed`),
      ...[...left.keys()].filter(isItsOwn).map((name) => `${name} is there still`),
      ...(open === 'none' ? [] : [`the turn stayed open for ${open}`]),
      ...touches(before, seen, otherVips),
      ...withoutSession(before, seen),
      ...[...all.keys()].filter((name) => !again.has(name)).map((name) => `${name} did not come back`),
      ...[...again.keys()].filter((name) => !all.has(name)).map((name) => `${name} is there still`),
    ],
    'things went wrong',
  );
  return {
    facts: [
      `the sync asks ${inSeconds(asksAt - removal.committedAtMs)} after the commit, with its turn open; nobody confirms, and the turn is closed ${inSeconds(closedAt - asksAt)} later`,
      `from the confirmation until it is gone ${inSeconds(goneAt - confirmedAt)}, with ${String(done.operation?.retryCount ?? 0)} tries more`,
      `back ${inSeconds(Date.now() - back.committedAtMs)} after the commit that names it again`,
    ],
  };
}

async function waitForConfirmation(context: GitopsContext, application: string): Promise<void> {
  await waitForApplication(
    context,
    application,
    'waits for a confirmation',
    ({ operation }) => /confirm/i.test(operation?.message ?? '') && operation?.phase === 'Running',
    600,
  );
}

/** As `argocd app confirm-deletion` does it (Argo CD, cmd/argocd/commands/app.go). */
async function confirm({ cluster, tools }: GitopsContext, application: string): Promise<void> {
  const now = new Date().toISOString().replace(/\.\d+/, '');
  await kubectl(cluster, tools, [
    ...['--namespace', argoCdNamespace, 'annotate', '--overwrite', 'applications.argoproj.io', application],
    `argocd.argoproj.io/deletion-approved=${now}`,
  ]);
}

const turnSchema = z.object({ spec: z.object({ open: z.string() }).default({ open: 'none' }) });

async function readTurn({ cluster, topology }: GitopsContext): Promise<{ readonly open: string }> {
  return turnSchema.parse(await cluster.api.get(turnPath(turnName(topology.routeServers)))).spec;
}

async function waitForTurn(context: GitopsContext, open: string, deadlineSeconds: number): Promise<void> {
  let seen = '';
  await waitUntil(
    `the turn is ${open}`,
    async () => {
      seen = (await readTurn(context)).open;
      return seen === open;
    },
    {
      ...{ deadlineMs: deadlineSeconds * 1000, intervalMs: 500, signal: context.signal },
      next: 'look at it: kubectl get turns',
      seen: () => seen,
    },
  );
}

function without(topology: Topology, side: string): Topology {
  const keep = <T>(entries: Readonly<Record<string, T>>, isKept: (name: string, value: T) => boolean) =>
    Object.fromEntries(Object.entries(entries).filter(([name, value]) => isKept(name, value)));
  return {
    ...topology,
    placement: {
      ...topology.placement,
      clusters: Object.fromEntries(
        Object.entries(topology.placement.clusters).map(([name, cluster]) => [
          name,
          { ...cluster, sides: cluster.sides.filter((each) => each !== side) },
        ]),
      ),
    },
    sides: keep(topology.sides, (name) => name !== side),
    nodes: keep(topology.nodes, (_name, node) => node.side !== side),
  };
}

function withSide(topology: Topology, side: string, { placement, nodes, sides }: Topology): Topology {
  const definition = sides[side];
  if (!definition) throw new CheckFailure(`There was no side ${side}.`);
  return { ...topology, placement, nodes, sides: { ...topology.sides, [side]: definition } };
}
