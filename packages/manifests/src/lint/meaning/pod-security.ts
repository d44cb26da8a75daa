import type { KubernetesObject } from '../../kubernetes/core-types.ts';
import { valueAt } from '../kept/kept-field.ts';
import { isMapping } from './difference.ts';

/** Whether the namespace of the route servers takes no pod but one that "restricted" allows. */
export function isRestricted(generated: Readonly<Record<string, KubernetesObject>>): boolean {
  return Object.values(generated).some(
    ({ kind, metadata }) =>
      kind === 'Namespace' && metadata.labels?.['pod-security.kubernetes.io/enforce'] === 'restricted',
  );
}

/** Volumes that "restricted" lets in (Kubernetes documentation, "Pod Security Standards"). */
export const restrictedVolumes: readonly string[] = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
];

/** What "restricted" wants of each container; what its pod says already counts (Pod Security Standards). */
export function isRestrictedContainer(container: unknown, ofPod: unknown): boolean {
  const context = isMapping(container) ? container['securityContext'] : undefined;
  if (!isMapping(context)) return false;
  const drop = valueAt(context, ['capabilities', 'drop']);
  const add = valueAt(context, ['capabilities', 'add']) ?? [];
  const effective = (key: string): unknown => context[key] ?? valueAt(ofPod, [key]);
  return (
    context['allowPrivilegeEscalation'] === false &&
    context['privileged'] !== true &&
    Array.isArray(drop) &&
    drop.includes('ALL') &&
    Array.isArray(add) &&
    add.every((capability) => capability === 'NET_BIND_SERVICE') &&
    effective('runAsNonRoot') === true &&
    effective('runAsUser') !== 0 &&
    isMapping(effective('seccompProfile')) &&
    valueAt(effective('seccompProfile'), ['type']) !== 'Unconfined'
  );
}
