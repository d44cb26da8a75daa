import { contains, parseAddress, rangeOf } from '@meshrs/network';
import { findPool, loadBalancers } from '../../built/load-balancers.ts';
import { poolRange } from '../../built/pool-ranges.ts';
import { metallbAnnotations } from '../../kubernetes/metallb-types.ts';
import type { Rule, RuleFinding } from '../rule.ts';
import { listed } from '../../words.ts';

export const addressPinned: Rule = {
  id: 'address-pinned',
  title:
    'A LoadBalancer Service asks for no address, or for one that its pool does not have, or takes one from the pool of a VIP',
  why: 'Without an address, a change of the pool gives a live Service another one; with one outside of its pool it gets none.',
  isWaivable: true,
  check: (cluster, facts) =>
    loadBalancers(cluster, facts).flatMap(({ id, pool, addresses }): RuleFinding[] => {
      const { metallbNamespace, generated } = facts;
      const poolId = pool === undefined ? undefined : findPool(cluster, pool, metallbNamespace)?.id;
      if (poolId !== undefined && generated.includes(poolId) && !generated.includes(id)) return [takesVip(id, pool)];
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

/** MetalLB gives it the VIP whenever the side's Service is not there: before its first sync, or while it is made again. */
function takesVip(object: string, pool: string | undefined): RuleFinding {
  return {
    object,
    isFinal: true,
    message: `The Service takes its address from the IPAddressPool ${pool ?? ''}, which has the VIP of a side and nothing else.`,
    seen: pool ?? 'none',
    allowed: 'a pool of your own',
    hint: 'add an IPAddressPool with other addresses, and name that one',
  };
}
