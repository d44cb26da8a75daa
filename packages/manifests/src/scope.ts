import { serviceNameOf, type Side, type Topology } from '@meshrs/topology';
import { sortedTexts } from './sorted.ts';

/** One cluster, and the topology that its objects come from. */
export interface ClusterScope {
  readonly cluster: string;
  readonly topology: Topology;
  /** Whether the overlay includes a component of the user's, which may change any object. */
  readonly hasCustom: boolean;
  /**
   * With a component: the revision of each side as it is built with it (`revisionsOfBuild`). Left out until it is built; then
   * no object bears one.
   */
  readonly builtRevisions?: Readonly<Record<string, string>>;
}

/** One side of a cluster. */
export interface SideScope extends ClusterScope {
  readonly side: string;
  readonly definition: Side;
  /** Name of the side's Service, of its MetalLB objects, and the beginning of the names of its other objects. */
  readonly service: string;
}

export function sidesOf(scope: ClusterScope): SideScope[] {
  const { topology } = scope;
  return sortedTexts(topology.placement.clusters[scope.cluster]?.sides ?? []).flatMap((side) => {
    const definition = topology.sides[side];
    return definition ? [{ ...scope, side, definition, service: serviceNameOf(topology, side) }] : [];
  });
}

/** Route servers behind the VIP of a side. */
export function replicasOf({ definition }: SideScope): number {
  return Object.values(definition.statefulSets).reduce((sum, { replicas }) => sum + replicas, 0);
}

/** Whether gates replace MetalLB's pods: its chart is ours, and sessions of the sides go by them. */
export function replacesSpeakers({ metallb, routeServers }: Pick<Topology, 'metallb' | 'routeServers'>): boolean {
  return metallb.chart.install && routeServers.exposure === 'loadBalancer';
}
