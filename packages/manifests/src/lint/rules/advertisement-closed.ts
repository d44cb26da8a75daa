import { findPool, loadBalancers } from '../../built/load-balancers.ts';
import { podsBehind, takesSide } from '../../built/selects.ts';
import type { Built } from '../../built/built.ts';
import type { BuiltCluster } from '../../built/read-built.ts';
import type { BgpAdvertisementView } from '../../built/views.ts';
import { sideLabel, type ClusterFacts } from '../cluster-facts.ts';
import type { Rule, RuleFinding } from '../rule.ts';
import { listed } from '../../words.ts';

export const advertisementClosed: Rule = {
  id: 'advertisement-closed',
  title:
    'An advertisement names a pool or BGPPeer that does not exist, or none of the nodes behind its VIP announces it',
  why: 'The VIP is announced to nobody, or only by nodes that hold no route server of the side.',
  isWaivable: true,
  check: (cluster, facts) => [
    ...[...cluster.bgpAdvertisements, ...cluster.l2Advertisements].flatMap(({ id, view }) =>
      view.spec.ipAddressPools
        .filter((name) => !findPool(cluster, name, facts.metallbNamespace))
        .map((name) =>
          missing(
            id,
            'IPAddressPool',
            name,
            cluster.pools.map((pool) => pool.view.metadata.name),
          ),
        ),
    ),
    ...cluster.bgpAdvertisements.flatMap((advertisement) => [
      ...missingPeers(cluster, advertisement),
      ...sidesNotReached(cluster, facts, advertisement),
    ]),
  ],
};

function missingPeers(cluster: BuiltCluster, { id, view }: Built<BgpAdvertisementView>): RuleFinding[] {
  const names = cluster.peers.map((peer) => peer.view.metadata.name);
  if (names.length === 0) {
    return [
      {
        object: id,
        message: 'The advertisement reaches no router: there is no BGPPeer.',
        allowed: 'at least one BGPPeer in the namespace of MetalLB',
        hint: 'add one, or remove the advertisement',
      },
    ];
  }
  return view.spec.peers.filter((name) => !names.includes(name)).map((name) => missing(id, 'BGPPeer', name, names));
}

/** Sides whose VIPs this advertises, and none of whose nodes has a session with one of its peers. */
function sidesNotReached(
  cluster: BuiltCluster,
  facts: ClusterFacts,
  { id, view }: Built<BgpAdvertisementView>,
): RuleFinding[] {
  const { ipAddressPools, peers: wanted, nodeSelectors } = view.spec;
  const peers = cluster.peers.filter((peer) => wanted.length === 0 || wanted.includes(peer.view.metadata.name));
  const sides = new Set(
    loadBalancers(cluster, facts)
      .filter(({ pool }) => pool !== undefined && ipAddressPools.includes(pool))
      .flatMap((service) => podsBehind(cluster, service.view).map(({ labels }) => labels[sideLabel])),
  );
  return facts.sides
    .filter((side) => sides.has(side) && peers.length > 0)
    .filter(
      (side) =>
        !takesSide(nodeSelectors, facts.nodeLabel, side) ||
        !peers.some((peer) => takesSide(peer.view.spec.nodeSelectors, facts.nodeLabel, side)),
    )
    .map((side) => ({
      object: id,
      message: `The advertisement is for a VIP of side ${side}, but no node of that side announces it to any of its BGPPeers.`,
      seen: listed(peers.map((peer) => peer.view.metadata.name)),
      allowed: `a BGPPeer whose nodeSelectors select nodes with ${facts.nodeLabel}=${side}`,
      hint: 'correct peers or nodeSelectors here, or nodeSelectors of the BGPPeer',
    }));
}

function missing(object: string, kind: string, name: string, known: readonly string[]): RuleFinding {
  return {
    object,
    message: `The advertisement names the ${kind} ${name}, which does not exist.`,
    seen: name,
    allowed: listed(known),
    hint: `correct the name; a transformer that renames the ${kind} does not rename it here`,
  };
}
