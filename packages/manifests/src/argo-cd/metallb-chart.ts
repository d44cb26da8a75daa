import { labels, speakersRevision, type SpeakersIntent } from '@meshrs/contract';
import type { Pods, Topology } from '@meshrs/topology';
import type { GroupKind } from '../kubernetes/argo-cd-types.ts';
import { tolerationsOf } from '../pod/options.ts';
import { replacesSpeakers } from '../scope.ts';
import { digestOf } from './side-revision.ts';

/** Name of the chart and of its release, from which the chart makes the names of its objects. */
export const metallbChart = 'metallb';

/** As Argo CD wants it: the address of an OCI registry without its scheme (Argo CD documentation, "Helm"). */
export function chartAddress({ chart }: Topology['metallb']): string {
  return chart.repository.replace(/^oci:\/\//, '');
}

/**
 * Values of the chart (charts/metallb/values.yaml of MetalLB 0.16, and of the frr-k8s chart in it). A speaker serves one
 * node, but its DaemonSet both sides: with OnDelete what has changed waits until the gate of a side deletes the pods on its
 * nodes. `revision`: of `speakersOf`. What the topology adds has none of these keys.
 */
export function chartValues(
  backend: Backend,
  revision: string,
  { values = {}, loadBalancerClass }: ChartOptions = {},
): Readonly<Record<string, unknown>> {
  const updateStrategy = { type: 'OnDelete' };
  const mark = { [speakersRevision]: revision };
  const { imagePullSecrets = [], controller, speaker, 'frr-k8s': frrK8s } = values;
  const pullSecrets = imagePullSecrets.length > 0 && { imagePullSecrets: imagePullSecrets.map((name) => ({ name })) };
  return {
    ...pullSecrets,
    ...(loadBalancerClass !== undefined && { loadBalancerClass }),
    ...(controller && { controller: podValues(controller) }),
    frrk8s: { enabled: backend === 'frr-k8s' },
    speaker: {
      ...(speaker && podValues(speaker)),
      frr: { enabled: backend === 'frr', ...speaker?.frr },
      podAnnotations: { ...speaker?.podAnnotations, ...mark },
      updateStrategy,
    },
    ...(backend === 'frr-k8s' && {
      'frr-k8s': { ...pullSecrets, frrk8s: { ...(frrK8s && podValues(frrK8s)), labels: mark, updateStrategy } },
    }),
  };
}

type Backend = Topology['metallb']['backend'];

/** What a topology says of the chart beside the backend. */
export interface ChartOptions {
  readonly values?: Topology['metallb']['chart']['values'];
  readonly loadBalancerClass?: string | undefined;
}

/** As the topology has them, but for tolerations, which leave out what is empty. */
function podValues({
  tolerations,
  ...rest
}: {
  readonly tolerations?: Pods['tolerations'] | undefined;
}): Readonly<Record<string, unknown>> {
  return { ...rest, ...(tolerations !== undefined && { tolerations: tolerationsOf({ tolerations }) }) };
}

/**
 * MetalLB's pods, where they are ours and sessions of the sides go by them. The revision is of all that the chart makes them
 * of; where the chart comes from as well, since a mirror may have changed it.
 */
export function speakersOf({ metallb, routeServers, placement }: Topology): SpeakersIntent | undefined {
  const { backend, namespace } = metallb;
  if (!replacesSpeakers({ metallb, routeServers })) return undefined;
  return {
    namespace,
    daemonSets: [`${metallbChart}-speaker`, ...(backend === 'frr-k8s' ? [frrDaemonSet] : [])],
    absent: backend === 'frr-k8s' ? [] : [frrDaemonSet],
    revision: chartRevision(metallb),
    ...(placement.nodeLabel !== labels.side && { nodeLabel: placement.nodeLabel }),
  };
}

/**
 * Secrets of the route servers' namespace with which the gates' pods pull MetalLB's new images: they are not in MetalLB's own,
 * where whoever may make pods may make privileged ones.
 */
export function imagePullSecretsOf({ metallb, routeServers }: Pick<Topology, 'metallb' | 'routeServers'>): string[] {
  return [...new Set([...routeServers.pods.pullSecrets, ...(metallb.chart.values.imagePullSecrets ?? [])])];
}

const frrDaemonSet = `${metallbChart}-frr-k8s`;

/** What MetalLB's pods on the nodes are made of; its controller starts anew without them. */
export function chartRevision({
  backend,
  chart,
  loadBalancerClass,
}: Pick<Topology['metallb'], 'backend' | 'chart' | 'loadBalancerClass'>): string {
  const values = { ...chart.values, controller: undefined };
  return digestOf([chart.repository, chart.version, chartValues(backend, '', { values, loadBalancerClass })]);
}

/** Every kind that the chart makes, with any backend; a test compares with what helm renders. */
export const chartKinds = {
  cluster: [
    { group: 'admissionregistration.k8s.io', kind: 'ValidatingWebhookConfiguration' },
    { group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition' },
    { group: 'rbac.authorization.k8s.io', kind: 'ClusterRole' },
    { group: 'rbac.authorization.k8s.io', kind: 'ClusterRoleBinding' },
  ],
  namespaced: [
    { group: '', kind: 'ConfigMap' },
    { group: '', kind: 'Secret' },
    { group: '', kind: 'Service' },
    { group: '', kind: 'ServiceAccount' },
    { group: 'apps', kind: 'DaemonSet' },
    { group: 'apps', kind: 'Deployment' },
    { group: 'rbac.authorization.k8s.io', kind: 'Role' },
    { group: 'rbac.authorization.k8s.io', kind: 'RoleBinding' },
  ],
} as const satisfies Record<string, readonly GroupKind[]>;
