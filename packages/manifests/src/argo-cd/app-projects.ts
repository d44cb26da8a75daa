import type { AppProject, GroupKind } from '../kubernetes/argo-cd-types.ts';
import { partOf } from '../metadata.ts';
import type { ClusterScope } from '../scope.ts';
import { compareText } from '../sorted.ts';
import { customKinds, formatKind, generatedKinds, interlockKinds } from './allowed-kinds.ts';
import { destinationOf, namespaceOfNone, ownCluster } from './destination.ts';
import { chartAddress, chartKinds } from './metallb-chart.ts';
import { applicationNames } from './names.ts';

/** What the root may do: make the Applications and projects of this cluster, in Argo CD's namespace. */
export function rootProject(scope: ClusterScope): AppProject {
  const { repository, namespace } = scope.topology.gitops;
  return project(scope, applicationNames(scope.cluster).root, {
    description: `Applications and projects of ${scope.cluster}`,
    sourceRepos: [repository],
    destinations: [{ ...ownCluster, namespace }],
    namespaceResourceWhitelist: [
      { group: 'argoproj.io', kind: 'AppProject' },
      { group: 'argoproj.io', kind: 'Application' },
    ],
  });
}

/** What MetalLB's Application may do: what the chart makes, and the namespace it lives in. */
export function metallbProject(scope: ClusterScope): AppProject {
  const { metallb } = scope.topology;
  const { namespace } = metallb;
  return project(scope, applicationNames(scope.cluster).metallb, {
    description: `MetalLB on ${scope.cluster}`,
    sourceRepos: [chartAddress(metallb)],
    destinations: [{ ...destinationOf(scope), namespace }],
    clusterResourceWhitelist: sorted([...chartKinds.cluster, { group: '', kind: 'Namespace' }]),
    namespaceResourceWhitelist: chartKinds.namespaced,
    ...syncWindows(scope),
  });
}

/**
 * What the interlock's Application may do: these kinds, and none of a namespace. A project of its own, since a whitelist has
 * no names (Argo CD 3.2): whoever may write admission policies may let anything through.
 */
export function interlockProject(scope: ClusterScope): AppProject {
  const { gitops } = scope.topology;
  return project(scope, applicationNames(scope.cluster).interlock, {
    description: `What keeps one side at a time on ${scope.cluster}`,
    sourceRepos: [gitops.repository],
    destinations: [{ ...destinationOf(scope), namespace: namespaceOfNone }],
    clusterResourceWhitelist: sorted(interlockKinds),
    namespaceResourceWhitelist: [],
  });
}

/** What the route servers' Application may do: what is generated, and what the topology lets custom/ add. */
export function routeServersProject(scope: ClusterScope): AppProject {
  const { gitops, routeServers, metallb } = scope.topology;
  // Whether a kind has namespaces the topology does not say; in the list where it does not belong it allows nothing.
  const added = customKinds(scope.topology);
  return project(scope, applicationNames(scope.cluster).routeServers, {
    description: `Route servers on ${scope.cluster}, and what MetalLB announces of them`,
    sourceRepos: [gitops.repository],
    destinations: [routeServers.namespace, metallb.namespace].map((namespace) => ({
      ...destinationOf(scope),
      namespace,
    })),
    clusterResourceWhitelist: sorted([...generatedKinds.cluster, ...added]),
    namespaceResourceWhitelist: sorted([...generatedKinds.namespaced, ...added]),
    ...syncWindows(scope),
  });
}

/**
 * Of route servers and MetalLB. Not of the interlock, which has to be there before what it guards, nor of the root, which
 * brings a window that is changed.
 */
function syncWindows({ topology }: ClusterScope): Pick<AppProject['spec'], 'syncWindows'> {
  const windows = topology.gitops.syncWindows.map((window) => ({ ...window, applications: ['*'] }));
  return windows.length > 0 ? { syncWindows: windows } : {};
}

function project({ topology }: ClusterScope, name: string, spec: AppProject['spec']): AppProject {
  const metadata = { name, namespace: topology.gitops.namespace, labels: partOf };
  return { apiVersion: 'argoproj.io/v1alpha1', kind: 'AppProject', metadata, spec };
}

/** By group, then kind, each once. */
function sorted(kinds: readonly GroupKind[]): GroupKind[] {
  return [...new Map(kinds.map((kind) => [formatKind(kind), kind])).values()].sort(
    (one, other) => compareText(one.group, other.group) || compareText(one.kind, other.kind),
  );
}
