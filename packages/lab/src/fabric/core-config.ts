import type { Asn, IpAddress, IpPrefix } from '@meshrs/network';

export interface CoreConfig {
  readonly asn: Asn;
  readonly routerId: IpAddress;
  readonly routers: readonly { readonly address: IpAddress; readonly asn: Asn }[];
  /** Where clients are; told to the routers. */
  readonly ranges: readonly IpPrefix[];
}

/** The network between routers and clients: it learns the VIPs and tells where clients are. */
export function coreConfig({ asn, routerId, routers, ranges }: CoreConfig): string {
  return `frr version 10.4
frr defaults datacenter
hostname core
log timestamp precision 6
!
router bgp ${String(asn)}
 bgp router-id ${routerId}
 no bgp default ipv4-unicast
 no bgp ebgp-requires-policy
 no bgp network import-check
 bgp bestpath as-path multipath-relax
${routers.map((router) => ` neighbor ${router.address} remote-as ${String(router.asn)}`).join('\n')}
 !
 address-family ipv4 unicast
${ranges.map((range) => `  network ${range}`).join('\n')}
${routers.map(({ address }) => `  neighbor ${address} activate`).join('\n')}
  maximum-paths 16
 exit-address-family
exit
`;
}
