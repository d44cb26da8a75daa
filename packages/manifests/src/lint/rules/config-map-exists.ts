import { containersOf, type Workload } from '../../built/workloads.ts';
import type { BuiltCluster } from '../../built/read-built.ts';
import type { Rule, RuleFinding } from '../rule.ts';
import { listed } from '../../words.ts';

/** Kubernetes puts it into every namespace (KEP-1205). */
const rootCertificate = 'kube-root-ca.crt';

export const configMapExists: Rule = {
  id: 'config-map-exists',
  title: 'A pod reads a ConfigMap, or a key of one, that does not exist',
  why: 'The pod waits for it and never starts.',
  isWaivable: true,
  check: (cluster) =>
    cluster.workloads.flatMap((workload) =>
      references(workload).flatMap(({ name, key }): RuleFinding[] => {
        if (name === rootCertificate) return [];
        const configMap = findConfigMap(cluster, workload.namespace, name);
        if (!configMap) {
          return [
            {
              object: workload.id,
              message: `The pod reads the ConfigMap ${name}, which does not exist in ${workload.namespace}.`,
              seen: name,
              allowed: listed(
                cluster.configMaps
                  .filter(({ view }) => (view.metadata.namespace ?? '') === workload.namespace)
                  .map(({ view }) => view.metadata.name),
              ),
              hint: `add the ConfigMap ${name} in overlays/<cluster>/custom, or correct its name in ${workload.id}`,
            },
          ];
        }
        const keys = [...Object.keys(configMap.view.data), ...Object.keys(configMap.view.binaryData)];
        if (key === undefined || keys.includes(key)) return [];
        return [
          {
            object: workload.id,
            message: `The pod reads the key ${key} of the ConfigMap ${name}, which has no such key.`,
            seen: key,
            allowed: listed(keys),
            hint: `add the key ${key} to ${configMap.id}, or correct the key in ${workload.id}`,
          },
        ];
      }),
    ),
};

function findConfigMap({ configMaps }: BuiltCluster, namespace: string, name: string) {
  return configMaps.find(({ view }) => view.metadata.name === name && (view.metadata.namespace ?? '') === namespace);
}

/** The ConfigMaps that a pod cannot start without, and the keys. */
function references(workload: Workload): { name: string; key?: string }[] {
  const volumes = workload.template.spec.volumes.flatMap(({ configMap, projected }) => [
    ...(configMap ? [configMap] : []),
    ...(projected?.sources ?? []).flatMap((source) => source.configMap ?? []),
  ]);
  const containers = containersOf(workload);
  return [
    ...volumes
      .filter(({ optional }) => optional !== true)
      .flatMap(({ name, items }) => (items.length > 0 ? items.map(({ key }) => ({ name, key })) : [{ name }])),
    ...containers
      .flatMap(({ env }) => env.flatMap(({ valueFrom }) => valueFrom?.configMapKeyRef ?? []))
      .filter(({ optional }) => optional !== true)
      .map(({ name, key }) => ({ name, key })),
    ...containers
      .flatMap(({ envFrom }) => envFrom.flatMap(({ configMapRef }) => configMapRef ?? []))
      .filter(({ optional }) => optional !== true)
      .map(({ name }) => ({ name })),
  ];
}
