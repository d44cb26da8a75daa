import { readSettings, settingsKeys } from '@meshrs/contract';
import type { BuiltCluster } from '../../built/read-built.ts';
import { podsBehind } from '../../built/selects.ts';
import type { Rule, RuleFinding } from '../rule.ts';

export const readinessMovesVip: Rule = {
  id: 'readiness-moves-vip',
  title: 'Route servers are not Ready because of their clients, and their VIP goes by readiness',
  why: 'One that waits for clients, or has lost some, would lose the VIP, and with it all clients that it has.',
  isWaivable: false,
  check: (cluster) =>
    cluster.services.flatMap(({ id, view }): RuleFinding[] => {
      const { type, publishNotReadyAddresses } = view.spec;
      if (type !== 'LoadBalancer') return [];
      const pods = podsBehind(cluster, view);
      if (publishNotReadyAddresses && pods.length <= 1) return [];
      const names = new Set(pods.map(({ name }) => name));
      return settingsThatWait(cluster, view.metadata.namespace ?? '', names).map((settings) => ({
        object: id,
        message: `The VIP goes by readiness, and ${settings} has route servers that are not Ready because of their clients.`,
        seen: `publishNotReadyAddresses ${String(publishNotReadyAddresses)}, ${String(pods.length)} ${pods.length === 1 ? 'pod' : 'pods'}`,
        allowed: 'publishNotReadyAddresses: true and one pod, or settings without readiness.waitsForClients',
        hint: 'restore the generated Service, or say in the topology how many route servers there are',
      }));
    }),
};

/** Ids of the settings by which these pods are not ready because of their clients. */
function settingsThatWait(cluster: BuiltCluster, namespace: string, pods: ReadonlySet<string>): readonly string[] {
  const mounted = new Set(
    cluster.workloads
      .filter((workload) => workload.namespace === namespace && workload.pods.some(({ name }) => pods.has(name)))
      .flatMap(({ template }) => template.spec.volumes)
      .flatMap(({ configMap, projected }) => [
        configMap,
        ...(projected?.sources ?? []).map((source) => source.configMap),
      ])
      .flatMap((configMap) => (configMap ? [configMap.name] : [])),
  );
  return cluster.configMaps
    .filter(({ view }) => view.metadata.namespace === namespace && mounted.has(view.metadata.name))
    .filter(({ view }) => {
      const text = view.data[settingsKeys.settings];
      const read = text === undefined ? undefined : readSettings(settingsKeys.settings, text);
      return read?.ok === true && read.value.readiness.waitsForClients;
    })
    .map(({ id }) => id);
}
