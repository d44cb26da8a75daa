import { selects } from '../../built/selects.ts';
import type { Rule } from '../rule.ts';

export const poolAdvertised: Rule = {
  id: 'pool-advertised',
  title: 'Every pool is advertised',
  why: 'Its Services get their addresses, and no router learns them.',
  isWaivable: true,
  check: ({ pools, bgpAdvertisements, l2Advertisements }) =>
    pools
      .filter(
        ({ view: { metadata } }) =>
          ![...bgpAdvertisements, ...l2Advertisements].some(({ view: advertisement }) => {
            const { ipAddressPools, ipAddressPoolSelectors } = advertisement.spec;
            const takesAll = ipAddressPools.length === 0 && ipAddressPoolSelectors.length === 0;
            return (
              (advertisement.metadata.namespace ?? '') === (metadata.namespace ?? '') &&
              (takesAll ||
                ipAddressPools.includes(metadata.name) ||
                ipAddressPoolSelectors.some((selector) => selects(selector, metadata.labels)))
            );
          }),
      )
      .map(({ id, view }) => ({
        object: id,
        message: `No BGPAdvertisement and no L2Advertisement of ${view.metadata.namespace ?? 'its namespace'} takes this pool.`,
        seen: view.metadata.name,
        hint: 'add it to the ipAddressPools of an advertisement, or correct the name there',
      })),
};
