import { mayShareNodes } from './selects.ts';
import type { BgpPeerView } from './views.ts';

type PeerSpec = BgpPeerView['spec'];

/** Why two BGPPeers cannot be on one node. */
export type PeerClash = 'address' | 'as-number' | 'router-id';

/**
 * Whether MetalLB's FRR modes refuse two BGPPeers beside each other, and with them all that it is to do (MetalLB's
 * internal/config/validation.go, `checkFRRPeersCompatible`). Nodes are not known here: two that may share one count as sharing it.
 * Its own BGP takes any two.
 */
export function peerClash({ spec: one }: BgpPeerView, { spec: other }: BgpPeerView): PeerClash | undefined {
  if (!mayShareNodes(one.nodeSelectors, other.nodeSelectors)) return undefined;
  const isOneVrf = (one.vrf ?? '') === (other.vrf ?? '');
  if ((one.routerID ?? '') !== (other.routerID ?? '')) return 'router-id';
  if (isOneVrf && peerName(one) === peerName(other)) return 'address';
  return isOneVrf && one.myASN !== other.myASN ? 'as-number' : undefined;
}

/** The router at the other end: an address, or an interface of the node. */
export function peerName({ peerAddress, interface: port }: PeerSpec): string {
  return peerAddress ?? port ?? '';
}
