import { z } from 'zod';
import { turnName, turnPath } from '@meshrs/contract';
import { parseAddress } from '@meshrs/network';
import type { Side, Topology } from '@meshrs/topology';
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
      'a whole side, and one of two route servers of a side, that a commit removes are deleted in a turn of their own, also when a person confirms late; nobody is ever without a session',
    deadlineSeconds: 1200,
  },
  (context) => withSyncTimeout(context.cluster, syncSeconds, () => proveRemoval(context)),
);

/** The sync of which a person confirms the deletions late needs another try. */
const syncSeconds = 900;

async function proveRemoval(context: GitopsContext): Promise<CheckOutcome> {
  const { topology } = context;
  const { routeServers } = applicationNames(context);
  const [first, side] = Object.keys(topology.sides);
  if (first === undefined || side === undefined) throw new CheckFailure('The topology has fewer than two sides.');
  const before = await beginDisturbance(context);
  const all = await readObjects(context);
  // Two route servers stay when a side goes: a fleet of one has another kind of budget.
  const more = await pushed(pushTopology(context.fleet, `one more on side ${first}`, (one) => withOneMore(one, first)));
  await waitForSync(context, routeServers, more);
  const ofSide = await removeSide(context, side);
  const back = await pushed(
    pushTopology(context.fleet, `with side ${side} again`, (one) => withSide(one, side, topology)),
  );
  await waitForSync(context, routeServers, back);
  await settle(context);
  const backAt = Date.now();
  const ofOne = await removeOne(context, first, Object.values(topology.sides[side]?.vips ?? []));
  await settle(context);
  const again = await readObjects(context);
  assertNone(
    [
      ...ofSide.wrong,
      ...ofOne.wrong,
      ...withoutSession(before, evidence(context, before, before.fromMs, Date.now())),
      ...[...all.keys()].filter((name) => !again.has(name)).map((name) => `${name} did not come back`),
      ...[...again.keys()].filter((name) => !all.has(name)).map((name) => `${name} is there still`),
    ],
    'things went wrong',
  );
  return {
    facts: [
      ...ofSide.facts,
      `the side is back ${inSeconds(backAt - back.committedAtMs)} after its commit`,
      ...ofOne.facts,
    ],
  };
}

interface Removed {
  readonly wrong: readonly string[];
  readonly facts: readonly string[];
}

/** A person confirms when the turn is over: what the gate saw is too old by then. */
async function removeSide(context: GitopsContext, side: string): Promise<Removed> {
  const { routeServers } = applicationNames(context);
  const isItsOwn = (name: string): boolean => name.includes(`/routeserver-${side}`);
  const all = await readObjects(context);
  const removal = await pushed(pushTopology(context.fleet, `without side ${side}`, (one) => without(one, side)));
  await waitForConfirmation(context, routeServers);
  const asksAt = Date.now();
  const opened = await readTurn(context);
  await waitForTurn(context, 'none', 240);
  const closedAt = Date.now();
  const kept = await readObjects(context);
  await confirm(context, routeServers);
  const confirmedAt = Date.now();
  const done = await waitForSync(context, routeServers, removal);
  const left = await readObjects(context);
  const { open } = await readTurn(context);
  return {
    wrong: [
      ...(opened.open === side ? [] : [`the turn was open for ${opened.open}, not for ${side}`]),
      ...[...all.keys()]
        .filter((name) => isItsOwn(name) && !kept.has(name))
        .map((name) => `${name} went before anybody confirmed`),
      ...[...left.keys()].filter(isItsOwn).map((name) => `${name} is there still`),
      ...(open === 'none' ? [] : [`the turn stayed open for ${open}`]),
    ],
    facts: [
      `a side: the sync asks ${inSeconds(asksAt - removal.committedAtMs)} after the commit, with its turn open; nobody confirms, and the turn is closed ${inSeconds(closedAt - asksAt)} later; from the confirmation until it is gone ${inSeconds(Date.now() - confirmedAt)}, with ${String(done.operation?.retryCount ?? 0)} tries more`,
    ],
  };
}

/** A person confirms at once. */
async function removeOne(context: GitopsContext, side: string, otherVips: readonly string[]): Promise<Removed> {
  const { routeServers } = applicationNames(context);
  const before = await beginDisturbance(context);
  const removal = await pushed(pushTopology(context.fleet, 'without it', (one) => withoutOneMore(one, side)));
  await waitForConfirmation(context, routeServers);
  const { open } = await readTurn(context);
  await confirm(context, routeServers);
  const confirmedAt = Date.now();
  await waitForSync(context, routeServers, removal);
  return {
    wrong: [
      ...(open === side ? [] : [`the turn was open for ${open}, not for ${side}`]),
      ...touches(before, evidence(context, before, before.fromMs, Date.now()), otherVips),
    ],
    facts: [`one of two: from the confirmation until it is gone ${inSeconds(Date.now() - confirmedAt)}`],
  };
}

export async function waitForConfirmation(context: GitopsContext, application: string): Promise<void> {
  await waitForApplication(
    context,
    application,
    'waits for a confirmation',
    ({ operation }) => /confirm/i.test(operation?.message ?? '') && operation?.phase === 'Running',
    400,
  );
}

/** As `argocd app confirm-deletion` does it (Argo CD, cmd/argocd/commands/app.go). */
export async function confirm({ cluster, tools }: GitopsContext, application: string): Promise<void> {
  const now = new Date().toISOString().replace(/\.\d+/, '');
  await kubectl(cluster, tools, [
    ...['--namespace', argoCdNamespace, 'annotate', '--overwrite', 'applications.argoproj.io', application],
    `argocd.argoproj.io/deletion-approved=${now}`,
  ]);
}

const turnSchema = z.object({ spec: z.object({ open: z.string() }).default({ open: 'none' }) });

export async function readTurn({ cluster, topology }: GitopsContext): Promise<{ readonly open: string }> {
  return turnSchema.parse(await cluster.api.get(turnPath(turnName(topology.routeServers)))).spec;
}

export async function waitForTurn(context: GitopsContext, open: string, deadlineSeconds: number): Promise<void> {
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
      seen: () => Promise.resolve(seen),
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

const oneMore = 'routeserver-more';

function withOneMore(topology: Topology, side: string): Topology {
  const address = parseAddress('192.168.255.77');
  if (address === undefined) throw new CheckFailure('That is no address.');
  return changedSets(topology, side, (sets) => ({ ...sets, [oneMore]: { replicas: 1, routerIds: [address] } }));
}

function withoutOneMore(topology: Topology, side: string): Topology {
  return changedSets(topology, side, (sets) =>
    Object.fromEntries(Object.entries(sets).filter(([name]) => name !== oneMore)),
  );
}

function changedSets(
  topology: Topology,
  side: string,
  change: (sets: Side['statefulSets']) => Side['statefulSets'],
): Topology {
  const definition = topology.sides[side];
  if (!definition) throw new CheckFailure(`There is no side ${side}.`);
  const changed = { ...definition, statefulSets: change(definition.statefulSets) };
  return { ...topology, sides: { ...topology.sides, [side]: changed } };
}
