import { turnKind } from '@meshrs/contract';
import { argoCdAnnotations } from '../kubernetes/argo-cd-types.ts';
import type { KubernetesObject } from '../kubernetes/core-types.ts';

/** Kinds whose end takes sessions along, or what keeps them: Argo CD asks a person before it deletes one. */
const precious: ReadonlySet<string> = new Set([
  'Namespace',
  'Service',
  'StatefulSet',
  'IPAddressPool',
  'Application',
  'CustomResourceDefinition',
  turnKind.kind,
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
]);

/**
 * An object with what Argo CD has to know of it, in the annotations of the object itself: in a pod template they would
 * restart the pod.
 */
export function forArgoCd<Object extends KubernetesObject>(object: Object, wave: number): Object {
  const { annotations, ...metadata } = object.metadata;
  const options = syncOptions(object);
  return {
    ...object,
    metadata: {
      ...metadata,
      annotations: {
        ...(options.length > 0 && { [argoCdAnnotations.syncOptions]: options.join(',') }),
        [argoCdAnnotations.syncWave]: String(wave),
        ...annotations,
      },
    },
  };
}

function syncOptions({ apiVersion, kind }: KubernetesObject): string[] {
  return [
    ...(precious.has(kind) ? ['Delete=confirm', 'Prune=confirm'] : []),
    // At the first sync MetalLB's kinds may be unknown still, and the turn's is of the same sync; the sync waits for them.
    ...(apiVersion.startsWith('metallb.io/') || apiVersion === turnKind.apiVersion
      ? ['SkipDryRunOnMissingResource=true']
      : []),
  ];
}
