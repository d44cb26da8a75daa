import { argoCdAnnotations } from '../kubernetes/argo-cd-types.ts';
import { celAll, celAny, celText } from './cel.ts';
import { serviceAccount, type GuardedFleet } from './fleet.ts';
import { isPerson, isServiceAccount, mayWriteTurn, username } from './requests.ts';

/*
 * Who changes what no turn of a side is for: a commit of this fleet's, and who answers for it. A ServiceAccount alone proves neither, since
 * every pipeline has one, and whoever has Kubernetes' role `edit` may be any of his namespace. To ask for a right is dear: an expression may do it
 * twice for one request, and not three times (apiserver, pkg/cel/library/cost.go: 350,000 of 1,000,000).
 */

/**
 * CEL: whether a program asks by which Argo CD's application controller applies. Its account is called as Argo CD was installed
 * ("argocd-application-controller", "openshift-gitops-argocd-application-controller"), and it may write the turn, or no gate of its syncs could
 * be made. So may its server, which changes objects for whoever looks at them in a browser. Where a cluster was added to Argo CD, its own too, the
 * controller asks by the account that was made then (argo-cd, util/clusterauth, ArgoCDManagerServiceAccount; cmd/argocd/commands, "--in-cluster").
 */
function isArgoCd({ turn, argoCd, namespace, metallbNamespace }: GuardedFleet): string {
  const isOf = (place: string, name = ''): string => `${username}.startsWith(${celText(serviceAccount(place, name))})`;
  return celAll([
    argoCd.namespace === undefined
      ? celAll([isServiceAccount, ...[namespace, metallbNamespace].map((place) => `!${isOf(place)}`)])
      : celAny([isOf(argoCd.namespace), isOf('kube-system', addedAccount)]),
    isNoArgoCdServer,
    mayWriteTurn(turn),
  ]);
}

/** How the account begins that `argocd cluster add` makes in kube-system. */
export const addedAccount = 'argocd-manager';

const isNoArgoCdServer = `!${username}.endsWith('-server')`;

const mark = `object.metadata.?annotations[?${celText(argoCdAnnotations.trackingId)}].orValue('')`;

/** CEL: whether the new object bears the mark of one of the fleet's Applications. */
function hasOwnMark({ argoCd }: GuardedFleet): string {
  return celAny(argoCd.applications.map((name) => `${mark}.startsWith(${celText(`${name}:`)})`));
}

/**
 * CEL: whether the new object bears the mark of one of the fleet's Applications, or none. Argo CD marks whatever it applies with the name of its
 * Application, but definitions (argo-cd, reposerver/repository/repository.go), and does not where it is told to go by labels.
 */
function isOfOwnApplication(fleet: GuardedFleet): string {
  return celAny([`${mark} == ''`, hasOwnMark(fleet)]);
}

/**
 * CEL, of an object that is written: whether a commit of this fleet's does. An Argo CD of another cluster may come by a name that is no account's
 * (a certificate, a role of a cloud): then the mark alone tells it from a person who may write the turn.
 */
export function isCommit(fleet: GuardedFleet): string {
  const byAccount = celAll([isArgoCd(fleet), isOfOwnApplication(fleet)]);
  return fleet.argoCd.namespace === undefined
    ? celAny([byAccount, celAll([hasOwnMark(fleet), mayOpen(fleet)])])
    : byAccount;
}

/** CEL, of an object that is written: whether a commit of this fleet's does, or a person who could open the sides. */
export function answersForFleet(fleet: GuardedFleet): string {
  return celAny([isCommit(fleet), mayOpen(fleet)]);
}

/** CEL: whether a person asks who could open the sides as well: nothing is gained by what else he does. */
export function mayOpen({ turn }: GuardedFleet): string {
  return celAll([isPerson, mayWriteTurn(turn)]);
}

/**
 * CEL: whether anybody asks who may install what runs in the cluster, and is not of the fleet: where others install MetalLB nobody knows its name, and it need
 * not be an account's (k3s installs as "system:k3s-supervisor", OLM as "olm:clusterextension:NAME").
 */
export function isInstaller({ turn, namespace }: GuardedFleet): string {
  return celAll([
    `!${username}.startsWith(${celText(serviceAccount(namespace, ''))})`,
    isNoArgoCdServer,
    mayWriteTurn(turn),
  ]);
}

/** In messages: who may, where `answersForFleet` has to hold. */
export function inCharge({ turn }: GuardedFleet): string {
  return `Argo CD, for an Application of this fleet, and persons with the right to patch the turn ${turn}`;
}
