import type { RoleBinding } from '../kubernetes/core-types.ts';
import type { ClusterScope } from '../scope.ts';
import { sharedMetadata } from '../metadata.ts';

export function roleBinding(scope: Pick<ClusterScope, 'topology'>): RoleBinding {
  const { app, namespace } = scope.topology.routeServers;
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: sharedMetadata(scope, app),
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: app },
    subjects: [{ kind: 'ServiceAccount', name: app, namespace }],
  };
}
