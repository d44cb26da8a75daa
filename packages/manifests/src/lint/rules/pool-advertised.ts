import { advertisedPools } from '../../built/advertised-pools.ts';
import type { Rule } from '../rule.ts';

export const poolAdvertised: Rule = {
  id: 'pool-advertised',
  title: 'A pool is advertised by nobody',
  why: 'Services get addresses of the pool, and no router learns them.',
  isWaivable: true,
  check: ({ pools, bgpAdvertisements, l2Advertisements }) => {
    const advertised = [...bgpAdvertisements, ...l2Advertisements].flatMap(({ view }) => advertisedPools(view, pools));
    return pools
      .filter((pool) => !advertised.includes(pool))
      .map(({ id, view }) => ({
        object: id,
        message: `The pool ${view.metadata.name} is advertised by nobody: no BGPAdvertisement or L2Advertisement of ${view.metadata.namespace ?? 'its namespace'} names it.`,
        seen: view.metadata.name,
        hint: 'add it to the ipAddressPools of an advertisement, or correct the name there',
      }));
  },
};
