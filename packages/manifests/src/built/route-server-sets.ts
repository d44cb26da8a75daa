import { labels } from '@meshrs/contract';
import { sortedTexts } from '../sorted.ts';
import type { BuiltCluster } from './read-built.ts';
import type { Workload } from './workloads.ts';

/** The side that an object belongs to by its label. */
export function sideOf(object: { readonly metadata: { readonly labels: Readonly<Record<string, string>> } }): string[] {
  const side = object.metadata.labels[labels.side];
  return side === undefined ? [] : [side];
}

/** The StatefulSets whose pods are route servers. */
export function routeServerSets({ workloads }: BuiltCluster): Workload[] {
  return workloads.filter(
    ({ kind, template }) => kind === 'StatefulSet' && template.metadata.labels[labels.side] !== undefined,
  );
}

/**
 * Where an object comes to that names a namespace, or none: Argo CD gives it that of its Application, in which the route servers
 * are. An empty text where a build has none of them.
 */
export function namespaceIn(cluster: BuiltCluster, named: string | undefined): string {
  if (named !== undefined && named !== '') return named;
  return routeServerSets(cluster).find(({ namespace }) => namespace !== '')?.namespace ?? '';
}

/** The key of the label by which nodes belong to a side: what the affinity of its route servers asks for. */
export function nodeLabelOf(cluster: BuiltCluster): string {
  const keys = routeServerSets(cluster).flatMap(({ template: { metadata, spec } }) =>
    (spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [])
      .flatMap(({ matchExpressions }) => matchExpressions)
      .filter(({ operator, values }) => operator === 'In' && values.join() === metadata.labels[labels.side])
      .map(({ key }) => key),
  );
  return keys[0] ?? labels.side;
}

/** The sides that have route servers. */
export function sidesWithRouteServers(cluster: BuiltCluster): string[] {
  return sortedTexts([
    ...new Set(routeServerSets(cluster).flatMap(({ template }) => template.metadata.labels[labels.side] ?? [])),
  ]);
}
