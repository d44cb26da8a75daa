import type { Built } from '../../built/built.ts';
import type { ObjectView } from '../../built/views.ts';
import { valueAt } from '../kept/kept-field.ts';
import { isMapping } from './difference.ts';

/** Whether the namespace of the route servers takes no pod but one that "restricted" allows, as it is built. */
export function isRestricted(objects: readonly Built<ObjectView>[], namespace: string): boolean {
  return objects.some(
    ({ view: { kind, metadata } }) =>
      kind === 'Namespace' &&
      metadata.name === namespace &&
      metadata.labels['pod-security.kubernetes.io/enforce'] === 'restricted',
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
    valueAt(effective('seccompProfile'), ['type']) !== 'Unconfined' &&
    (context['seLinuxOptions'] === undefined || isRestrictedSeLinux(context['seLinuxOptions']))
  );
}

/** SELinux types of containers that are held by it; a user or role of one's own "restricted" takes in none. */
const seLinuxTypes: readonly unknown[] = [
  undefined,
  '',
  'container_t',
  'container_init_t',
  'container_kvm_t',
  'container_engine_t',
];

export function isRestrictedSeLinux(options: unknown): boolean {
  const isEmpty = (value: unknown): boolean => value === undefined || value === '';
  return (
    isMapping(options) && seLinuxTypes.includes(options['type']) && isEmpty(options['user']) && isEmpty(options['role'])
  );
}
