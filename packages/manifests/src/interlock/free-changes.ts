import { speakersRevision } from '@meshrs/contract';
import { argoCdAnnotations } from '../kubernetes/argo-cd-types.ts';
import { celAll, celAny, celList, celText } from './cel.ts';
import { isPerson, username } from './requests.ts';

/*
 * What anybody may change of a guarded object at any time. It is a list: whatever is not on it may be read by a program that
 * moves sessions, now or in its next version. Keys without a prefix are private to users (Kubernetes documentation, "Labels
 * and Selectors"), but for the labels by which the route servers are found. Of pods no label is private: Kubernetes' controllers
 * are older than that rule, and keep theirs there.
 */

const freeAnnotations = [
  'app.kubernetes.io/managed-by',
  // Argo CD's own marks; what it is told to do stands in others, `sync-options` above all.
  'argocd.argoproj.io/installation-id',
  argoCdAnnotations.trackingId,
  argoCdAnnotations.syncWave,
  'kubectl.kubernetes.io/last-applied-configuration',
  'meta.helm.sh/release-name',
  'meta.helm.sh/release-namespace',
  // MetalLB's controller writes there what it has done; all else of MetalLB's is what it is to do.
  'metallb.io/ip-allocated-from-pool',
  // Of the settings of a side, which no agent reads: only by it Argo CD sees that MetalLB's pods are to be of another revision.
  speakersRevision,
];

export const freeLabels = [
  'app.kubernetes.io/component',
  'app.kubernetes.io/instance',
  'app.kubernetes.io/managed-by',
  'app.kubernetes.io/name',
  'app.kubernetes.io/version',
  'argocd.argoproj.io/instance',
];

/** Conditions under which an update leaves labels and annotations as they are, but for those that are free. */
export function sameMetadata(guardLabels: readonly string[]): string[] {
  return [
    sameMapping('labels', `(!k.contains('/') && !(k in ${celList(guardLabels)})) || k in ${celList(freeLabels)}`),
    sameAnnotations,
    sameOwners,
  ];
}

/**
 * The same for a pod. A pod has its labels of its template: by another `controller-revision-hash`, or none, it is of no template
 * that the StatefulSet controller knows, which then deletes it; by another `pod-name` it leaves a Service.
 */
export function samePodMetadata(): string[] {
  return [sameLabels, celAny([sameAnnotations, isOfNetworkYet]), sameOwners, noNewFinalizer];
}

/** A new owner that does not exist is a deletion by the garbage collector. */
const sameOwners = same('metadata', 'ownerReferences');

/** Until its finalizers are gone, what is deleted is there by name, and nothing is made in its place. */
export const noNewFinalizer =
  'object.metadata.?finalizers.orValue([]).all(f, f in oldObject.metadata.?finalizers.orValue([]))';

const sameAnnotations = sameMapping('annotations', `!k.contains('/') || k in ${celList(freeAnnotations)}`);

/** Annotations of others by which Kubernetes, Argo CD or this program does something, though their keys begin as those of networks do. */
const commanding = String.raw`^(([^/]+\.)?argoproj\.io|([^/]+\.)?meshrs\.dev|([^/]+\.)?k8s\.io|kubernetes\.io|(apps|controller|endpoints|kubectl|scheduler|service|statefulset)\.kubernetes\.io|([^/]+\.)?(alpha|beta)\.kubernetes\.io)/`;

/** The names that EKS keeps for its own programs: "eks:vpc-resource-controller" writes a pod's address on its branch interface. */
const isOfEks = `${username}.startsWith('eks:')`;

/**
 * A network writes into a pod that it has not connected yet, whenever one is made anew: Kube-OVN ("ovn.kubernetes.io/allocated") and AWS by a write of
 * the pod itself, before the kubelet tells its address, and without it there is none (kube-ovn, pkg/controller/pod.go). Such a pod has no
 * session. Once it has its address, the same annotations take it from there: they wait for the turn as all others do.
 */
const isOfNetworkYet = celAll([
  celAny([`!(${isPerson})`, isOfEks]),
  "oldObject.?status.?podIP.orValue('') == ''",
  sameMapping('annotations', `!k.matches(${celText(commanding)})`),
]);

/**
 * A status may be written with any annotation of a network's plugin or an operator's, but with none by which Kubernetes, Argo CD or
 * this program does something.
 */
const acting = String.raw`^([^/]+\.)?(kubernetes\.io|k8s\.io|argoproj\.io|meshrs\.dev)/`;
export const sameActingAnnotations = sameMapping('annotations', `!k.matches(${celText(acting)})`);

/** A condition under which an update leaves every label as it is by which somebody's selector could find the object. */
export const sameLabels = sameMapping('labels', `k in ${celList(freeLabels)}`);

/** Whether a field is the same in both objects; one that is absent equals only an absent one. */
export function same(...path: readonly [string, ...string[]]): string {
  const [first, ...rest] = path;
  // Every object has metadata; anything else may be absent.
  const [head, tail] = first === 'metadata' ? ['.metadata', rest] : ['', path];
  const select = tail.map((name) => `.?${name}`).join('');
  return `object${head}${select} == oldObject${head}${select}`;
}

function sameMapping(field: 'labels' | 'annotations', isFree: string): string {
  const [now, old] = ['object', 'oldObject'].map((object) => `${object}.metadata.?${field}.orValue({})`);
  return (
    `${now ?? ''}.all(k, ${isFree} || (k in ${old ?? ''} && ${now ?? ''}[k] == ${old ?? ''}[k])) && ` +
    `${old ?? ''}.all(k, ${isFree} || k in ${now ?? ''})`
  );
}
