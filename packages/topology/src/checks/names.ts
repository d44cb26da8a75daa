import { duplicateNames, type Claim } from '@meshrs/contract';
import type { Finding } from '@meshrs/strict-yaml';
import type { CheckCode } from '../codes.ts';
import { serviceNameOf } from '../fleet.ts';
import type { Topology } from '../schema/index.ts';

/** Names that become Kubernetes objects of one kind, files or host names are unique. */
export function checkNames(topology: Topology): Finding<CheckCode>[] {
  return [serviceNames(topology), statefulSetNames(topology), hostNames(topology), peerGroupNames(topology)].flatMap(
    duplicateNames,
  );
}

function serviceNames(topology: Topology): Claim[] {
  return [
    {
      path: ['routeServers', 'mesh', 'service'],
      owner: 'the headless Service of the mesh',
      value: topology.routeServers.mesh.service,
    },
    ...Object.keys(topology.sides).map((side) => ({
      path: ['sides', side, 'service'],
      owner: `the Service of side ${side}`,
      value: serviceNameOf(topology, side),
    })),
  ];
}

function statefulSetNames({ sides }: Topology): Claim[] {
  return Object.entries(sides).flatMap(([side, { statefulSets }]) =>
    Object.keys(statefulSets).map((name) => ({
      path: ['sides', side, 'statefulSets', name],
      owner: `a StatefulSet of side ${side}`,
      value: name,
    })),
  );
}

/** Routers, clients and nodes stand beside each other in messages and in the lab. */
function hostNames({ routers, clients, nodes }: Topology): Claim[] {
  return [
    ...Object.keys(routers).map((name) => ({ path: ['routers', name], owner: 'a router', value: name })),
    // A router may be a client, too: one device, by one name.
    ...Object.keys(clients)
      .filter((name) => !Object.hasOwn(routers, name))
      .map((name) => ({ path: ['clients', name], owner: 'a client', value: name })),
    ...Object.keys(nodes).map((name) => ({ path: ['nodes', name], owner: 'a node', value: name })),
  ].map((claim) => ({ ...claim, value: claim.value.toLowerCase() }));
}

function peerGroupNames({ routeServers, clientGroups }: Topology): Claim[] {
  return [
    { path: ['routeServers', 'mesh', 'group'], owner: 'the mesh', value: routeServers.mesh.group },
    ...Object.keys(clientGroups).map((name) => ({
      path: ['clientGroups', name],
      owner: 'a client group',
      value: name,
    })),
  ];
}
