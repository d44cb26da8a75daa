import type { Topology } from '@meshrs/topology';
import type { GitopsAddresses } from '../gitops/addresses.ts';
import type { MetallbBackend } from '../metallb/backend.ts';

/** The images that a lab has for its route servers. */
export interface LabImages {
  readonly agent: string;
  readonly frr: string;
}

/**
 * The lab's overlay over a topology: the images that were built here. Everything else of the generated objects runs as
 * it is; the images' tags are not "latest", so Kubernetes asks no registry for them.
 */
export function labTopology(topology: Topology, images: LabImages): Topology {
  const { routeServers } = topology;
  return {
    ...topology,
    routeServers: { ...routeServers, images: { ...routeServers.images, ...images } },
  };
}

/**
 * What the lab changes besides where Argo CD brings everything: from where, which of MetalLB's backends, and gates that
 * do not wait for minutes.
 */
export function gitopsTopology(topology: Topology, addresses: GitopsAddresses, backend: MetallbBackend): Topology {
  const { gitops, metallb } = topology;
  return {
    ...topology,
    gitops: { ...gitops, repository: addresses.repository, gate: { ...gitops.gate, seconds: 60 } },
    metallb: { ...metallb, backend, chart: { ...metallb.chart, repository: addresses.charts } },
  };
}
