import type { Topology } from '@meshrs/topology';
import type { Obstacle } from './lab-plan.ts';

/** MetalLB's BGP implementations that the lab can run; the first is the quickest one, and the usual one here. */
export const metallbBackends = ['native', 'frr-k8s'] as const;
export type MetallbBackend = (typeof metallbBackends)[number];

/** Whether BGPPeer.spec.ebgpMultiHop decides anything: native lets every session go over several hops. */
export const readsMultihop: Readonly<Record<MetallbBackend, boolean>> = { native: false, 'frr-k8s': true };

/** What of a topology the backend's own webhook would refuse (MetalLB's internal/config/validation.go). */
export function backendObstacles(backend: MetallbBackend, { sides, metallb }: Topology): Obstacle[] {
  if (backend !== 'native') return [];
  const large = Object.values(sides)
    .flatMap(({ communities }) => communities)
    .find((community) => community.startsWith('large:'));
  const wanted = [...(large === undefined ? [] : [`the large community ${large}`]), ...(metallb.bfd ? ['BFD'] : [])];
  if (wanted.length === 0) return [];
  return [
    {
      message: `The topology has ${wanted.join(' and ')}, which MetalLB's native mode refuses.`,
      next: "add --metallb frr-k8s, MetalLB's default mode",
    },
  ];
}
