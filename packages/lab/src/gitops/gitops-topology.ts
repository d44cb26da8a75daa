import type { Topology } from '@meshrs/topology';
import type { GitopsAddresses } from './addresses.ts';

/**
 * What the lab changes besides where Argo CD brings everything: from where, and gates that
 * do not wait for minutes.
 */
export function gitopsTopology(topology: Topology, addresses: GitopsAddresses): Topology {
  const { gitops, metallb } = topology;
  return {
    ...topology,
    gitops: { ...gitops, repository: addresses.repository, gate: { ...gitops.gate, seconds: 60 } },
    metallb: { ...metallb, chart: { ...metallb.chart, repository: addresses.charts } },
  };
}
