import type { KubernetesObject } from '../kubernetes/core-types.ts';

/** What is generated for a cluster, as far as it has a side or is shared by all. */
export interface GuardedObjects {
  readonly ofSides: readonly { readonly side: string; readonly object: KubernetesObject }[];
  /** Of the cluster and of no side: with `peerScope: global` the BGPPeers. */
  readonly ofCluster: readonly KubernetesObject[];
}

/** The side of each object of a kind, by its name: exactly what is generated, and nothing that only looks like it. */
export type SidesByName = Readonly<Record<string, string>>;

/** The objects of the sides, by kind. A side's own names are in no other side's. */
export function sidesByName({ ofSides }: GuardedObjects): (kind: string) => SidesByName {
  return (kind) =>
    Object.fromEntries(
      ofSides.filter(({ object }) => object.kind === kind).map(({ side, object }) => [object.metadata.name, side]),
    );
}
