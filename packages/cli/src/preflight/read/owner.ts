import { shown } from '@meshrs/contract';
import type { ObjectOwner } from '../facts.ts';
import type { Metadata } from './schemas.ts';

/** Argo CD's mark of what an Application applies: "APPLICATION:GROUP/KIND:NAMESPACE/NAME". */
const trackingId = 'argocd.argoproj.io/tracking-id';

/** Who installs, and by which label or annotation they say so; some of them do it by way of Helm. */
const installers = [
  ["OLM's", 'olm.owner'],
  ["Flux's Kustomization", 'kustomize.toolkit.fluxcd.io/name'],
  ["Flux's HelmRelease", 'helm.toolkit.fluxcd.io/name'],
  ["k3s' or Rancher's", 'objectset.rio.cattle.io/owner-name'],
] as const;

/** Who keeps an object, as it says; nobody has to say so. */
export function ownerOf({ annotations, labels }: Metadata): ObjectOwner | undefined {
  const application = annotations[trackingId]?.split(':')[0];
  if (application) return { words: `Argo CD's Application ${shown(application, 80)}`, application };
  for (const [words, key] of installers) {
    const name = labels[key] ?? annotations[key];
    if (name) return { words: `${words} ${shown(name, 80)}`, application: undefined };
  }
  const release = annotations['meta.helm.sh/release-name'];
  if (release) return { words: `Helm's release ${shown(release, 80)}`, application: undefined };
  const manager = labels['app.kubernetes.io/managed-by'];
  return manager ? { words: shown(manager, 80), application: undefined } : undefined;
}
