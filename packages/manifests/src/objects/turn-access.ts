import { turnKind, turnName } from '@meshrs/contract';
import type { ClusterRole, ClusterRoleBinding } from '../kubernetes/core-types.ts';
import { partOf } from '../metadata.ts';
import { gateAccount } from '../names.ts';
import type { ClusterScope } from '../scope.ts';

type FleetScope = Pick<ClusterScope, 'topology'>;

/**
 * What gates and agents may do with the turn of their fleet, and with no other: which of them may open it, the policy on it
 * says. A gate also sees where the API servers are: in this one object of Kubernetes' own.
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
  return [
    ...granted(`meshrs-gate.${turn}`, { name: gateAccount(app), namespace }, [turns, apiServers]),
    ...granted(`meshrs-agent.${turn}`, { name: app, namespace }, [turns]),
  ];
}

function granted(
  name: string,
  account: { readonly name: string; readonly namespace: string },
  rules: NonNullable<ClusterRole['rules']>,
): [ClusterRole, ClusterRoleBinding] {
  const [apiGroup, apiVersion] = ['rbac.authorization.k8s.io', 'rbac.authorization.k8s.io/v1'] as const;
  const metadata = { name, labels: partOf };
  return [
    { apiVersion, kind: 'ClusterRole', metadata, rules },
    {
      apiVersion,
      kind: 'ClusterRoleBinding',
      metadata,
      roleRef: { apiGroup, kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', ...account }],
    },
  ];
}
