import type { BuiltCluster } from '../../built/read-built.ts';
import { selectedPods } from '../../built/selects.ts';
import type { Rule, RuleFinding } from '../rule.ts';
import { listed } from '../../words.ts';

export const budgetCoverage: Rule = {
  id: 'budget-coverage',
  title: 'No PodDisruptionBudget covers all route servers, or a pod is in two',
  why: 'Drains of two nodes could evict route servers of both sides at once; a pod in two budgets cannot be evicted at all.',
  isWaivable: false,
  check: (cluster, { routeServers, namespace }) => {
    const budgets = budgetsByPod(cluster);
    const pods = routeServers.map(({ pod }) => `${namespace}/${pod}`);
    const uncovered = routeServers.filter(({ pod }) => !budgets.has(`${namespace}/${pod}`));
    const inTwo = [...budgets].filter(([, ids]) => ids.length > 1);
    const shared = new Set(pods.flatMap((pod) => budgets.get(pod) ?? []));
    return [
      ...inTwo.map(([pod, ids]): RuleFinding => ({
        object: ids.at(-1) ?? '',
        message: `The pod ${pod} is in ${String(ids.length)} PodDisruptionBudgets.`,
        seen: listed(ids),
        allowed: 'one budget per pod',
        hint: 'narrow the selector of one of them',
      })),
      ...uncovered.map(({ pod, statefulSet }): RuleFinding => ({
        object: `StatefulSet ${namespace}/${statefulSet}`,
        message: `No PodDisruptionBudget covers the route server ${pod}.`,
        seen: listed(cluster.budgets.map(({ id }) => id)),
        allowed: 'one budget over all route servers',
        hint: 'restore the selector of the budget',
      })),
      ...(shared.size > 1 && inTwo.length === 0 ? [severalBudgets([...shared])] : []),
    ];
  },
};

function severalBudgets(ids: readonly string[]): RuleFinding {
  return {
    object: ids.at(-1) ?? '',
    message: `The route servers are in ${String(ids.length)} PodDisruptionBudgets; one route server of each could be evicted at once.`,
    seen: listed(ids),
    allowed: 'one budget over all route servers',
    hint: 'keep one budget, with a selector that selects them all',
  };
}

/** "namespace/pod" → ids of the budgets that cover it. */
function budgetsByPod(cluster: BuiltCluster): Map<string, string[]> {
  const byPod = new Map<string, string[]>();
  for (const { id, view } of cluster.budgets) {
    const { selector } = view.spec;
    if (!selector) continue;
    for (const { namespace, name } of selectedPods(cluster, view.metadata.namespace, selector)) {
      const pod = `${namespace}/${name}`;
      byPod.set(pod, [...(byPod.get(pod) ?? []), id]);
    }
  }
  return byPod;
}
