import { turnKind } from '@meshrs/contract';
import type { Topology } from '@meshrs/topology';
import type { GroupKind } from '../kubernetes/argo-cd-types.ts';

/**
 * Every kind that is generated for route servers by some topology. Not only those of this one: Argo CD deletes nothing
 * whose kind the project does not allow, and so could not take back what a topology no longer wants.
 */
export const generatedKinds = {
  cluster: [{ group: '', kind: 'Namespace' }],
  namespaced: [
    { group: '', kind: 'ConfigMap' },
    { group: '', kind: 'Pod' },
    { group: '', kind: 'Service' },
    { group: '', kind: 'ServiceAccount' },
    { group: 'apps', kind: 'StatefulSet' },
    { group: 'metallb.io', kind: 'BFDProfile' },
    { group: 'metallb.io', kind: 'BGPAdvertisement' },
    { group: 'metallb.io', kind: 'BGPPeer' },
    { group: 'metallb.io', kind: 'IPAddressPool' },
    { group: 'metallb.io', kind: 'L2Advertisement' },
    { group: 'networking.k8s.io', kind: 'NetworkPolicy' },
    { group: 'policy', kind: 'PodDisruptionBudget' },
    { group: 'rbac.authorization.k8s.io', kind: 'Role' },
    { group: 'rbac.authorization.k8s.io', kind: 'RoleBinding' },
  ],
} as const satisfies Record<string, readonly GroupKind[]>;

/** The kinds by which the API server keeps one side at a time; all without a namespace. */
export const interlockKinds: readonly GroupKind[] = [
  { group: 'admissionregistration.k8s.io', kind: 'ValidatingAdmissionPolicy' },
  { group: 'admissionregistration.k8s.io', kind: 'ValidatingAdmissionPolicyBinding' },
  { group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition' },
  { group: turnKind.group, kind: turnKind.kind },
  { group: 'rbac.authorization.k8s.io', kind: 'ClusterRole' },
  { group: 'rbac.authorization.k8s.io', kind: 'ClusterRoleBinding' },
];

/** The kinds that custom/ may add. */
export function customKinds({ gitops }: Topology): GroupKind[] {
  return gitops.customKinds.map(parseKind);
}

/** "policy/PodDisruptionBudget", "ConfigMap": as `gitops.customKinds` has it. */
export function formatKind({ group, kind }: GroupKind): string {
  return group === '' ? kind : `${group}/${kind}`;
}

/** The inverse of `formatKind`. */
export function parseKind(text: string): GroupKind {
  const slash = text.indexOf('/');
  return { group: text.slice(0, Math.max(slash, 0)), kind: text.slice(slash + 1) };
}
