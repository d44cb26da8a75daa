import { peerClash, peerName, type PeerClash } from '../../built/metallb-peers.ts';
import type { Built } from '../../built/built.ts';
import type { BgpPeerView } from '../../built/views.ts';
import type { Rule, RuleFinding } from '../rule.ts';

export const peersOnNode: Rule = {
  id: 'peers-on-node',
  title: 'Two BGPPeers of one node have the same address, or different AS numbers or router IDs for MetalLB',
  why: 'MetalLB refuses the second BGPPeer and keeps its whole old configuration, that of the other side too.',
  isWaivable: false,
  check: ({ peers }, { metallbBackend, generated }) => {
    // MetalLB's own BGP has a session for each.
    if (metallbBackend === 'native') return [];
    const isGenerated = ({ id }: Built<BgpPeerView>): boolean => generated.includes(id);
    // Of a generated one and one of the user's the user's is to blame, wherever the two stand.
    const inOrder = [...peers.filter(isGenerated), ...peers.filter((peer) => !isGenerated(peer))];
    return inOrder.flatMap((peer, index) =>
      inOrder.slice(0, index).flatMap((earlier): RuleFinding[] => {
        const clash = peerClash(peer.view, earlier.view);
        return clash === undefined ? [] : [finding(clash, peer, earlier, isGenerated(earlier))];
      }),
    );
  },
};

type Peer = Built<BgpPeerView>;

function finding(
  clash: PeerClash,
  { id: object, view: { spec } }: Peer,
  { id, view }: Peer,
  isOfSides: boolean,
): RuleFinding {
  const nodes = 'and some node may have both';
  switch (clash) {
    case 'address':
      return {
        object,
        message: `The BGPPeer has the same address as ${id}, ${nodes}.`,
        seen: peerName(spec),
        // The API server takes no other BGPPeer for a router of the sides, whichever nodes it is for.
        ...(isOfSides
          ? { allowed: 'an address that no generated BGPPeer has', hint: 'change the address' }
          : {
              allowed: 'one address per router position and VRF, or nodeSelectors that no node fits both of',
              hint: 'change the address of one, or select other nodes in its nodeSelectors',
            }),
      };
    case 'as-number':
      return {
        object,
        message: `The BGPPeer has another myASN than ${id}, ${nodes}.`,
        seen: `${String(spec.myASN)} and ${String(view.spec.myASN)}`,
        allowed: 'one myASN per node and VRF',
        hint: 'give both the same myASN',
      };
    case 'router-id':
      return {
        object,
        message: `The BGPPeer has another routerID than ${id}, ${nodes}.`,
        seen: `${spec.routerID ?? 'none'} and ${view.spec.routerID ?? 'none'}`,
        allowed: 'one routerID per node, or none',
        hint: 'give both the same routerID',
      };
  }
}
