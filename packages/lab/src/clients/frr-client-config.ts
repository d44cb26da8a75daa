import type { IpAddress } from '@meshrs/network';
import type { DialledSession, ClientSettings } from './client-session.ts';
import { withheldCommunity } from './injected-routes.ts';

/**
 * A leaf that runs FRR with zebra. The kernel here lacks the devices by which FRR originates EVPN routes itself, so a
 * GoBGP behind it (iBGP, in the same namespace) gives it some.
 */
export function frrClientConfig(
  { name, asn, routerId, routeServerAsn, sessions, group }: ClientSettings,
  injector: IpAddress,
  dumpFile: string,
  withheldFrom: DialledSession | undefined,
): string {
  const { multihopTtl, timers, connectRetrySeconds } = group;
  return `frr version 10.4
frr defaults datacenter
hostname ${name}
log timestamp precision 6
!
dump bgp all-et ${dumpFile}
!
bgp community-list standard WITHHELD seq 1 permit ${withheldCommunity.text}
route-map NOT-WITHHELD deny 10
 match community WITHHELD
exit
route-map NOT-WITHHELD permit 20
exit
!
router bgp ${String(asn)}
 bgp router-id ${routerId}
 bgp log-neighbor-changes
 no bgp default ipv4-unicast
 no bgp ebgp-requires-policy
${sessions
  .map(
    ({ side, vip, source }) => ` neighbor ${vip} remote-as ${String(routeServerAsn)}
 neighbor ${vip} description side ${side}
 neighbor ${vip} ebgp-multihop ${String(multihopTtl)}
 neighbor ${vip} update-source ${source}
 neighbor ${vip} timers ${String(timers.keepaliveSeconds)} ${String(timers.holdSeconds)}
 neighbor ${vip} timers connect ${String(connectRetrySeconds)}`,
  )
  .join('\n')}
 neighbor ${injector} remote-as ${String(asn)}
 neighbor ${injector} update-source ${routerId}
 neighbor ${injector} passive
 !
 address-family l2vpn evpn
${[...sessions.map(({ vip }) => vip), injector].map((peer) => `  neighbor ${peer} activate`).join('\n')}
${withheldFrom === undefined ? ' !' : `  neighbor ${withheldFrom.vip} route-map NOT-WITHHELD out`}
 exit-address-family
exit
`;
}
