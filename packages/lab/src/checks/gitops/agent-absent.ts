import { pushTopology, readCurrentTopology } from '../../gitops/fleet.ts';
import { readRollOut } from '../../gitops/roll-out-log.ts';
import { assertNone } from '../check.ts';
import { beginDisturbance, settle, touches } from '../disturbance.ts';
import {
  applicationNames,
  gitopsCheck,
  inSeconds,
  pushed,
  stay,
  waitForApplication,
  waitForSync,
  withShortGates,
} from './context.ts';
import { reasonOf } from './gate-refuses.ts';
import { withAgent } from './image.ts';
import { evidence } from './roll-out.ts';

/** Nobody has it, and nobody can fetch it. */
const absentImage = 'localhost/meshrs-lab/mesh-agent:absent';

/** How long the bad commit stays alone once its first hook waits. */
const staySeconds = 20;

export const gitopsAgentAbsent = gitopsCheck(
  {
    name: 'gitops-agent-absent',
    title: 'a commit with an agent image that does not exist touches no side; the commit that fixes it goes by itself',
    deadlineSeconds: 1200,
  },
  async (context) => {
    const { lab, topology } = context;
    const { routeServers } = applicationNames(context);
    const before = await beginDisturbance(context);
    const good = readCurrentTopology(lab);
    const bad = await pushed(
      pushTopology(context.fleet, 'an agent image that does not exist', (one) =>
        withAgent(withShortGates(one), absentImage),
      ),
    );
    const waiting = await waitForApplication(
      context,
      routeServers,
      'waits for its first hook',
      ({ operation }) =>
        operation?.syncResult?.revision === bad.revision &&
        operation.phase === 'Running' &&
        operation.message.startsWith('waiting for completion of hook'),
      300,
    );
    // While it waits: Argo CD must come back to a commit that it could not begin with at once.
    await stay(context, staySeconds);
    const fix = await pushed(pushTopology(context.fleet, 'the agent image that was there', () => good));
    const gaveUp = await waitForApplication(
      context,
      routeServers,
      'gives its hook up',
      ({ operation }) =>
        (operation?.retryCount ?? 0) > 0 && reasonOf(operation?.syncResult?.resources ?? []) !== undefined,
      600,
    );
    const gaveUpAt = Date.now();
    await waitForSync(context, routeServers, fix);
    await settle(context);
    const events = readRollOut(lab, bad.committedAtMs);
    const sides = Object.values(topology.sides);
    const sets = sides.flatMap(({ statefulSets }) => Object.keys(statefulSets));
    const rolls = events.filter(
      (one) =>
        (one.kind === 'pod' && one.isTerminating && sets.some((set) => one.name === `${set}-0`)) ||
        (one.kind === 'statefulSet' && !one.isRolled),
    );
    const vips = sides.flatMap((side) => side.vips);
    assertNone(
      [
        ...touches(before, evidence(context, before, bad.committedAtMs, Date.now()), vips),
        ...rolls.map(({ name }) => `${name} was changed`),
      ],
      'things were felt',
    );
    return {
      facts: [
        `the sync says: ${waiting.operation?.message ?? ''}`,
        `its hook is given up after ${inSeconds(gaveUpAt - bad.committedAtMs)}: ${reasonOf(gaveUp.operation?.syncResult?.resources ?? []) ?? ''}`,
        `the commit that fixes it, made ${inSeconds(fix.committedAtMs - bad.committedAtMs)} after the bad one, is whole after ${inSeconds(Date.now() - fix.committedAtMs)} more`,
      ],
    };
  },
);
