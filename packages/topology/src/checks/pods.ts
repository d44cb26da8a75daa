import { changesProgram, environment } from '@meshrs/contract';
import type { Finding, Path } from '@meshrs/strict-yaml';
import type { CheckCode } from '../codes.ts';
import type { Topology } from '../schema/index.ts';

/** What the topology adds to pods stays clear of what others read there, and of what is generated. */
export function checkPods({ routeServers: { pods }, metallb }: Topology): Finding<CheckCode>[] {
  const place: Path = ['routeServers', 'pods'];
  return [
    ...refused(Object.keys(pods.labels), reservedLabel, [...place, 'labels']),
    ...refused(Object.keys(pods.annotations), reservedAnnotation, [...place, 'annotations']),
    ...(['engine', 'agent'] as const).flatMap((container) =>
      refused(Object.keys(pods.environment[container]), reservedVariable, [...place, 'environment', container]),
    ),
    ...tolerationsFindings(pods.tolerations, [...place, 'tolerations']),
    ...(['controller', 'speaker', 'frr-k8s'] as const).flatMap((part) =>
      tolerationsFindings(metallb.chart.values[part]?.tolerations ?? [], [
        ...['metallb', 'chart', 'values', part, 'tolerations'],
      ]),
    ),
  ];
}

/** Why a name is not free; undefined: it is. */
type Reserved = (name: string) => string | undefined;

/** By these, controllers of Kubernetes and of others find pods, and the route servers are found. */
const labelsOfControllers = ['controller-revision-hash', 'controller-uid', 'job-name', 'pod-template-hash'];
const labelsOfOurs = ['app', 'side'];
/** Argo CD takes what bears it for its own; the other one is on every generated object. */
const recommendedOfOthers = ['app.kubernetes.io/instance', 'app.kubernetes.io/part-of'];

export const reservedLabel: Reserved = (key) => {
  if (labelsOfOurs.includes(key) || isOf(key, 'meshrs.dev')) return 'the route servers are found by it';
  if (isOf(key, 'argoproj.io') || recommendedOfOthers.includes(key)) return 'Argo CD and meshrs find objects by it';
  if (key.startsWith('app.kubernetes.io/')) return undefined;
  return labelsOfControllers.includes(key) || isOf(key, 'kubernetes.io') || isOf(key, 'k8s.io')
    ? "Kubernetes' controllers find pods by it"
    : undefined;
};

export const reservedAnnotation: Reserved = (key) => {
  if (isOf(key, 'meshrs.dev')) return 'gates read it';
  if (isOf(key, 'argocd.argoproj.io') || isOf(key, 'helm.sh')) return 'Argo CD acts by it on the gates';
  return isOf(key, 'kubectl.kubernetes.io') ? 'kubectl writes it' : undefined;
};

const reservedVariable: Reserved = (name) => {
  const own: readonly string[] = Object.values(environment);
  if (own.includes(name) || name.startsWith('MESHRS_')) return 'it is generated, or the agent reads it';
  if (name.startsWith('KUBERNETES_')) return 'kubelet sets it';
  return changesProgram(name) ? 'it changes which program runs, and how' : undefined;
};

const reservedTaint: Reserved = (key) =>
  isOf(key, 'node.kubernetes.io')
    ? 'Kubernetes sets it by the state of a node: a drained, full or dead node would get route servers, or keep them'
    : undefined;

function refused(names: readonly string[], reserved: Reserved, place: Path): Finding<CheckCode>[] {
  return names.flatMap((name) => {
    const why = reserved(name);
    return why === undefined ? [] : [reservedName(name, why, [...place, name])];
  });
}

function reservedName(name: string, why: string, path: Path): Finding<CheckCode> {
  return {
    code: 'reserved-name',
    path,
    message: `"${name}" is not free: ${why}.`,
    seen: name,
    allowed: 'a name of your own, best with a domain of yours before it',
    hint: 'take another name, or leave it out',
  };
}

type Toleration = Topology['routeServers']['pods']['tolerations'][number];

function tolerationsFindings(tolerations: readonly Toleration[], place: Path): Finding<CheckCode>[] {
  return tolerations.flatMap((toleration, index) => tolerationFindings(toleration, [...place, index]));
}

function tolerationFindings({ key, operator, value }: Toleration, place: Path): Finding<CheckCode>[] {
  const why = reservedTaint(key);
  return [
    ...(why === undefined ? [] : [reservedName(key, why, [...place, 'key'])]),
    ...(operator === 'Exists' && value !== undefined && value !== '' ? [withValue(value, [...place, 'value'])] : []),
  ];
}

/** Kubernetes API, "Toleration": the API server refuses it. */
function withValue(value: string, path: Path): Finding<CheckCode> {
  return {
    code: 'toleration-with-value',
    path,
    message: 'A toleration with the operator Exists has no value: it takes every one.',
    seen: value,
    allowed: 'a value with operator: Equal, or none with operator: Exists',
    hint: 'remove the value, or write operator: Equal',
  };
}

/** Whether a key has a domain before its "/", or one below it. */
function isOf(key: string, domain: string): boolean {
  const prefix = key.slice(0, Math.max(key.indexOf('/'), 0));
  return prefix === domain || prefix.endsWith(`.${domain}`);
}
