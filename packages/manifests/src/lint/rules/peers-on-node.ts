import { takesSide } from '../../built/selects.ts';
import type { Rule, RuleFinding } from '../rule.ts';

export const peersOnNode: Rule = {
  id: 'peers-on-node',
  title: 'Two BGPPeers of one node have the same address, or different AS numbers for MetalLB',
  why: 'MetalLB refuses the second BGPPeer and keeps its whole old configuration, that of the other side too.',
  isWaivable: true,
  check: ({ peers }, { sides, nodeLabel }) =>
    peers.flatMap((peer, index) =>
      peers.slice(0, index).flatMap((earlier): RuleFinding[] => {
        const side = sides.find((candidate) =>
          [peer, earlier].every(({ view }) => takesSide(view.spec.nodeSelectors, nodeLabel, candidate)),
        );
        if (side === undefined) return [];
        if (peer.view.spec.peerAddress === earlier.view.spec.peerAddress) {
          return [
            {
              object: peer.id,
              message: `The BGPPeer has the same address as ${earlier.id}, and both select nodes of side ${side}.`,
              seen: peer.view.spec.peerAddress ?? 'none',
              allowed: 'one address per router position, or nodeSelectors without a common node',
              hint: 'change the address or the nodeSelectors of one of the two',
            },
          ];
        }
        if (peer.view.spec.myASN === earlier.view.spec.myASN) return [];
        return [
          {
            object: peer.id,
            message: `The BGPPeer has another myASN than ${earlier.id}, and both select nodes of side ${side}.`,
            seen: `${String(peer.view.spec.myASN)} and ${String(earlier.view.spec.myASN)}`,
            allowed: 'one myASN per node',
            hint: 'give both the same myASN',
          },
        ];
      }),
    ),
};
