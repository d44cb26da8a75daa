import { turnKind } from '@meshrs/contract';
import { generatedKinds as kinds, type Topology } from '@meshrs/topology';
import type { GroupKind } from '../kubernetes/argo-cd-types.ts';

/** Not only those of one topology: Argo CD deletes nothing whose kind the project does not allow, and so could not take back what a topology no longer wants. */
export const generatedKinds = {
  cluster: kinds.cluster.map(parseKind),
  namespaced: kinds.namespaced.map(parseKind),
} satisfies Record<string, readonly GroupKind[]>;

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
