import { takesSide } from '../../built/selects.ts';
import { sideLabel } from '../cluster-facts.ts';
import type { Rule, RuleFinding } from '../rule.ts';

export const peersOnNode: Rule = {
  id: 'peers-on-node',
  title: 'BGPPeers of one node differ in address and agree in their own AS',
  why: 'MetalLB refuses the second one and keeps its whole old configuration, of the other side too.',
  isWaivable: true,
  check: ({ peers }, { sides }) =>
    peers.flatMap((peer, index) =>
      peers.slice(0, index).flatMap((earlier): RuleFinding[] => {
        const side = sides.find((candidate) =>
          [peer, earlier].every(({ view }) => takesSide(view.spec.nodeSelectors, sideLabel, candidate)),
        );
        if (side === undefined) return [];
        if (peer.view.spec.peerAddress === earlier.view.spec.peerAddress) {
          return [
            {
              object: peer.id,
              message: `${earlier.id} has the same address, and both take nodes of side ${side}.`,
              seen: peer.view.spec.peerAddress ?? 'none',
              allowed: 'two addresses, one a router position, or selectors that share no node',
              hint: 'change the address or the nodeSelectors of one of the two',
            },
          ];
        }
        if (peer.view.spec.myASN === earlier.view.spec.myASN) return [];
        return [
          {
            object: peer.id,
            message: `${earlier.id} has another AS for MetalLB, and both take nodes of side ${side}.`,
            seen: `${String(peer.view.spec.myASN)} and ${String(earlier.view.spec.myASN)}`,
            allowed: 'one myASN a node',
            hint: 'give both the same myASN',
          },
        ];
      }),
    ),
};
