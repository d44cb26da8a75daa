import { turnKind, turnWords } from '@meshrs/contract';
import { celList, celText } from './cel.ts';
import { serviceAccount } from './fleet.ts';

/*
 * What expressions ask of a request, in CEL. Fields of a request that are empty are absent, not "" (seen: `request.name`
 * of a deletecollection, `request.subResource` of the object itself), so that the name is always that of the old object.
 */

export const isUpdate = "request.operation == 'UPDATE'";
export const oldName = 'oldObject.metadata.name';
export const username = 'request.userInfo.username';

/**
 * Controllers that carry out what was let through already, or clean up after what is gone. Where they share one user,
 * they cannot be told apart.
 */
export const controllers = {
  shared: 'system:kube-controller-manager',
  statefulSets: serviceAccount('kube-system', 'statefulset-controller'),
  endedPods: serviceAccount('kube-system', 'pod-garbage-collector'),
  orphans: serviceAccount('kube-system', 'generic-garbage-collector'),
  namespaces: serviceAccount('kube-system', 'namespace-controller'),
} as const;

/** The agent of a node; the API server itself puts those into the group that have a node's certificate. */
export const isKubelet = `${username}.startsWith('system:node:') && has(request.userInfo.groups) && 'system:nodes' in request.userInfo.groups`;

/** Everybody but kubelets and those controllers. */
export const isNoController = `!(${username} in ${celList(Object.values(controllers))}) && !(${isKubelet})`;

/** Who writes what only the API server and its controllers have to say. */
export const apiserver = 'system:apiserver';

/**
 * Whether the request comes of a pod of the account: the API server tells the pod of a token that a kubelet took for it. Who
 * impersonates the account, or has a token of its own of it, has none; to name one takes a right of its own (verb
 * `impersonate` on userextras), which Kubernetes' role `edit` has not.
 */
export function isPodOf(user: string): string {
  return `${username} == ${celText(user)} && ${comesFromPod}`;
}

export const comesFromPod =
  "has(request.userInfo.extra) && 'authentication.kubernetes.io/pod-name' in request.userInfo.extra";

/** Who may write the turn may open it as himself: nothing is gained by another's name. */
export function mayWriteTurn(turn: string): string {
  return `authorizer.group(${celText(turnKind.group)}).resource(${celText(turnKind.plural)}).name(${celText(turn)}).check('patch').allowed()`;
}

/** A pod of which all containers have ended for good. */
export const hasEnded =
  "has(oldObject.status) && has(oldObject.status.phase) && oldObject.status.phase in ['Succeeded', 'Failed']";

/** Its content has to go; the deletion of the namespace itself was let through. */
export const namespaceTerminates = 'namespaceObject != null && has(namespaceObject.metadata.deletionTimestamp)';

/** Of service accounts alone it is known that no person sits behind them. */
export const isServiceAccount = `${username}.startsWith('system:serviceaccount:')`;

/** A name of the API server's that a person may bear: k3s and others give administrators "system:admin". */
const personsOfSystem = ['system:admin'];
export const isPerson = `!${username}.startsWith('system:') || ${username} in ${celList(personsOfSystem)}`;

/** Who asks, in a message: not longer than an account's name can be. */
export const asker = `(size(${username}) > 340 ? ${username}.substring(0, 340) : ${username})`;

/** What the turn says, as variables. */
export const turnVariables = [
  { name: 'open', expression: `has(params.spec) ? params.spec.open : ${celText(turnWords.closed)}` },
  {
    name: 'opening',
    expression:
      `variables.open == ${celText(turnWords.closed)} ? 'no side is open' : ` +
      `(variables.open == ${celText(turnWords.all)} ? 'all sides are open' : 'side ' + variables.open + ' is open') + ` +
      "' until ' + params.spec.?until.orValue('') + ', opened by ' + params.spec.by + ' (' + params.spec.?reason.orValue('') + ')'",
  },
] as const;

export const isAllOpen = `variables.open == ${celText(turnWords.all)}`;

/*
 * The API server's clock, as it writes it into managedFields before it asks the policies. Entries that were there before tell
 * nothing of this request: anybody may have written them (seen: one of the year 2098, after which no sync passed any more). A request that only takes fields away writes no time unless it is an apply
 * (seen on 1.36.3); such a one is refused by closing alone, as deletions are.
 */
const entries = 'object.metadata.?managedFields.orValue([])';
const hasUntil = 'object != null && has(params.spec) && has(params.spec.until)';

const isOld = (entry: string): string =>
  `(oldObject != null && oldObject.metadata.?managedFields.orValue([]).exists(o, o == ${entry}))`;
/** Two writes of one manager within a second leave one entry: then all of them count. */
const isOfThis = `(!${isOld('f')} || ${entries}.all(e, !has(e.time) || ${isOld('e')}))`;

/** The time of the turn is over. */
export const isOverdue = `${hasUntil} && ${entries}.exists(f, has(f.time) && timestamp(f.time) > timestamp(params.spec.until) && ${isOfThis})`;

/** The same for who gains by it: no time that he wrote himself makes it true. */
export const isSurelyOverdue =
  `${hasUntil} && ${entries}.exists(f, has(f.time) && ${isOfThis}) && ` +
  `${entries}.all(f, !has(f.time) || !(${isOfThis}) || timestamp(f.time) > timestamp(params.spec.until))`;

/** Who takes managedFields away is followed no more, until the next apply. */
export const tellsNoTime = `${hasUntil} && !${entries}.exists(f, has(f.time))`;
