import { labels, ports, roles } from '@meshrs/contract';
import { serviceNameOf } from '@meshrs/topology';
import type {
  NetworkPolicy,
  NetworkPolicyEgressRule,
  Role,
  RoleBinding,
  ServiceAccount,
} from '../kubernetes/core-types.ts';
import type { ClusterScope } from '../scope.ts';
import { sortedTexts } from '../sorted.ts';
import { sharedMetadata } from '../metadata.ts';
import { fleetName, gateAccount, settingsName } from '../names.ts';
import { budgetRule, eventRule } from './role.ts';
import { kubernetesApi, routeServerPods, tcp } from './network-policy.ts';

type FleetScope = Pick<ClusterScope, 'topology'>;

/** The account of the gates' pods, apart from the route servers'. */
export function gateServiceAccount(scope: FleetScope): ServiceAccount {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: sharedMetadata(scope, gateAccount(scope.topology.routeServers.app)),
    automountServiceAccountToken: false,
  };
}

/** What a gate may do: see the pods of its namespace, and read the StatefulSets and settings of the sides and who is in the fleet. */
export function gateRole(scope: FleetScope): Role {
  const { routeServers } = scope.topology;
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: sharedMetadata(scope, gateAccount(routeServers.app)),
    rules: [
      { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
      ...looksAt(scope.topology),
      budgetRule(routeServers.app),
      eventRule,
    ],
  };
}

/** What every look of a gate reads beside the pods. */
export function looksAt(topology: FleetScope['topology']): NonNullable<Role['rules']> {
  const { sides, routeServers } = topology;
  const statefulSets = Object.values(sides).flatMap((side) => Object.keys(side.statefulSets));
  const configMaps = [
    fleetName(routeServers.app),
    ...Object.keys(sides).map((side) => settingsName(serviceNameOf(topology, side))),
  ];
  return [
    { apiGroups: ['apps'], resources: ['statefulsets'], resourceNames: sortedTexts(statefulSets), verbs: ['get'] },
    { apiGroups: [''], resources: ['configmaps'], resourceNames: sortedTexts(configMaps), verbs: ['get'] },
  ];
}

export function gateRoleBinding(scope: FleetScope): RoleBinding {
  const { app, namespace } = scope.topology.routeServers;
  const name = gateAccount(app);
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: sharedMetadata(scope, name),
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  };
}

/** Nobody reaches a gate; it reaches the API and the agents. */
export function gateNetworkPolicy(scope: FleetScope): NetworkPolicy {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: sharedMetadata(scope, gateAccount(scope.topology.routeServers.app)),
    spec: {
      podSelector: { matchLabels: { [labels.role]: roles.gate } },
      policyTypes: ['Ingress', 'Egress'],
      egress: [agents(scope), kubernetesApi],
    },
  };
}

/** A pod on the node's network has the node's address, by which no selector of pods finds it. */
function agents({ topology }: FleetScope): NetworkPolicyEgressRule {
  const isOnNode = topology.routeServers.exposure === 'hostNetwork';
  return { ports: [tcp(ports.agent)], ...(!isOnNode && { to: [routeServerPods(topology)] }) };
}
