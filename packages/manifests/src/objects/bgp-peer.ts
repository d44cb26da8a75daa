import { familyOf, type IpAddress } from '@meshrs/network';
import { metallbConnectRetrySeconds, passwordSecretOf, type AnycastLoopback } from '@meshrs/topology';
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
      ...sessionOf(scope, loopback, { vips: definition.vips, bfdProfile: service, side }),
      nodeSelectors: [{ matchLabels: { [topology.placement.nodeLabel]: side } }],
    },
  }));
}

/** The sessions of all nodes (`peerScope: global`). */
export function globalBgpPeers(scope: ClusterScope): BgpPeer[] {
  const { metallb } = scope.topology;
  const sides = sidesOf(scope);
  const vips = sides.flatMap(({ definition }) => definition.vips);
  return sortedEntries(metallb.anycastLoopbacks).map(([position, loopback]) => ({
    apiVersion: 'metallb.io/v1beta2',
    kind: 'BGPPeer',
    metadata: { name: peerName(position), namespace: metallb.namespace, labels: partOf },
    // All sides have one password then.
    spec: sessionOf(scope, loopback, { vips, bfdProfile: sharedBfdProfile, side: sides[0]?.side ?? '' }),
  }));
}

/**
 * Multihop always: the address is a loopback of the router. MetalLB makes the keepalive time a third of the hold time;
 * its native mode takes no other.
 */
function sessionOf(
  { topology }: ClusterScope,
  { address, routerAsn, metallbAsn }: AnycastLoopback,
  { vips, bfdProfile, side }: { vips: readonly IpAddress[]; bfdProfile: string; side: string },
): BgpPeer['spec'] {
  const { holdSeconds, bfd } = topology.metallb;
  const connectSeconds = metallbConnectRetrySeconds(topology);
  const carriesOtherFamily = vips.some((vip) => familyOf(vip) !== familyOf(address));
  return {
    myASN: metallbAsn,
    peerASN: routerAsn,
    peerAddress: address,
    ebgpMultiHop: true,
    holdTime: `${String(holdSeconds)}s`,
    ...(connectSeconds !== undefined && { connectTime: `${String(connectSeconds)}s` }),
    passwordSecret: { name: passwordSecretOf(topology, side) },
    ...(bfd && { bfdProfile }),
    ...(carriesOtherFamily && { dualStackAddressFamily: true }),
  };
}
