import { fleetKey, folders, settingsKeys, volumes } from '@meshrs/contract';
import type { Volume, VolumeMount } from '../kubernetes/core-types.ts';
import { fleetName, settingsName } from '../names.ts';

/** The volume with the token of the pod's account; of a route server's containers only the agent mounts it. */
const apiAccess = 'api-access';
/** Where Kubernetes clients look for it (Kubernetes documentation, "Accessing the Kubernetes API from a Pod"). */
const apiAccessFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** A mount of one of the contract's volumes at the contract's place. */
export function mount(volume: keyof typeof volumes, options: { readonly readOnly?: boolean } = {}): VolumeMount {
  return { name: volumes[volume], mountPath: folders[volume], ...(options.readOnly === true && { readOnly: true }) };
}

/**
 * Far above what is ever in one of them. Beyond it kubelet evicts the pod, which no disruption budget hinders; without it one
 * pod may fill the disk of its node, and kubelet then evicts others.
 */
const mostInVolume = '256Mi';

/** A scratch volume that lives and dies with the pod. */
export function emptyVolume(name: string): Volume {
  return { name, emptyDir: { sizeLimit: mostInVolume } };
}

/**
 * The settings, and the user's template beside them, as one folder: kubelet updates a folder in a running pod, a
 * subPath never.
 */
export function settingsVolume(service: string, template: string | undefined): Volume {
  const sources = [
    { configMap: { name: settingsName(service), items: [item(settingsKeys.settings)] } },
    ...(template === undefined ? [] : [{ configMap: { name: template, items: [item(settingsKeys.template)] } }]),
  ];
  return { name: volumes.settings, projected: { sources } };
}

/**
 * What all sides know of each other, as a folder for the same reason. Optional: a pod that is made where the ConfigMap
 * lacks still starts, and its agent then knows that it does not know.
 */
export function fleetVolume(app: string): Volume {
  return { name: volumes.fleet, configMap: { name: fleetName(app), items: [item(fleetKey)], optional: true } };
}

function item(key: string): { key: string; path: string } {
  return { key, path: key };
}

export const apiAccessMount: VolumeMount = { name: apiAccess, mountPath: apiAccessFolder, readOnly: true };

/** What Kubernetes would mount into every container by itself, for the one that needs it (KEP-1205). */
export const apiAccessVolume: Volume = {
  name: apiAccess,
  projected: {
    sources: [
      // One hour, as kubelet asks for; it renews the token at 80 %.
      { serviceAccountToken: { path: 'token', expirationSeconds: 3607 } },
      { configMap: { name: 'kube-root-ca.crt', items: [item('ca.crt')] } },
      { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
    ],
  },
};
