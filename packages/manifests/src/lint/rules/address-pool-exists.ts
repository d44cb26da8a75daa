import { findPool, loadBalancers } from '../../built/load-balancers.ts';
import { metallbAnnotations } from '../../kubernetes/metallb-types.ts';
import type { Rule } from '../rule.ts';
import { listed } from '../../words.ts';

export const addressPoolExists: Rule = {
  id: 'address-pool-exists',
  title: 'A LoadBalancer Service names no pool, or one that does not exist',
  why: 'MetalLB gives it no address, or one from whichever pool assigns by itself.',
  isWaivable: true,
  check: (cluster, facts) =>
    loadBalancers(cluster, facts)
      // Of the user's any pool may do.
      .filter(({ id, pool }) =>
        pool === undefined ? facts.generated.includes(id) : !findPool(cluster, pool, facts.metallbNamespace),
      )
      .map(({ id, pool }) => ({
        object: id,
        message:
          pool === undefined
            ? `The Service names no IPAddressPool: it has no annotation ${metallbAnnotations.pool}.`
            : `The Service names the IPAddressPool ${pool}, which does not exist in ${facts.metallbNamespace}.`,
        ...(pool !== undefined && { seen: pool }),
        allowed: listed(cluster.pools.map(({ view }) => view.metadata.name)),
        hint: 'name one of the pools; a transformer that renames pools does not rename them here',
      })),
};
