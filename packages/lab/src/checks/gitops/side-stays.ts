import { withSyncTimeout } from '../../argocd/sync-timeout.ts';
import { pushTopology } from '../../gitops/fleet.ts';
import { readRollOut } from '../../gitops/roll-out-log.ts';
import { containerImages } from '../../images/container-images.ts';
import type { Topology } from '@meshrs/topology';
import { assertNone, CheckFailure, type CheckOutcome } from '../check.ts';
import { beginDisturbance, settle, touches } from '../disturbance.ts';
import {
  applicationNames,
  gitopsCheck,
  inSeconds,
  pushed,
  stay,
  waitForApplication,
  waitForSync,
  type GitopsContext,
} from './context.ts';
import { evidence } from './roll-out.ts';

/** Nobody has it, and nobody can fetch it. */
const absentImage = 'localhost/meshrs-lab/frr:absent';

export const gitopsSideStays = gitopsCheck(
  {
    name: 'gitops-side-stays',
    title:
      'a commit of which side a never comes back leaves side b untouched; the commit that fixes it goes through by itself',
    deadlineSeconds: 1200,
  },
  (context) => withSyncTimeout(context.cluster, syncSeconds, () => proveThatSideStays(context)),
);

async function proveThatSideStays(context: GitopsContext): Promise<CheckOutcome> {
  const { lab, topology } = context;
  const { routeServers } = applicationNames(context);
  const [first, ...others] = Object.entries(topology.sides);
  if (!first || others.length === 0) throw new CheckFailure('The topology has fewer than two sides.');
  const otherVips = others.flatMap(([, { vips }]) => vips);
  const before = await beginDisturbance(context);
  const bad = await pushed(
    pushTopology(context.fleet, 'an image that does not exist', (one) => withFrr(one, absentImage)),
  );
  const waiting = await waitForApplication(
    context,
    routeServers,
    `waits for side ${first[0]}`,
    ({ operation }) =>
      operation?.syncResult?.revision === bad.revision &&
      Object.keys(first[1].statefulSets).some((set) => operation.message.endsWith(`apps/StatefulSet/${set}`)),
    600,
  );
  // While it waits: Argo CD must come back to a commit that it could not begin with at once.
  await stay(context, staySeconds);
  const good = containerImages(lab.paths.repository).frr.name;
  const fix = await pushed(pushTopology(context.fleet, 'the image that was there', (one) => withFrr(one, good)));
  await waitForSync(context, routeServers, fix);
  await settle(context);
  const events = readRollOut(lab, bad.committedAtMs);
  const rolls = events.filter(
    (one) =>
      one.kind === 'pod' &&
      one.isTerminating &&
      others.some(([, { statefulSets }]) => Object.keys(statefulSets).some((set) => one.name === `${set}-0`)),
  );
  assertNone(
    [
      ...touches(before, evidence(context, before, bad.committedAtMs, Date.now()), otherVips),
      ...rolls.map(({ name }) => `${name} was replaced`),
    ],
    `things were felt on side ${others.map(([side]) => side).join(', ')}`,
  );
  const ended = events.find((one) => one.kind === 'application' && one.name === routeServers && one.phase === 'Failed');
  if (ended?.kind !== 'application') throw new CheckFailure('The sync of the bad commit has not ended.');
  return {
    facts: [
      `the sync says: ${waiting.operation?.message ?? ''}`,
      `it ends after ${inSeconds(ended.atMs - bad.committedAtMs)}: ${ended.message}`,
      `the commit that fixes it, made ${inSeconds(fix.committedAtMs - bad.committedAtMs)} after the bad one, is whole after ${inSeconds(Date.now() - fix.committedAtMs)} more`,
    ],
  };
}

/** Argo CD's limit for a sync, here: longer than the commit that fixes it takes. */
const syncSeconds = 120;

/** How long a bad commit stays alone. */
const staySeconds = 20;

function withFrr(topology: Topology, frr: string): Topology {
  const { routeServers } = topology;
  return { ...topology, routeServers: { ...routeServers, images: { ...routeServers.images, frr } } };
}
