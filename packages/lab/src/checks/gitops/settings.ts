import type { IpPrefix } from '@meshrs/network';
import { serviceNameOf, type Topology } from '@meshrs/topology';
import { pushTopology } from '../../gitops/fleet.ts';
import { readRollOut } from '../../gitops/roll-out-log.ts';
import { assertNone, CheckFailure } from '../check.ts';
import { beginDisturbance, settle, touches } from '../disturbance.ts';
import { applicationNames, gitopsCheck, inSeconds, pushed, waitForSync } from './context.ts';
import { evidence, syncStart } from './roll-out.ts';

export const gitopsSettings = gitopsCheck(
  {
    name: 'gitops-settings',
    title: "a live change of both sides' settings goes one side at a time, too, and touches no session",
    deadlineSeconds: 1200,
  },
  async (context) => {
    const { lab, topology } = context;
    const before = await beginDisturbance(context);
    const push = await pushed(pushTopology(context.fleet, 'other prefixes of clients', withOtherPrefixes));
    await waitForSync(context, applicationNames(context).routeServers, push);
    await settle(context);
    const events = readRollOut(lab, push.committedAtMs);
    const moments = Object.entries(topology.sides).map(([side, { statefulSets }]) => {
      const service = serviceNameOf(topology, side);
      const settings = events.find((one) => one.kind === 'configMap' && one.name === `${service}-settings`);
      const gate = events.filter((one) => one.kind === 'pod' && one.name === `${service}-gate`);
      const passed = gate.find(
        (one) => one.kind === 'pod' && one.phase === 'Succeeded' && !one.isGone && !one.isTerminating,
      );
      const rolled = events.some(
        (one) =>
          one.kind === 'pod' && Object.keys(statefulSets).some((set) => one.name === `${set}-0`) && one.isTerminating,
      );
      if (!settings || !passed) throw new CheckFailure(`Side ${side}: no new settings or no gate was seen.`);
      return { side, changedAt: settings.atMs, passedAt: passed.atMs, rolled };
    });
    const vips = Object.values(topology.sides).flatMap((one) => one.vips);
    assertNone(
      [
        ...touches(before, evidence(context, before, push.committedAtMs, Date.now()), vips),
        ...moments.flatMap(({ side, changedAt, passedAt, rolled }, index) => {
          const earlier = moments[index - 1];
          return [
            ...(changedAt < passedAt ? [`side ${side} got its settings before its gate had passed`] : []),
            ...(earlier && passedAt < earlier.changedAt
              ? [`the gate before ${side} passed before ${earlier.side} had its settings`]
              : []),
            ...(rolled ? [`a pod of side ${side} was replaced`] : []),
          ];
        }),
      ],
      'things went wrong',
    );
    return {
      facts: [
        `after the commit: webhook ${inSeconds(push.toldAtMs - push.committedAtMs)}, sync ${inSeconds(syncStart(context, push) - push.committedAtMs)}`,
        ...moments.map(
          ({ side, changedAt, passedAt }) =>
            `side ${side}: gate passes ${inSeconds(passedAt - push.committedAtMs)}, settings ${inSeconds(changedAt - push.committedAtMs)}`,
        ),
      ],
    };
  },
);

/** Of documentation (RFC 5737): no client of the lab is in it. */
const extraPrefix = '198.51.100.0/24' as IpPrefix;

/** One prefix more, or that one away again. */
function withOtherPrefixes(topology: Topology): Topology {
  const [entry] = Object.entries(topology.clientGroups);
  if (!entry) throw new CheckFailure('The topology has no client group.');
  const [name, group] = entry;
  const prefixes = group.prefixes.includes(extraPrefix)
    ? group.prefixes.filter((prefix) => prefix !== extraPrefix)
    : [...group.prefixes, extraPrefix];
  return { ...topology, clientGroups: { ...topology.clientGroups, [name]: { ...group, prefixes } } };
}
