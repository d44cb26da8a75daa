import type { Topology } from '@meshrs/topology';
import type { Service } from '../kubernetes/core-types.ts';

/** By what MetalLB alone serves a Service, where there is another load balancer (Kubernetes documentation, "Service"). */
export function loadBalancerClass({ metallb }: Topology): Pick<NonNullable<Service['spec']>, 'loadBalancerClass'> {
  return { ...(metallb.loadBalancerClass !== undefined && { loadBalancerClass: metallb.loadBalancerClass }) };
}
