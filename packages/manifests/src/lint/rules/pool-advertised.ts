import { selects } from '../../built/selects.ts';
import type { Rule } from '../rule.ts';

export const poolAdvertised: Rule = {
  id: 'pool-advertised',
  title: 'A pool is advertised by nobody',
  why: 'Services get addresses of the pool, and no router learns them.',
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
        message: `The pool ${view.metadata.name} is advertised by nobody: no BGPAdvertisement or L2Advertisement of ${view.metadata.namespace ?? 'its namespace'} names it.`,
        seen: view.metadata.name,
        hint: 'add it to the ipAddressPools of an advertisement, or correct the name there',
      })),
};
