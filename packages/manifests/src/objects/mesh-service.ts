import { labels, portNames, ports } from '@meshrs/contract';
import type { Service } from '../kubernetes/core-types.ts';
import type { ClusterScope } from '../scope.ts';
import { sharedMetadata } from '../metadata.ts';

/**
 * The headless Service that governs the StatefulSets of all sides and by which route servers find each other. It lists
 * pods that are not ready too: a route server becomes ready by having its sessions.
 */
export function meshService(scope: Pick<ClusterScope, 'topology'>): Service {
  const { mesh, app } = scope.topology.routeServers;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: sharedMetadata(scope, mesh.service),
    spec: {
      clusterIP: 'None',
      publishNotReadyAddresses: true,
      selector: { [labels.app]: app },
      ports: [
        { name: portNames.bgp, port: ports.bgp, targetPort: portNames.bgp, protocol: 'TCP' },
        { name: portNames.agent, port: ports.agent, targetPort: portNames.agent, protocol: 'TCP' },
      ],
    },
  };
}
