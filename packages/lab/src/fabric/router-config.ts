import { familyOf, type Asn, type IpAddress, type IpPrefix } from '@meshrs/network';
import type { AnycastLoopback } from '@meshrs/topology';

export interface RouterConfig {
  readonly name: string;
  readonly loopbacks: readonly IpAddress[];
  readonly anycast: AnycastLoopback;
  readonly nodeRanges: readonly IpPrefix[];
  readonly vips: readonly IpAddress[];
  readonly password: string;
  readonly core: { readonly address: IpAddress; readonly asn: Asn };
}

/**
 * A router with nodes: MetalLB's sessions at the anycast loopback, VIPs on to the core. The least that works; what a
 * user's routers run is generated elsewhere.
 */
export function routerConfig({ name, loopbacks, anycast, nodeRanges, vips, password, core }: RouterConfig): string {
  const ipv4 = (value: IpAddress | IpPrefix): boolean => familyOf(value) === 'ipv4';
  return `frr version 10.4
frr defaults datacenter
hostname ${name}
log timestamp precision 6
!
${vips
  .filter(ipv4)
  .map((vip, index) => `ip prefix-list VIPS seq ${String(index + 1)} permit ${vip}/32`)
  .join('\n')}
!
router bgp ${String(anycast.routerAsn)}
 bgp router-id ${firstIpv4(loopbacks)}
 no bgp default ipv4-unicast
 no bgp ebgp-requires-policy
 no bgp network import-check
 bgp bestpath as-path multipath-relax
 bgp listen limit 1000
 neighbor METALLB peer-group
 neighbor METALLB remote-as ${String(anycast.metallbAsn)}
 neighbor METALLB ebgp-multihop 2
 neighbor METALLB update-source ${anycast.address}
 neighbor METALLB password ${password}
 neighbor METALLB passive
 neighbor ${core.address} remote-as ${String(core.asn)}
${nodeRanges
  .filter(ipv4)
  .map((range) => ` bgp listen range ${range} peer-group METALLB`)
  .join('\n')}
 !
 address-family ipv4 unicast
${loopbacks
  .filter(ipv4)
  .map((address) => `  network ${address}/32`)
  .join('\n')}
  neighbor METALLB activate
  neighbor METALLB prefix-list VIPS in
  neighbor METALLB maximum-prefix 100
  neighbor ${core.address} activate
 exit-address-family
exit
`;
}

function firstIpv4(loopbacks: readonly IpAddress[]): string {
  return loopbacks.find((address) => familyOf(address) === 'ipv4') ?? '192.0.2.1';
}
