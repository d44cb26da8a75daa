import { metallbAnnotations, oldMetallbAnnotations } from '../kubernetes/metallb-types.ts';
import type { Built } from './built.ts';
import type { BuiltCluster } from './read-built.ts';
import type { AddressPoolView, ServiceView } from './views.ts';

/** A Service that MetalLB gives an address. */
export interface LoadBalancer extends Built<ServiceView> {
  /** Name of its pool; undefined when MetalLB chooses. */
  readonly pool: string | undefined;
  /** The addresses asked for, as written. */
  readonly addresses: readonly string[];
  /** Services with one key may share an address; undefined: it shares none. */
  readonly sharing: string | undefined;
}

/**
 * `ofClass`: the class of load balancers that MetalLB serves, none where it is not named; Services of another one it leaves to others
 * (MetalLB's service_controller.go, `filterByLoadBalancerClass`).
 */
export function loadBalancers({ services }: BuiltCluster, ofClass?: string): LoadBalancer[] {
  return services
    .filter(({ view: { spec } }) => spec.type === 'LoadBalancer' && spec.loadBalancerClass === ofClass)
    .map((service) => ({
      ...service,
      pool: annotationOf(service.view, 'pool'),
      addresses: (annotationOf(service.view, 'addresses') ?? service.view.spec.loadBalancerIP ?? '')
        .split(',')
        .map((address) => address.trim())
        .filter((address) => address !== ''),
      sharing: annotationOf(service.view, 'sharing'),
    }));
}

/** MetalLB reads the older key where the newer one is not there (its controller's service.go, `valueForAnnotation`). */
function annotationOf({ metadata }: ServiceView, key: keyof typeof metallbAnnotations): string | undefined {
  const { annotations } = metadata;
  const value = annotations[metallbAnnotations[key]] ?? annotations[oldMetallbAnnotations[key]];
  return value === '' ? undefined : value;
}

/** A pool by its name; pools live in MetalLB's namespace. */
export function findPool({ pools }: BuiltCluster, name: string, namespace: string): Built<AddressPoolView> | undefined {
  return pools.find(({ view }) => view.metadata.name === name && (view.metadata.namespace ?? '') === namespace);
}
