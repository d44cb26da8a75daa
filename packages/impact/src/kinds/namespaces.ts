import { sidesWithRouteServers, type BuiltCluster } from '@meshrs/manifests/built';
import type { Effect } from '../effect.ts';
import { pairs } from '../pairs.ts';

/** A namespace that goes takes everything in it along, what is not in this repository too. */
export function namespaceEffects(before: BuiltCluster, after: BuiltCluster): Effect[] {
  const ofKind = ({ objects }: BuiltCluster) => objects.filter(({ view }) => view.kind === 'Namespace');
  return pairs(ofKind(before), ofKind(after))
    .filter(({ after: next }) => next === undefined)
    .map(({ id, before: old }) => {
      const holdsRouteServers = before.workloads.some(({ namespace }) => namespace === old.metadata.name);
      return {
        kind: 'removes',
        object: id,
        sides: holdsRouteServers ? sidesWithRouteServers(before) : [],
        detail: 'everything in it',
      };
    });
}
