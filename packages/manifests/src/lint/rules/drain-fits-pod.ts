import { readSettings, settingsKeys, terminationGracePeriodSeconds } from '@meshrs/contract';
import type { BuiltCluster } from '../../built/read-built.ts';
import type { Workload } from '../../built/workloads.ts';
import type { Rule, RuleFinding } from '../rule.ts';

export const drainFitsPod: Rule = {
  id: 'drain-fits-pod',
  title: 'The drain of a route server takes longer than Kubernetes gives its pod',
  why: 'The engine would be killed while sessions of clients are kept that have none with another side: without a Cease they last until their hold time.',
  isWaivable: false,
  check: (cluster) =>
    cluster.workloads.flatMap((workload): RuleFinding[] => {
      const needed = Math.max(0, ...neededSeconds(cluster, workload));
      // The default of Kubernetes, where it is left out.
      const given = workload.template.spec.terminationGracePeriodSeconds ?? 30;
      if (given >= needed) return [];
      return [
        {
          object: workload.id,
          message: `The drain that its settings want takes up to ${String(needed)} s with the stop of the pod, which has ${String(given)} s.`,
          seen: `terminationGracePeriodSeconds ${String(given)}`,
          allowed: `${String(needed)} s or more, or shorter times in routeServers.drain`,
          hint: 'restore the generated grace period, or change routeServers.drain in the topology',
        },
      ];
    }),
};

/** By each of the settings that its pods mount. */
function neededSeconds(cluster: BuiltCluster, { namespace, template }: Workload): readonly number[] {
  const mounted = new Set(
    template.spec.volumes
      .flatMap(({ configMap, projected }) => [
        configMap,
        ...(projected?.sources ?? []).map((source) => source.configMap),
      ])
      .flatMap((configMap) => (configMap ? [configMap.name] : [])),
  );
  return cluster.configMaps.flatMap(({ view }) => {
    if (view.metadata.namespace !== namespace || !mounted.has(view.metadata.name)) return [];
    const text = view.data[settingsKeys.settings];
    const read = text === undefined ? undefined : readSettings(settingsKeys.settings, text);
    return read?.ok === true ? [terminationGracePeriodSeconds(read.value.drain)] : [];
  });
}
