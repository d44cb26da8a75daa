import type { BuiltCluster } from './read-built.ts';
import { containersOf } from './workloads.ts';

/** A Secret that an object of a build reads. */
export interface SecretReference {
  /** Id of the object that reads it. */
  readonly object: string;
  readonly namespace: string;
  readonly name: string;
}

/** Every Secret without which something does not work: optional ones are left out. */
export function secretReferences(cluster: BuiltCluster, metallbNamespace: string): SecretReference[] {
  return [
    ...cluster.workloads.flatMap((workload) => {
      const { volumes, imagePullSecrets } = workload.template.spec;
      const containers = containersOf(workload);
      const sources = [
        ...containers.flatMap(({ env }) => env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef ?? [])),
        ...containers.flatMap(({ envFrom }) => envFrom.flatMap(({ secretRef }) => secretRef ?? [])),
        ...volumes.flatMap(({ secret }) => (secret ? [{ name: secret.secretName, optional: secret.optional }] : [])),
        ...volumes.flatMap(({ projected }) => (projected?.sources ?? []).flatMap(({ secret }) => secret ?? [])),
        ...imagePullSecrets.map(({ name }) => ({ name, optional: false })),
      ];
      const names = new Set(sources.filter(({ optional }) => optional !== true).map(({ name }) => name));
      return [...names].map((name) => ({ object: workload.id, namespace: workload.namespace, name }));
    }),
    ...cluster.serviceAccounts.flatMap(({ id, view }) =>
      [...view.secrets, ...view.imagePullSecrets].flatMap(({ name }) =>
        name === undefined ? [] : [{ object: id, namespace: view.metadata.namespace ?? '', name }],
      ),
    ),
    ...cluster.peers.flatMap(({ id, view }) => {
      const name = view.spec.passwordSecret?.name;
      return name === undefined ? [] : [{ object: id, namespace: metallbNamespace, name }];
    }),
  ];
}
