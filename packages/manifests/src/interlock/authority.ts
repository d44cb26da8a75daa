import { argoCdAnnotations } from '../kubernetes/argo-cd-types.ts';
import { celAll, celAny, celText } from './cel.ts';
import { serviceAccount, type GuardedFleet } from './fleet.ts';
import { isPerson, isServiceAccount, mayWriteTurn, username } from './requests.ts';

/*
 * Who changes what no turn of a side is for: a commit of this fleet's, and who answers for it. A ServiceAccount alone proves neither, since
 * every pipeline has one, and whoever has Kubernetes' role `edit` may be any of his namespace.
 */

/**
 * CEL: whether Argo CD's application controller asks. Its account is called as Argo CD was installed ("argocd-application-controller",
 * "openshift-gitops-argocd-application-controller"), and it may write the turn, or no gate of its syncs could be made. So may its
 * server, which changes objects for whoever looks at them in a browser.
 */
function isArgoCd({ turn, argoCd, namespace, metallbNamespace }: GuardedFleet): string {
  const isOf = (place: string): string => `${username}.startsWith(${celText(serviceAccount(place, ''))})`;
  return celAll([
    ...(argoCd.namespace === undefined
      ? [isServiceAccount, ...[namespace, metallbNamespace].map((place) => `!${isOf(place)}`)]
      : [isOf(argoCd.namespace)]),
    `!${username}.endsWith('-server')`,
    mayWriteTurn(turn),
  ]);
}

/**
 * CEL: whether the new object bears the mark of one of the fleet's Applications, or none. Argo CD marks whatever it applies with the name of its
 * Application, but definitions (argo-cd, reposerver/repository/repository.go), and does not where it is told to go by labels.
 */
function isOfOwnApplication({ argoCd }: GuardedFleet): string {
  const mark = `object.metadata.?annotations[?${celText(argoCdAnnotations.trackingId)}].orValue('')`;
  return celAny([`${mark} == ''`, ...argoCd.applications.map((name) => `${mark}.startsWith(${celText(`${name}:`)})`)]);
}

/** CEL, of an object that is written: whether a commit of this fleet's does. */
export function isCommit(fleet: GuardedFleet): string {
  return celAll([isArgoCd(fleet), isOfOwnApplication(fleet)]);
}

/** CEL, of an object that is written: whether a commit of this fleet's does, or a person who could open the sides. */
export function answersForFleet(fleet: GuardedFleet): string {
  return celAny([isCommit(fleet), mayOpen(fleet)]);
}

/** CEL: whether a person asks who could open the sides as well: nothing is gained by what else he does. */
export function mayOpen({ turn }: GuardedFleet): string {
  return celAll([isPerson, mayWriteTurn(turn)]);
}

/** CEL: whether a program asks that installs what runs in the cluster, and is not of the fleet: where others install MetalLB nobody knows its name. */
export function isInstaller({ turn, namespace }: GuardedFleet): string {
  return celAll([
    isServiceAccount,
    `!${username}.startsWith(${celText(serviceAccount(namespace, ''))})`,
    mayWriteTurn(turn),
  ]);
}

/** In messages: who may, where `answersForFleet` has to hold. */
export function inCharge({ turn }: GuardedFleet): string {
  return `Argo CD, for an Application of this fleet, and persons with the right to patch the turn ${turn}`;
}
