import { metallbAnnotations } from '../kubernetes/metallb-types.ts';
import type { Built } from './built.ts';
import type { BuiltCluster } from './read-built.ts';
import type { AddressPoolView, ServiceView } from './views.ts';

/** A Service that MetalLB gives an address. */
export interface LoadBalancer extends Built<ServiceView> {
  /** Name of its pool; undefined when MetalLB chooses. */
  readonly pool: string | undefined;
  /** The addresses asked for, as written. */
  readonly addresses: readonly string[];
}

export function loadBalancers({ services }: BuiltCluster): LoadBalancer[] {
  return services
    .filter(({ view }) => view.spec.type === 'LoadBalancer')
    .map((service) => {
      const { annotations } = service.view.metadata;
      const addresses = annotations[metallbAnnotations.addresses] ?? '';
      return {
        ...service,
        pool: annotations[metallbAnnotations.pool],
        addresses: addresses
          .split(',')
          .map((address) => address.trim())
          .filter((address) => address !== ''),
      };
    });
}

/** A pool by its name; pools live in MetalLB's namespace. */
export function findPool({ pools }: BuiltCluster, name: string, namespace: string): Built<AddressPoolView> | undefined {
  return pools.find(({ view }) => view.metadata.name === name && (view.metadata.namespace ?? '') === namespace);
}
