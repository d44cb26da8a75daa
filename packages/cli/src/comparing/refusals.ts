import { describeEffect, disturbedTogether } from '@meshrs/impact';
import { problem, type Problem } from '../problems/problem.ts';
import type { ClusterComparison } from './compare-clusters.ts';

/** What a person has said yes to. */
export interface Permissions {
  /** To a change that disturbs several sides at once. */
  readonly allowBothSides?: boolean;
  /** To the removal of several route servers. */
  readonly allowRemoval?: boolean;
}

/** What keeps a change from being committed as it is. */
export function refusalsOf(comparisons: readonly ClusterComparison[], permissions: Permissions): Problem[] {
  return [
    ...(permissions.allowBothSides === true ? [] : comparisons.flatMap(bothSides)),
    ...(permissions.allowRemoval === true ? [] : removals(comparisons)),
  ];
}

/** What Argo CD changes one side at a time, with a gate between, is no problem. */
function bothSides({ cluster, ...comparison }: ClusterComparison): Problem[] {
  const disturbed = disturbedTogether(comparison);
  if (!disturbed) return [];
  const { sides, atOnce, inTurn } = disturbed;
  return [
    problem('both-sides', {
      where: `overlays/${cluster}`,
      message: [
        `The change disturbs the sides ${sides.join(' and ')}, and nothing keeps the two apart. This comes at once:`,
        ...atOnce.map(describeEffect),
        ...(inTurn.length > 0 ? ['  and this in its turn:', ...inTurn.map(describeEffect)] : []),
      ].join('\n'),
      seen: `sides ${sides.join(', ')}`,
      allowed:
        "changes of objects of one side, which Argo CD makes in that side's turn; anything else for one side alone",
      hint: 'change one side, commit, wait for its clients, then the other; or add --allow-both-sides if an outage is planned',
    }),
  ];
}

function removals(comparisons: readonly ClusterComparison[]): Problem[] {
  const removed = comparisons.flatMap(({ cluster, removedRouteServers }) =>
    removedRouteServers.map((pod) => `${pod} on ${cluster}`),
  );
  if (removed.length < 2) return [];
  return [
    problem('removes-route-servers', {
      where: 'overlays',
      message: `The change removes ${String(removed.length)} route servers at once.`,
      seen: removed.join(', '),
      allowed: 'one',
      hint: 'look whether a line of the topology is missing; if they are to go, add --allow-removal',
    }),
  ];
}
