import { readRollOut, type ApplicationEvent, type PodEvent, type RollOutEvent } from '../../gitops/roll-out-log.ts';
import { assertNone, CheckFailure } from '../check.ts';
import { applicationNames, gitopsCheck, inSeconds } from './context.ts';

export const gitopsFirstInstall = gitopsCheck(
  {
    name: 'gitops-first-install',
    title:
      "the first sync brings MetalLB, then the route servers, one side at a time, although MetalLB's webhook refuses at first",
    deadlineSeconds: 30,
  },
  (context) => {
    const { lab, topology } = context;
    const names = applicationNames(context);
    const events = readRollOut(lab);
    const from = events[0]?.atMs ?? 0;
    const first = (what: string, isIt: (event: RollOutEvent) => boolean): number => {
      const found = events.find(isIt);
      if (!found) throw new CheckFailure(`${what} was never seen.`);
      return found.atMs;
    };
    const healthy = (name: string): number =>
      first(
        `${name} Synced and Healthy`,
        (one) => isApplication(one, name) && one.sync === 'Synced' && one.health === 'Healthy',
      );
    const metallbAt = healthy(names.metallb);
    const sides = Object.entries(topology.sides).map(([side, { statefulSets }]) => {
      const isOf = (one: RollOutEvent): one is PodEvent =>
        one.kind === 'pod' &&
        Object.keys(statefulSets).some((set) => one.name.startsWith(`${set}-`) && !one.name.endsWith('-gate'));
      return {
        side,
        startedAt: first(`a pod of side ${side}`, isOf),
        readyAt: first(`a Ready pod of side ${side}`, (one) => isOf(one) && one.isReady),
      };
    });
    const wrong = sides.flatMap(({ side, startedAt }, index) => {
      const earlier = sides[index - 1];
      return [
        ...(startedAt < metallbAt ? [`side ${side} began before MetalLB was healthy`] : []),
        ...(earlier && startedAt < earlier.readyAt ? [`side ${side} began before side ${earlier.side} was Ready`] : []),
      ];
    });
    assertNone(wrong, 'things came too early');
    const refused = events.find((one) => isApplication(one, names.routeServers) && one.message.includes('webhook'));
    if (refused?.kind !== 'application') throw new CheckFailure("MetalLB's webhook refused nothing.");
    const at = (atMs: number): string => inSeconds(atMs - from);
    return Promise.resolve({
      facts: [
        `MetalLB healthy after ${at(metallbAt)}; ${sides.map(({ side, startedAt, readyAt }) => `side ${side} begins ${at(startedAt)}, Ready ${at(readyAt)}`).join('; ')}; route servers synced ${at(healthy(names.routeServers))}`,
        `fixed by itself: after ${at(refused.atMs)} the sync said ${refused.message.split('\n')[0] ?? ''}`,
      ],
    });
  },
);

function isApplication(event: RollOutEvent, name: string): event is ApplicationEvent {
  return event.kind === 'application' && event.name === name;
}
