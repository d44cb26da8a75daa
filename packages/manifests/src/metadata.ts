import { labels } from '@meshrs/contract';
import type { ObjectMeta } from './kubernetes/core-types.ts';
import type { ClusterScope, SideScope } from './scope.ts';

/** Kubernetes documentation, "Recommended Labels"; on every object, in no selector. */
export const partOf = { 'app.kubernetes.io/part-of': 'meshrs' } as const;

/** Metadata of an object in the namespace of the route servers that all sides share. */
export function sharedMetadata({ topology }: Pick<ClusterScope, 'topology'>, name: string): ObjectMeta {
  return { name, namespace: topology.routeServers.namespace, labels: partOf };
}

/** Metadata of a side's own object in the namespace of the route servers. */
export function sideMetadata({ topology, side }: SideScope, name: string): ObjectMeta {
  return { name, namespace: topology.routeServers.namespace, labels: sideLabels(side) };
}

/** Metadata of a side's own object in MetalLB's namespace. */
export function sideMetallbMetadata({ topology, side }: SideScope, name: string): ObjectMeta {
  return { name, namespace: topology.metallb.namespace, labels: sideLabels(side) };
}

function sideLabels(side: string): Readonly<Record<string, string>> {
  return { ...partOf, [labels.side]: side };
}
