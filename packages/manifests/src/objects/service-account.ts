import type { ServiceAccount } from '../kubernetes/core-types.ts';
import type { ClusterScope } from '../scope.ts';
import { sharedMetadata } from '../metadata.ts';

/** The account of the route servers' pods. Its token goes to the agent alone, by a volume of the pod. */
export function serviceAccount(scope: Pick<ClusterScope, 'topology'>): ServiceAccount {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: sharedMetadata(scope, scope.topology.routeServers.app),
    automountServiceAccountToken: false,
  };
}
