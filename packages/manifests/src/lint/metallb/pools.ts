import { advertisedPools } from '../../built/advertised-pools.ts';
import type { Built } from '../../built/built.ts';
import { hasFamily } from '../../built/pool-ranges.ts';
import type { BuiltCluster } from '../../built/read-built.ts';
import type { AddressPoolView } from '../../built/views.ts';
import type { ClusterFacts } from '../cluster-facts.ts';
import type { RuleFinding } from '../rule.ts';
import { repeatedEntries, repeatedSelectors } from './selectors.ts';

/* What MetalLB refuses of an IPAddressPool; of entries, and pools that overlap, the rule addresses-unique tells. */

type Backend = ClusterFacts['metallbBackend'];
type Fault = Omit<RuleFinding, 'object'>;

export function faultsOfPools(cluster: BuiltCluster, backend: Backend): RuleFinding[] {
  const advertised = cluster.bgpAdvertisements.flatMap(({ view }) => advertisedPools(view, cluster.pools));
  return cluster.pools.flatMap((pool) =>
    [...ofPool(pool.view), ...(backend === 'native' && advertised.includes(pool) ? ofIpv6(pool) : [])].map((fault) => ({
      object: pool.id,
      ...fault,
    })),
  );
}

/** `addressPoolFromCR`, `addressPoolServiceAllocationsFromCR`. */
function ofPool({ spec: { addresses, serviceAllocation } }: AddressPoolView): Fault[] {
  const name = 'serviceAllocation of the pool';
  return [
    ...(addresses.length > 0
      ? []
      : [
          {
            message: 'The pool has no addresses.',
            seen: 'none',
            allowed: 'at least one prefix or range in spec.addresses',
            hint: 'add addresses, or remove the pool',
          },
        ]),
    ...(serviceAllocation
      ? [
          ...repeatedEntries({ namespaces: serviceAllocation.namespaces }, name),
          ...repeatedSelectors(
            {
              namespaceSelectors: serviceAllocation.namespaceSelectors,
              serviceSelectors: serviceAllocation.serviceSelectors,
            },
            name,
          ),
        ]
      : []),
  ];
}

/** `findIPv6BGPAdvertisement`. */
function ofIpv6({ view }: Built<AddressPoolView>): Fault[] {
  if (!hasFamily(view.spec.addresses, 'ipv6')) return [];
  return [
    {
      message: "MetalLB's own BGP announces no IPv6 address, and the pool has some.",
      seen: view.spec.addresses.join(', '),
      allowed: 'IPv4 addresses, or metallb.backend: frr-k8s or frr',
      hint: 'remove the IPv6 addresses, or let no BGPAdvertisement take the pool',
    },
  ];
}
