/** MetalLB's BGP implementations that the lab can run; the first is the quickest one, and the usual one here. */
export const metallbBackends = ['native', 'frr-k8s'] as const;
export type MetallbBackend = (typeof metallbBackends)[number];

/** What of a topology a backend cannot prove, because it does not have it. */
export interface BackendLimits {
  readonly ipv6: boolean;
  readonly largeCommunities: boolean;
  readonly bfd: boolean;
  /** BGPPeer.spec.ebgpMultiHop is not read: every session is over several hops. */
  readonly multihop: boolean;
}

export const backendLimits: Readonly<Record<MetallbBackend, BackendLimits>> = {
  native: { ipv6: true, largeCommunities: true, bfd: true, multihop: true },
  'frr-k8s': { ipv6: false, largeCommunities: false, bfd: false, multihop: false },
};
