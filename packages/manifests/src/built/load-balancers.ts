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

/** Which Services are meant for MetalLB. */
export interface Served {
  /** The class that it serves, none where it is not named. */
  readonly loadBalancerClass?: string | undefined;
  /** Ids of generated objects: whatever class a patch gives one of these, it is a VIP. */
  readonly generated?: readonly string[];
}

/** Services of another class MetalLB leaves to others (its service_controller.go, `filterByLoadBalancerClass`). */
export function loadBalancers(
  { services }: BuiltCluster,
  { loadBalancerClass, generated = [] }: Served = {},
): LoadBalancer[] {
  return services
    .filter(
      ({ id, view: { spec } }) =>
        spec.type === 'LoadBalancer' && (spec.loadBalancerClass === loadBalancerClass || generated.includes(id)),
    )
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
