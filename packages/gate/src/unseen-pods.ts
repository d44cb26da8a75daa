import { podName } from '@meshrs/contract';
import type { RouteServerSight } from './route-server-sight.ts';
import type { SideElsewhereSight, SideSight } from './roll-out.ts';

/**
 * Pods that are Ready by the word of their StatefulSet and were not among those that were listed: somebody took the label
 * away by which they are found, or the gate looks for another one. Their clients are not known, which is not that there are
 * none.
 */
export function findUnseenPods(
  sides: readonly (SideSight | SideElsewhereSight)[],
  routeServers: readonly RouteServerSight[],
): readonly RouteServerSight[] {
  const seen = new Set(routeServers.map(({ name }) => name));
  return sides.flatMap((side) => {
    const statefulSets = 'statefulSets' in side ? side.statefulSets : [];
    return statefulSets.flatMap(({ name, found }) => {
      const { replicas = 0, readyReplicas = 0 } = found ?? {};
      const ordinals = Array.from({ length: Math.max(replicas, readyReplicas) }, (_, ordinal) =>
        podName(name, ordinal),
      );
      const unseen = ordinals.filter((pod) => !seen.has(pod));
      const others = ordinals.length - unseen.length;
      return unseen.slice(0, Math.max(0, readyReplicas - others)).map((pod) => unseenPod(pod, side.name, name));
    });
  });
}

function unseenPod(name: string, side: string, statefulSet: string): RouteServerSight {
  const why = `StatefulSet ${statefulSet} has more Ready pods than were listed with the label of the route servers`;
  const unknown = { isTerminating: false, isForeign: false, identity: 'unseen' } as const;
  return { name, side, ...unknown, reading: { kind: 'unreadable', why }, fleet: { kind: 'not-readable', why } };
}
