import { labels } from '@meshrs/contract';
import { argumentsOf, gatesOf } from '../../built/sync-order.ts';
import { changedPaths, describeChanges } from '../../built/changed-paths.ts';
import { routeServerSets } from '../../built/route-server-sets.ts';
import type { Rule } from '../rule.ts';
import { listed } from '../../words.ts';

export const gateArguments: Rule = {
  id: 'gate-arguments',
  title: 'Each gate asks for exactly the route servers and settings that there are',
  why: 'A side that no gate sees would count as gone, and the next one would go while clients depend on it.',
  isWaivable: false,
  check: (cluster, { gates, routeServers, app }) => [
    ...gatesOf(cluster).flatMap(({ id, workload }) => {
      const changes = changedPaths(gates[id] ?? [], argumentsOf(workload), 'args');
      if (changes.length === 0) return [];
      return [
        {
          object: id,
          message: 'Its arguments are not what the topology says.',
          seen: describeChanges(changes),
          allowed: listed(gates[id] ?? []),
          hint: 'take back what changes them; gitops.gate says how long a gate waits and who may be missing',
        },
      ];
    }),
    ...routeServerSets(cluster)
      .filter(({ template }) => template.metadata.labels[labels.app] === app)
      .filter(({ name }) => !routeServers.some(({ statefulSet }) => statefulSet === name))
      .map(({ id }) => ({
        object: id,
        message: 'Its pods carry the labels of route servers, and no gate asks for it.',
        seen: id,
        allowed: listed([...new Set(routeServers.map(({ statefulSet }) => statefulSet))]),
        hint: 'add it to the topology under sides.<side>.statefulSets, or give its pods another label "app"',
      })),
  ],
};
