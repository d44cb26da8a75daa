import { pushTopology } from '../../gitops/fleet.ts';
import { readRollOut } from '../../gitops/roll-out-log.ts';
import { containerImages } from '../../images/container-images.ts';
import type { Topology } from '@meshrs/topology';
import { assertNone, CheckFailure } from '../check.ts';
import { beginDisturbance, settle, touches } from '../disturbance.ts';
import { applicationNames, gitopsCheck, inSeconds, pushed, waitForApplication, waitForSync } from './context.ts';
import { evidence } from './roll-out.ts';

/** Nobody has it, and nobody can fetch it. */
const absentImage = 'localhost/meshrs-lab/frr:absent';

export const gitopsSideStays = gitopsCheck(
  {
    name: 'gitops-side-stays',
    title:
      'a commit of which side a never comes back leaves side b untouched; the commit that mends it goes through by itself',
    deadlineSeconds: 1200,
  },
  async (context) => {
    const { lab, topology } = context;
    const { routeServers } = applicationNames(context);
    const [first, ...others] = Object.entries(topology.sides);
    if (!first || others.length === 0) throw new CheckFailure('The topology has fewer than two sides.');
    const otherVips = others.flatMap(([, { vips }]) => vips);
    const before = await beginDisturbance(context);
    const bad = await pushed(
      pushTopology(context.fleet, 'an image that does not exist', (one) => withFrr(one, absentImage)),
    );
    const failed = await waitForApplication(
      context,
      routeServers,
      'says that the sync has failed',
      ({ operation }) =>
        operation !== undefined &&
        operation.syncResult?.revision === bad.revision &&
        (operation.phase === 'Failed' || operation.phase === 'Error' || operation.retryCount > 0),
      420,
    );
    const failedAt = Date.now();
    const good = containerImages(lab.paths.repository).frr.name;
    const mend = await pushed(pushTopology(context.fleet, 'the image that was there', (one) => withFrr(one, good)));
    await waitForSync(context, routeServers, mend);
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
    return {
      facts: [
        `the sync fails after ${inSeconds(failedAt - bad.committedAtMs)}: ${failed.operation?.message ?? ''}`,
        `in it: ${stuckIn(failed.operation?.syncResult?.resources ?? [])}`,
        `the commit that mends it is whole after ${inSeconds(Date.now() - mend.committedAtMs)}`,
      ],
    };
  },
);

function stuckIn(resources: readonly { kind: string; name: string; hookPhase: string; message: string }[]): string {
  return (
    resources
      .filter(({ hookPhase }) => hookPhase !== '' && hookPhase !== 'Succeeded')
      .map(({ kind, name, hookPhase, message }) => `${kind} ${name} ${hookPhase}: ${message}`)
      .join('; ') || 'nothing is named'
  );
}

function withFrr(topology: Topology, frr: string): Topology {
  const { routeServers } = topology;
  return { ...topology, routeServers: { ...routeServers, images: { ...routeServers.images, frr } } };
}
