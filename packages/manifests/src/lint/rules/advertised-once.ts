import { selects } from '../../built/selects.ts';
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
      .flatMap(({ id, view: { metadata, spec } }) => {
        const { ipAddressPools, ipAddressPoolSelectors } = spec;
        // Without a selection of pools MetalLB takes all (its config, `setBGPAdvertisementsToPools`).
        const takesAll = ipAddressPools.length === 0 && ipAddressPoolSelectors.length === 0;
        const taken = ofVips.filter(
          ({ view: pool }) =>
            (pool.metadata.namespace ?? '') === (metadata.namespace ?? '') &&
            (takesAll ||
              ipAddressPools.includes(pool.metadata.name) ||
              ipAddressPoolSelectors.some((selector) => selects(selector, pool.metadata.labels))),
        );
        const names = listed(taken.map(({ view: pool }) => pool.metadata.name));
        return taken.length === 0
          ? []
          : [
              {
                object: id,
                message: `The advertisement takes ${names}, which the topology's own advertisements announce.`,
                seen: takesAll ? 'no ipAddressPools, which is all' : names,
                allowed: 'pools of your own',
                hint: 'name your pools in spec.ipAddressPools',
              },
            ];
      });
  },
};
