import { advertisedPools, takesAllPools } from '../../built/advertised-pools.ts';
import type { Rule } from '../rule.ts';
import { listed } from '../../words.ts';

export const advertisedOnce: Rule = {
  id: 'advertised-once',
  title: "An advertisement of the user's takes the pool of a VIP",
  why: 'MetalLB announces the VIP by each advertisement of its pool: by other nodes, to other routers, with other communities, or together with the VIP of the other side.',
  isWaivable: false,
  check: ({ pools, bgpAdvertisements, l2Advertisements }, { generated }) => {
    const ofVips = pools.filter(({ id }) => generated.includes(id));
    return [...bgpAdvertisements, ...l2Advertisements]
      .filter(({ id }) => !generated.includes(id))
      .flatMap(({ id, view }) => {
        const taken = advertisedPools(view, ofVips);
        const names = listed(taken.map(({ view: pool }) => pool.metadata.name));
        return taken.length === 0
          ? []
          : [
              {
                object: id,
                message: `The advertisement takes ${names}, which the topology's own advertisements announce.`,
                seen: takesAllPools(view) ? 'no ipAddressPools, which is all' : names,
                allowed: 'pools of your own',
                hint: 'name your pools in spec.ipAddressPools',
              },
            ];
      });
  },
};
