import type { Role } from '../kubernetes/core-types.ts';
import type { ClusterScope } from '../scope.ts';
import { sharedMetadata } from '../metadata.ts';

/** What the agent may do: see the EndpointSlices of its namespace, which name the other route servers. */
export function role(scope: Pick<ClusterScope, 'topology'>): Role {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: sharedMetadata(scope, scope.topology.routeServers.app),
    rules: [{ apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] }],
  };
}
