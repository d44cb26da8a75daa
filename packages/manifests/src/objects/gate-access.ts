import { labels, ports, roles } from '@meshrs/contract';
import type {
  NetworkPolicy,
  NetworkPolicyEgressRule,
  Role,
  RoleBinding,
  ServiceAccount,
} from '../kubernetes/core-types.ts';
import type { ClusterScope } from '../scope.ts';
import { partOf, sharedMetadata } from '../metadata.ts';
import { gateAccount } from '../names.ts';
import { metallbResources } from '../kubernetes/metallb-types.ts';
import { speakersOf } from '../argo-cd/metallb-chart.ts';
import { budgetRule, eventRule } from './role.ts';
import { clustersOf, kubernetesApi, routeServerPods, tcp } from './network-policy.ts';

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

/**
 * What a gate may do: see the pods of its namespace, and what is generated there of the sides. By no name: what commits
 * before have made, and this one does not, is looked for.
 */
export function gateRole(scope: FleetScope): Role {
  const { routeServers } = scope.topology;
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: sharedMetadata(scope, gateAccount(routeServers.app)),
    rules: [
      { apiGroups: [''], resources: ['pods', 'services'], verbs: ['list'] },
      { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs: ['list'] },
      // One for each node to which it brings an image of MetalLB's; they go with its own.
      ...(speakersOf(scope.topology) ? [{ apiGroups: [''], resources: ['pods'], verbs: ['create'] }] : []),
      ...looksAt,
      budgetRule(routeServers.app),
      eventRule,
    ],
  };
}

/** What every look of a gate reads beside the pods: by no name, since what leaves has pods, too. */
export const looksAt: NonNullable<Role['rules']> = [
  { apiGroups: ['apps'], resources: ['statefulsets'], verbs: ['get', 'list'] },
  { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list'] },
];

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

/**
 * In MetalLB's namespace: what is announced of the sides, where something is to be deleted; and the pods of its DaemonSets,
 * which it replaces. No Role names them, since their names are made up: the interlock holds each deletion to the nodes of the
 * side that is open.
 */
export function gateMetallbRole(scope: FleetScope): Role {
  const speakers = speakersOf(scope.topology);
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: inMetallb(scope),
    rules: [
      { apiGroups: ['metallb.io'], resources: Object.keys(metallbResources), verbs: ['list'] },
      ...(speakers
        ? [
            {
              ...{ apiGroups: ['apps'], resources: ['daemonsets'], verbs: ['get'] },
              resourceNames: [...speakers.daemonSets, ...speakers.absent],
            },
            { apiGroups: [''], resources: ['pods'], verbs: ['list', 'delete'] },
          ]
        : []),
    ],
  };
}

export function gateMetallbRoleBinding(scope: FleetScope): RoleBinding {
  return { ...gateRoleBinding(scope), metadata: inMetallb(scope) };
}

function inMetallb({ topology: { metallb, routeServers } }: FleetScope): Role['metadata'] {
  return { name: gateAccount(routeServers.app), namespace: metallb.namespace, labels: partOf };
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
      // Of all clusters: base/ is for each of them.
      egress: [agents(scope), kubernetesApi(clustersOf(scope.topology))],
    },
  };
}

/** A pod on the node's network has the node's address, by which no selector of pods finds it. */
function agents({ topology }: FleetScope): NetworkPolicyEgressRule {
  const isOnNode = topology.routeServers.exposure === 'hostNetwork';
  return { ports: [tcp(ports.agent)], ...(!isOnNode && { to: [routeServerPods(topology)] }) };
}
