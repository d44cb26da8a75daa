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
    ...(permissions.allowBothSides === true ? [] : [...comparisons.flatMap(bothSides), ...comparisons.flatMap(loose)]),
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
        `The change disturbs the sides ${sides.join(' and ')}, and Argo CD would change both at the same time. These changes have no order:`,
        ...atOnce.map(describeEffect),
        ...(inTurn.length > 0 ? ['  and these come in turn:', ...inTurn.map(describeEffect)] : []),
      ].join('\n'),
      seen: `sides ${sides.join(', ')}`,
      allowed: "one side in this commit, or only changes that Argo CD makes in a side's turn",
      hint: 'change one side, commit, wait for its clients, then the other; or add --allow-both-sides if an outage is planned',
    }),
  ];
}

/** A drain of nodes would take a route server of each side, while Argo CD applies the change or waits before a gate. */
function loose({ cluster, looseBudgets }: ClusterComparison): Problem[] {
  return looseBudgets.map(({ object, allows, staying, running, evictable }) =>
    problem('budget-too-loose', {
      where: `overlays/${cluster}`,
      message: `${object} fits the ${String(staying)} route servers that stay; until those that go are gone, up to ${String(running)} run, and it would let ${String(evictable)} of them be evicted at once, one of each side.`,
      seen: `${allows} of ${String(running)}`,
      allowed: 'a budget that lets one route server go at a time, until the sync has ended',
      hint: `remove or rename fewer route servers in one commit, and wait for its sync; from ${String(running)} to ${String(running - 1)} always works. Or add --allow-both-sides if an outage is planned`,
    }),
  );
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
      allowed: 'at most one route server removed in one commit',
      hint: 'restore the deleted line if it was a mistake; if the removal is meant, add --allow-removal',
    }),
  ];
}
