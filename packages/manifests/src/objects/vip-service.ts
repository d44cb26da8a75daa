import { labels, portNames, ports } from '@meshrs/contract';
import type { Service } from '../kubernetes/core-types.ts';
import { loadBalancerClass } from './load-balancer-class.ts';
import { metallbAnnotations } from '../kubernetes/metallb-types.ts';
import { replicasOf, type SideScope } from '../scope.ts';
import { ipFamilies } from './ip-families.ts';
import { sideMetadata } from '../metadata.ts';

/**
 * The VIP of a side. `Local`: only nodes that hold a route server of the side announce it, and the route server sees
 * the client's true address.
 *
 * With one route server readiness does not withdraw the VIP: a dead kubelet would, on every side at once. With several a
 * dead one must leave the set, so there it does.
 */
export function vipService(scope: SideScope): Service {
  const { topology, side, service, definition } = scope;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      ...sideMetadata(scope, service),
      annotations: {
        [metallbAnnotations.pool]: service,
        [metallbAnnotations.addresses]: definition.vips.join(','),
      },
    },
    spec: {
      type: 'LoadBalancer',
      ...loadBalancerClass(topology),
      allocateLoadBalancerNodePorts: false,
      externalTrafficPolicy: 'Local',
      ...ipFamilies(definition.vips),
      ...(replicasOf(scope) === 1 && { publishNotReadyAddresses: true }),
      selector: { [labels.app]: topology.routeServers.app, [labels.side]: side },
      ports: [{ name: portNames.bgp, port: ports.bgp, targetPort: portNames.bgp, protocol: 'TCP' }],
    },
  };
}
