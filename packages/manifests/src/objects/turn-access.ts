import { openAllVerb, turnKind, turnName } from '@meshrs/contract';
import type { ClusterRole, ClusterRoleBinding } from '../kubernetes/core-types.ts';
import { partOf } from '../metadata.ts';
import { gateAccount } from '../names.ts';
import { speakersOf } from '../argo-cd/metallb-chart.ts';
import type { ClusterScope } from '../scope.ts';
import { looksAt } from './gate-access.ts';
import { budgetRule, eventRule } from './role.ts';

const [apiGroup, apiVersion] = ['rbac.authorization.k8s.io', 'rbac.authorization.k8s.io/v1'] as const;

type FleetScope = Pick<ClusterScope, 'topology'>;

/**
 * What gates and agents may do with the turn of their fleet, and with no other: which of them may open it, the policy on it
 * says. A gate also sees where the API servers are, in this one object of Kubernetes' own, and which nodes are whose side's.
 */
export function turnRoles(scope: FleetScope): (ClusterRole | ClusterRoleBinding)[] {
  const { app, namespace } = scope.topology.routeServers;
  const turn = turnName(scope.topology.routeServers);
  const turns = {
    apiGroups: [turnKind.group],
    resources: [turnKind.plural],
    resourceNames: [turn],
    verbs: ['get', 'patch'],
  };
  const apiServers = {
    ...{
      apiGroups: ['discovery.k8s.io'],
      resources: ['endpointslices'],
      resourceNames: ['kubernetes'],
      verbs: ['get'],
    },
  };
  const nodes = speakersOf(scope.topology) ? [{ apiGroups: [''], resources: ['nodes'], verbs: ['list'] }] : [];
  return [
    ...granted(`meshrs-gate.${turn}`, { name: gateAccount(app), namespace }, [turns, apiServers, ...nodes]),
    ...granted(`meshrs-agent.${turn}`, { name: app, namespace }, [turns]),
    ...openingRoles(scope, [turns, apiServers]),
  ];
}

/**
 * What `meshrs open` needs, for administrators to bind; nobody has them by what is generated. The first two go together: one
 * for the whole cluster, the other by a RoleBinding in the namespace of the route servers. The third opens all sides at once.
 */
function openingRoles({ topology }: FleetScope, inCluster: NonNullable<ClusterRole['rules']>): ClusterRole[] {
  const turn = turnName(topology.routeServers);
  const { group, plural } = turnKind;
  const [apiGroups, resourceNames] = [[group], [turn]];
  return [
    clusterRole(`meshrs-open.${turn}`, [
      ...inCluster,
      // To say which fleets there are where this one is not.
      { apiGroups, resources: [plural], verbs: ['list'] },
    ]),
    clusterRole(`meshrs-open-namespace.${turn}`, [
      { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
      { apiGroups: [''], resources: ['pods/proxy'], verbs: ['get'] },
      // A port-forward by WebSocket is a GET, for which newer API servers want `create`, too.
      { apiGroups: [''], resources: ['pods/portforward'], verbs: ['get', 'create'] },
      ...looksAt,
      budgetRule(topology.routeServers.app),
      eventRule,
    ]),
    clusterRole(`meshrs-open-all.${turn}`, [{ apiGroups, resources: [plural], resourceNames, verbs: [openAllVerb] }]),
  ];
}

function granted(
  name: string,
  account: { readonly name: string; readonly namespace: string },
  rules: NonNullable<ClusterRole['rules']>,
): [ClusterRole, ClusterRoleBinding] {
  return [
    clusterRole(name, rules),
    {
      apiVersion,
      kind: 'ClusterRoleBinding',
      metadata: { name, labels: partOf },
      roleRef: { apiGroup, kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', ...account }],
    },
  ];
}

function clusterRole(name: string, rules: NonNullable<ClusterRole['rules']>): ClusterRole {
  return { apiVersion, kind: 'ClusterRole', metadata: { name, labels: partOf }, rules };
}
