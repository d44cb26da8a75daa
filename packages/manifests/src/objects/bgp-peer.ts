import { familyOf, type IpAddress } from '@meshrs/network';
import { labels } from '@meshrs/contract';
import type { AnycastLoopback } from '@meshrs/topology';
import type { BgpPeer } from '../kubernetes/metallb-types.ts';
import { sidesOf, type ClusterScope, type SideScope } from '../scope.ts';
import { sortedEntries } from '../sorted.ts';
import { partOf, sideMetallbMetadata } from '../metadata.ts';
import { peerName, sharedBfdProfile } from '../names.ts';

/** Names of the BGPPeers to which a side's VIP is announced. */
export function peerNamesOf({ topology, service }: SideScope): string[] {
  const { peerScope, anycastLoopbacks } = topology.metallb;
  return sortedEntries(anycastLoopbacks).map(([position]) =>
    peerName(position, peerScope === 'side' ? service : undefined),
  );
}

/** The sessions of a side's nodes, one per router position: an edit of one side's resets no session of the other's. */
export function sideBgpPeers(scope: SideScope): BgpPeer[] {
  const { topology, side, service, definition } = scope;
  return sortedEntries(topology.metallb.anycastLoopbacks).map(([position, loopback]) => ({
    apiVersion: 'metallb.io/v1beta2',
    kind: 'BGPPeer',
    metadata: sideMetallbMetadata(scope, peerName(position, service)),
    spec: {
      ...sessionOf(scope, loopback, definition.vips, service),
      nodeSelectors: [{ matchLabels: { [labels.side]: side } }],
    },
  }));
}

/** The sessions of all nodes (`peerScope: global`). */
export function globalBgpPeers(scope: ClusterScope): BgpPeer[] {
  const { metallb } = scope.topology;
  const vips = sidesOf(scope).flatMap(({ definition }) => definition.vips);
  return sortedEntries(metallb.anycastLoopbacks).map(([position, loopback]) => ({
    apiVersion: 'metallb.io/v1beta2',
    kind: 'BGPPeer',
    metadata: { name: peerName(position), namespace: metallb.namespace, labels: partOf },
    spec: sessionOf(scope, loopback, vips, sharedBfdProfile),
  }));
}

/**
 * Multihop always: the address is a loopback of the router. MetalLB makes the keepalive time a third of the hold time;
 * its native mode takes no other.
 */
function sessionOf(
  { topology }: ClusterScope,
  { address, routerAsn, metallbAsn }: AnycastLoopback,
  vips: readonly IpAddress[],
  bfdProfile: string,
): BgpPeer['spec'] {
  const { holdSeconds, password, bfd } = topology.metallb;
  const carriesOtherFamily = vips.some((vip) => familyOf(vip) !== familyOf(address));
  return {
    myASN: metallbAsn,
    peerASN: routerAsn,
    peerAddress: address,
    ebgpMultiHop: true,
    holdTime: `${String(holdSeconds)}s`,
    passwordSecret: { name: password.secret },
    ...(bfd && { bfdProfile }),
    ...(carriesOtherFamily && { dualStackAddressFamily: true }),
  };
}
