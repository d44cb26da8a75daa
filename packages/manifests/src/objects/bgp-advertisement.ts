import type { BgpAdvertisement } from '../kubernetes/metallb-types.ts';
import type { SideScope } from '../scope.ts';
import { sortedTexts } from '../sorted.ts';
import { peerNamesOf } from './bgp-peer.ts';
import { sideMetallbMetadata } from '../metadata.ts';

/** Announces a side's VIP to the routers of that side's nodes. */
export function bgpAdvertisement(scope: SideScope): BgpAdvertisement {
  const { service, definition } = scope;
  return {
    apiVersion: 'metallb.io/v1beta1',
    kind: 'BGPAdvertisement',
    metadata: sideMetallbMetadata(scope, service),
    spec: {
      ipAddressPools: [service],
      peers: peerNamesOf(scope),
      ...(definition.communities.length > 0 && { communities: sortedTexts(definition.communities) }),
    },
  };
}
