import { hostPrefix, type IpAddress } from '@meshrs/network';
import { labels, podName, portNames, ports } from '@meshrs/contract';
import type { Service } from '../kubernetes/core-types.ts';
import { metallbAnnotations, type IpAddressPool, type L2Advertisement } from '../kubernetes/metallb-types.ts';
import { wellKnownLabels } from '../kubernetes/well-known-labels.ts';
import type { SideScope } from '../scope.ts';
import { sortedEntries } from '../sorted.ts';
import { ipFamilies } from './ip-families.ts';
import { loadBalancerClass } from './load-balancer-class.ts';
import { sideMetadata, sideMetallbMetadata } from '../metadata.ts';
import { managementName } from '../names.ts';

/** SSH and NETCONF of each route server of a side, at an address of its own; nothing while management is off. */
export function managementServices(scope: SideScope): Service[] {
  return managedPods(scope).map(({ pod, address }) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      ...sideMetadata(scope, managementName(pod)),
      annotations: {
        [metallbAnnotations.pool]: managementName(scope.service),
        [metallbAnnotations.addresses]: address,
      },
    },
    spec: {
      type: 'LoadBalancer',
      ...loadBalancerClass(scope.topology),
      allocateLoadBalancerNodePorts: false,
      externalTrafficPolicy: 'Local',
      ...ipFamilies([address]),
      publishNotReadyAddresses: true,
      selector: { [labels.app]: scope.topology.routeServers.app, [wellKnownLabels.podName]: pod },
      ports: [
        { name: portNames.ssh, port: ports.ssh, targetPort: portNames.ssh, protocol: 'TCP' },
        { name: portNames.netconf, port: ports.netconf, targetPort: portNames.netconf, protocol: 'TCP' },
      ],
    },
  }));
}

/** The management addresses of a side alone, so that the sides share no object. */
export function managementPools(scope: SideScope): IpAddressPool[] {
  const pods = managedPods(scope);
  if (pods.length === 0) return [];
  return [
    {
      apiVersion: 'metallb.io/v1beta1',
      kind: 'IPAddressPool',
      metadata: sideMetallbMetadata(scope, managementName(scope.service)),
      spec: { addresses: pods.map(({ address }) => hostPrefix(address)), autoAssign: false },
    },
  ];
}

export function managementAdvertisements(scope: SideScope): L2Advertisement[] {
  const { management } = scope.topology;
  if (!management?.enabled) return [];
  const name = managementName(scope.service);
  return [
    {
      apiVersion: 'metallb.io/v1beta1',
      kind: 'L2Advertisement',
      metadata: sideMetallbMetadata(scope, name),
      spec: {
        ipAddressPools: [name],
        interfaces: [management.interface],
        nodeSelectors: [{ matchLabels: { [scope.topology.placement.nodeLabel]: scope.side } }],
      },
    },
  ];
}

function managedPods({ topology, definition }: SideScope): { pod: string; address: IpAddress }[] {
  const { management } = topology;
  if (!management?.enabled) return [];
  return sortedEntries(definition.statefulSets).flatMap(([statefulSet, { replicas }]) =>
    Array.from({ length: replicas }, (_, ordinal) => podName(statefulSet, ordinal)).flatMap((pod) => {
      const address = management.addresses[pod];
      return address === undefined ? [] : [{ pod, address }];
    }),
  );
}
