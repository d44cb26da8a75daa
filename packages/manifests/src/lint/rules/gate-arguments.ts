import { labels } from '@meshrs/contract';
import { argumentsOf, isGate } from '../../built/sync-order.ts';
import { routeServerSets } from '../../built/route-server-sets.ts';
import type { Rule } from '../rule.ts';
import { listed } from '../../words.ts';

export const gateArguments: Rule = {
  id: 'gate-arguments',
  title: 'A gate has other arguments than the topology gives, or no gate checks a StatefulSet of route servers',
  why: 'A side that no gate checks counts as down, and the next side would change while clients depend on it.',
  isWaivable: false,
  check: (cluster, { gates, routeServers, app }) => [
    ...cluster.workloads.filter(isGate).flatMap((workload) => {
      const { id } = workload;
      const seen = argumentsOf(workload);
      const allowed = gates[id] ?? [];
      if (JSON.stringify(seen) === JSON.stringify(allowed)) return [];
      return [
        {
          object: id,
          message: "The gate's arguments are not those that the topology gives.",
          seen: seen.join(' '),
          allowed: allowed.join(' '),
          hint: 'remove the patch in overlays/<cluster>/custom that changes them; gitops.gate sets how long a gate waits and which clients may be missing',
        },
      ];
    }),
    ...routeServerSets(cluster)
      .filter(({ template }) => template.metadata.labels[labels.app] === app)
      .filter(({ name }) => !routeServers.some(({ statefulSet }) => statefulSet === name))
      .map(({ id }) => ({
        object: id,
        message: 'The pods of the StatefulSet carry the labels of route servers, but no gate checks this StatefulSet.',
        seen: id,
        allowed: listed([...new Set(routeServers.map(({ statefulSet }) => statefulSet))]),
        hint: `add it to the topology under sides.<side>.statefulSets, or give its pods another label "${labels.app}"`,
      })),
  ],
};
