import type { Role } from '../kubernetes/core-types.ts';
import type { ClusterScope } from '../scope.ts';
import { sharedMetadata } from '../metadata.ts';

type Rule = NonNullable<Role['rules']>[number];

/**
 * What the agent may do: see the EndpointSlices of its namespace, where they name the other route servers, and give the
 * budget back that a gate left. Of the turn it may read and close (`turnRoles`).
 */
export function role({ topology }: Pick<ClusterScope, 'topology'>): Role {
  const { app, mesh } = topology.routeServers;
  const slices: Rule = { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] };
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: sharedMetadata({ topology }, app),
    rules: [...(mesh.source === 'kubernetes' ? [slices] : []), budgetRule(app), eventRule],
  };
}

/** To leave a word of each opening and closing of the turn. */
export const eventRule: Rule = { apiGroups: [''], resources: ['events'], verbs: ['create'] };

export function budgetRule(app: string): Rule {
  return { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], resourceNames: [app], verbs: ['get', 'patch'] };
}
