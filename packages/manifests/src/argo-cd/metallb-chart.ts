import { speakersRevision, type SpeakersIntent } from '@meshrs/contract';
import type { Topology } from '@meshrs/topology';
import type { GroupKind } from '../kubernetes/argo-cd-types.ts';
import { replacesSpeakers } from '../scope.ts';
import { digestOf } from './side-revision.ts';

/** Name of the chart and of its release, from which the chart makes the names of its objects. */
export const metallbChart = 'metallb';

/**
 * Values of the chart (charts/metallb/values.yaml of MetalLB 0.16, and of the frr-k8s chart in it). A speaker serves one
 * node, but its DaemonSet both sides: with OnDelete what has changed waits until the gate of a side deletes the pods on its
 * nodes. `revision`: of `speakersOf`.
 */
export function chartValues(backend: Backend, revision: string): Readonly<Record<string, unknown>> {
  const updateStrategy = { type: 'OnDelete' };
  const mark = { [speakersRevision]: revision };
  return {
    frrk8s: { enabled: backend === 'frr-k8s' },
    speaker: { frr: { enabled: backend === 'frr' }, podAnnotations: mark, updateStrategy },
    ...(backend === 'frr-k8s' && { 'frr-k8s': { frrk8s: { labels: mark, updateStrategy } } }),
  };
}

type Backend = Topology['metallb']['backend'];

/**
 * MetalLB's pods, where they are ours and sessions of the sides go by them. The revision is of all that the chart makes them
 * of; where the chart comes from as well, since a mirror may have changed it.
 */
export function speakersOf(topology: Topology): SpeakersIntent | undefined {
  const { backend, chart, namespace } = topology.metallb;
  if (!replacesSpeakers(topology)) return undefined;
  return {
    namespace,
    daemonSets: [`${metallbChart}-speaker`, ...(backend === 'frr-k8s' ? [frrDaemonSet] : [])],
    absent: backend === 'frr-k8s' ? [] : [frrDaemonSet],
    revision: chartRevision({ backend, chart }),
  };
}

const frrDaemonSet = `${metallbChart}-frr-k8s`;

/** What MetalLB's pods are made of. */
export function chartRevision({ backend, chart }: Pick<Topology['metallb'], 'backend' | 'chart'>): string {
  return digestOf([chart.repository, chart.version, chartValues(backend, '')]);
}

/** Every kind that the chart makes, with any backend; a test compares with what helm renders. */
export const chartKinds = {
  cluster: [
    { group: 'admissionregistration.k8s.io', kind: 'ValidatingWebhookConfiguration' },
    { group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition' },
    { group: 'rbac.authorization.k8s.io', kind: 'ClusterRole' },
    { group: 'rbac.authorization.k8s.io', kind: 'ClusterRoleBinding' },
  ],
  namespaced: [
    { group: '', kind: 'ConfigMap' },
    { group: '', kind: 'Secret' },
    { group: '', kind: 'Service' },
    { group: '', kind: 'ServiceAccount' },
    { group: 'apps', kind: 'DaemonSet' },
    { group: 'apps', kind: 'Deployment' },
    { group: 'rbac.authorization.k8s.io', kind: 'Role' },
    { group: 'rbac.authorization.k8s.io', kind: 'RoleBinding' },
  ],
} as const satisfies Record<string, readonly GroupKind[]>;
