import { partOf } from '../metadata.ts';
import { enginePods } from '../pod/engines.ts';
import type { ClusterScope } from '../scope.ts';
import type { Namespace } from '../kubernetes/core-types.ts';

/**
 * The Pod Security level that the route servers need, and no more (Kubernetes documentation, "Pod Security Admission").
 * The version is pinned: a pod must come back after an upgrade of the cluster whose rules have become stricter.
 */
const podSecurityVersion = 'v1.30';

export function namespace({ topology }: Pick<ClusterScope, 'topology'>): Namespace {
  const { engine, exposure } = topology.routeServers;
  const level = enginePods[engine].podSecurityLevel(exposure);
  const modes = ['audit', 'enforce', 'warn'];
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: topology.routeServers.namespace,
      labels: {
        ...partOf,
        ...Object.fromEntries(
          modes.flatMap((mode) => [
            [`pod-security.kubernetes.io/${mode}`, level],
            [`pod-security.kubernetes.io/${mode}-version`, podSecurityVersion],
          ]),
        ),
      },
    },
  };
}
