import { contains, parseAddress, rangeOf } from '@meshrs/network';
import { findPool, loadBalancers } from '../../built/load-balancers.ts';
import { poolRange } from '../../built/pool-ranges.ts';
import { metallbAnnotations } from '../../kubernetes/metallb-types.ts';
import type { Rule, RuleFinding } from '../rule.ts';
import { listed } from '../../words.ts';

export const addressPinned: Rule = {
  id: 'address-pinned',
  title: 'A LoadBalancer Service asks for no address, or for one that its pool does not have',
  why: 'Without an address, a change of the pool gives a live Service another one; with one outside of its pool it gets none.',
  isWaivable: true,
  check: (cluster, { metallbNamespace, loadBalancerClass, generated }) =>
    loadBalancers(cluster, loadBalancerClass).flatMap(({ id, pool, addresses }): RuleFinding[] => {
      // Of the user's any address may do.
      if (addresses.length === 0 && !generated.includes(id)) return [];
      if (addresses.length === 0) {
        return [
          {
            object: id,
            message: `The Service asks for no address: it has no annotation ${metallbAnnotations.addresses}.`,
            allowed: 'one address, or one of each family with a comma between',
            hint: 'add the annotation with the address that clients dial',
          },
        ];
      }
      const entries = (pool === undefined ? undefined : findPool(cluster, pool, metallbNamespace))?.view.spec.addresses;
      // Which pool it should be is another rule's matter.
      if (!entries) return [];
      const ranges = entries.map(poolRange);
      return addresses
        .filter((text) => {
          const address = parseAddress(text);
          return !address || !ranges.some((range) => range && contains(range, rangeOf(address)));
        })
        .map((text) => ({
          object: id,
          message: `The Service asks for ${text}, which is not in the IPAddressPool ${pool ?? ''}.`,
          seen: text,
          allowed: listed(entries),
          hint: 'correct the address here or in the pool',
        }));
    }),
};
