import type { Topology } from '@meshrs/topology';
import type { GroupKind } from '../kubernetes/argo-cd-types.ts';

/** Name of the chart and of its release, from which the chart makes the names of its objects. */
export const metallbChart = 'metallb';

/**
 * Values of the chart (charts/metallb/values.yaml of MetalLB 0.16, and of the frr-k8s chart in it). A speaker serves one
 * node, but its DaemonSet both sides: with OnDelete a new version waits until a person deletes the pods, one side at a time.
 */
export function chartValues(backend: Topology['metallb']['backend']): Readonly<Record<string, unknown>> {
  const updateStrategy = { type: 'OnDelete' };
  return {
    frrk8s: { enabled: backend === 'frr-k8s' },
    speaker: { frr: { enabled: backend === 'frr' }, updateStrategy },
    ...(backend === 'frr-k8s' && { 'frr-k8s': { frrk8s: { updateStrategy } } }),
  };
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
