import type { Topology } from '@meshrs/topology';
import type { MetallbBackend } from '../plan/metallb-backend.ts';
import type { GitopsAddresses } from './addresses.ts';

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
