import { faultsOfAdvertisements } from '../metallb/advertisements.ts';
import { faultsOfProfiles } from '../metallb/bfd-profiles.ts';
import { faultsOfPeer } from '../metallb/peers.ts';
import { faultsOfPools } from '../metallb/pools.ts';
import type { Rule } from '../rule.ts';

/*
 * What MetalLB refuses of one object (its internal/config/config.go and validation.go, 0.16). Its webhook refuses the object, or, where
 * that is not asked, its controller and speakers keep the whole configuration that they have.
 */

export const metallbTakes: Rule = {
  id: 'metallb-takes',
  title: 'MetalLB refuses an object',
  why: 'Over one object that it refuses MetalLB keeps its whole old configuration, that of the other side too.',
  isWaivable: false,
  check: (cluster, { metallbBackend }) => [
    ...cluster.peers.flatMap((peer) => faultsOfPeer(peer, metallbBackend)),
    ...faultsOfProfiles(cluster, metallbBackend),
    ...faultsOfPools(cluster, metallbBackend),
    ...faultsOfAdvertisements(cluster),
  ],
};
