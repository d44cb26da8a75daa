import { gateFlags } from '@meshrs/contract';
import type { BuiltCluster } from './read-built.ts';
import { namespaceIn } from './route-server-sets.ts';
import { argumentsOf, isGate } from './sync-order.ts';
import { containersOf, type Workload } from './workloads.ts';

/** A Secret that an object of a build reads. */
export interface SecretReference {
  /** Id of the object that reads it. */
  readonly object: string;
  readonly namespace: string;
  readonly name: string;
  /** Without one that pulls images the pod starts where its images need none. */
  readonly pulls: boolean;
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
      ];
      const names = new Set(sources.filter(({ optional }) => optional !== true).map(({ name }) => name));
      const at = { object: workload.id, namespace: namespaceIn(cluster, workload.namespace) };
      const pulled = [...imagePullSecrets.map(({ name }) => name), ...forImagePods(workload)];
      const pulling = new Set(pulled.filter((name) => !names.has(name)));
      return [
        ...[...names].map((name) => ({ ...at, name, pulls: false })),
        ...[...pulling].map((name) => ({ ...at, name, pulls: true })),
      ];
    }),
    ...cluster.serviceAccounts.flatMap(({ id, view }) =>
      [
        ...view.secrets.map(({ name }) => ({ name, pulls: false })),
        ...view.imagePullSecrets.map(({ name }) => ({ name, pulls: true })),
      ].flatMap(({ name, pulls }) =>
        name === undefined
          ? []
          : [{ object: id, namespace: namespaceIn(cluster, view.metadata.namespace), name, pulls }],
      ),
    ),
    ...cluster.peers.flatMap(({ id, view }) => {
      const name = view.spec.passwordSecret?.name;
      return name === undefined ? [] : [{ object: id, namespace: metallbNamespace, name, pulls: false }];
    }),
  ];
}

/** A gate makes pods in its namespace, which bring images. */
function forImagePods(workload: Workload): string[] {
  if (!isGate(workload)) return [];
  return argumentsOf(workload)
    .filter((text) => text.startsWith(gateFlags.pullSecret))
    .map((text) => text.slice(gateFlags.pullSecret.length));
}
