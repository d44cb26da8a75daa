import type { Topology } from '@meshrs/topology';
import type { MetallbBackend } from '../plan/metallb-backend.ts';

/** The images that a lab has for its route servers. */
export interface LabImages {
  readonly agent: string;
  readonly frr: string;
}

/**
 * The lab's overlay over a topology: the images that were built here, and the backend of MetalLB that runs here, since one refuses
 * what is generated for another. Everything else of the generated objects runs as it is; the images' tags are not "latest", so
 * Kubernetes asks no registry for them.
 */
export function labTopology(topology: Topology, images: LabImages, backend: MetallbBackend): Topology {
  const { routeServers, sides, metallb } = topology;
  return {
    ...topology,
    metallb: { ...metallb, backend },
    sides: Object.fromEntries(Object.entries(sides).map(([side, definition]) => [side, { ...definition, images: {} }])),
    routeServers: { ...routeServers, images: { ...routeServers.images, ...images } },
  };
}
