import { gateFlags, labels } from '@meshrs/contract';
import { apiGroup } from '../../built/object-id.ts';
import { argoCdAnnotations, helmAnnotations } from '../../kubernetes/argo-cd-types.ts';
import type { KubernetesObject } from '../../kubernetes/core-types.ts';
import { metallbAnnotations, oldMetallbAnnotations } from '../../kubernetes/metallb-types.ts';
import { listOf, valueAt, type KeptField, type Loss } from './kept-field.ts';

type How = KeptField['how'];
/** Path from `metadata` or `spec` on, with dots; how it is compared; what is lost. */
type Row = readonly [path: string, how: How, loss: Loss, except?: readonly string[]];

/** What a platform asks for, and by which the program does nothing else: SELinux labels, and how volumes get their group. */
const freeContext = ['seLinuxOptions', 'fsGroupChangePolicy'];

const ofPod: readonly Row[] = [
  ['terminationGracePeriodSeconds', 'at-least', 'drain'],
  ['hostNetwork', 'equal', 'sessions'],
  ['serviceAccountName', 'equal', 'rights'],
  ['automountServiceAccountToken', 'equal', 'rights'],
  ['activeDeadlineSeconds', 'equal', 'drain'],
  ['restartPolicy', 'equal', 'restarts'],
  ['readinessGates', 'equal', 'readiness'],
  ['securityContext', 'equal', 'admission', freeContext],
  ['hostPID', 'equal', 'admission'],
  ['hostIPC', 'equal', 'admission'],
  ['tolerations', 'includes', 'absence'],
];

const ofContainer: readonly Row[] = [
  ['restartPolicy', 'equal', 'drain'],
  ['command', 'equal', 'program'],
  ['args', 'equal', 'program'],
  ['env', 'includes', 'program'],
  ['ports', 'includes', 'sessions'],
  ['volumeMounts', 'includes', 'program'],
  ['lifecycle', 'equal', 'drain'],
  ['readinessProbe', 'equal', 'readiness'],
  ['livenessProbe', 'equal', 'restarts'],
  ['startupProbe', 'equal', 'restarts'],
  ['securityContext', 'equal', 'admission', freeContext],
  ['resources.limits.memory', 'at-least', 'memory'],
];

/** By kind, with its API group. */
const rows: Readonly<Record<string, readonly Row[]>> = {
  'policy/PodDisruptionBudget': [
    ['spec.minAvailable', 'equal', 'evictions'],
    ['spec.maxUnavailable', 'equal', 'evictions'],
    ['spec.unhealthyPodEvictionPolicy', 'equal', 'evictions'],
    ['spec.selector', 'equal', 'evictions'],
  ],
  'apps/StatefulSet': [
    ['spec.replicas', 'equal', 'pods'],
    ['spec.ordinals', 'equal', 'pods'],
    ['spec.selector', 'equal', 'pods'],
    ['spec.serviceName', 'equal', 'sessions'],
    ['spec.podManagementPolicy', 'equal', 'rollOut'],
    ['spec.updateStrategy', 'equal', 'rollOut'],
    ['spec.volumeClaimTemplates', 'equal', 'immutable'],
    ['spec.minReadySeconds', 'at-least', 'rollOut'],
    ...ofPod.map(([path, ...rest]): Row => [`spec.template.spec.${path}`, ...rest]),
  ],
  '/Service': [
    ['spec.type', 'equal', 'sessions'],
    ['spec.clusterIP', 'equal', 'sessions'],
    ['spec.selector', 'equal', 'sessions'],
    ['spec.ports', 'includes', 'sessions'],
    ['spec.publishNotReadyAddresses', 'equal', 'sessions'],
    ['spec.externalTrafficPolicy', 'equal', 'sessions'],
    ['spec.ipFamilies', 'equal', 'sessions'],
    ['spec.ipFamilyPolicy', 'equal', 'sessions'],
    ['spec.loadBalancerIP', 'equal', 'sessions'],
    ['spec.loadBalancerClass', 'equal', 'sessions'],
    ['spec.externalIPs', 'equal', 'sessions'],
    ['spec.loadBalancerSourceRanges', 'equal', 'sessions'],
  ],
  'networking.k8s.io/NetworkPolicy': [
    ['spec.podSelector', 'equal', 'sessions'],
    ['spec.policyTypes', 'equal', 'sessions'],
    ['spec.ingress', 'includes', 'sessions'],
    ['spec.egress', 'includes', 'sessions'],
  ],
  // The API server guards each Secret as the side's that has it by the topology.
  'metallb.io/BGPPeer': [
    ['spec.passwordSecret', 'equal', 'password'],
    ['spec.myASN', 'equal', 'announcement'],
    ['spec.peerASN', 'equal', 'announcement'],
    ['spec.dynamicASN', 'equal', 'announcement'],
    ['spec.localASN', 'equal', 'announcement'],
    ['spec.peerAddress', 'equal', 'announcement'],
    ['spec.interface', 'equal', 'announcement'],
    ['spec.peerPort', 'equal', 'announcement'],
    ['spec.ebgpMultiHop', 'equal', 'announcement'],
    ['spec.vrf', 'equal', 'announcement'],
    ['spec.dualStackAddressFamily', 'equal', 'announcement'],
    ['spec.disableMP', 'equal', 'announcement'],
    ['spec.nodeSelectors', 'equal', 'announcement'],
  ],
  'metallb.io/IPAddressPool': [
    ['spec.addresses', 'equal', 'announcement'],
    ['spec.autoAssign', 'equal', 'announcement'],
    ['spec.avoidBuggyIPs', 'equal', 'announcement'],
    ['spec.serviceAllocation', 'equal', 'announcement'],
  ],
  'metallb.io/BGPAdvertisement': [
    ['spec.ipAddressPools', 'equal', 'announcement'],
    ['spec.ipAddressPoolSelectors', 'equal', 'announcement'],
    ['spec.peers', 'equal', 'announcement'],
    ['spec.nodeSelectors', 'equal', 'announcement'],
    ['spec.serviceSelectors', 'equal', 'announcement'],
    ['spec.aggregationLength', 'equal', 'announcement'],
    ['spec.aggregationLengthV6', 'equal', 'announcement'],
  ],
  'rbac.authorization.k8s.io/Role': [['rules', 'includes', 'rights']],
  'rbac.authorization.k8s.io/RoleBinding': [
    ['roleRef', 'equal', 'rights'],
    ['subjects', 'includes', 'rights'],
  ],
  // The arguments have a rule of their own, `gate-arguments`.
  '/Pod': [
    ['spec.serviceAccountName', 'equal', 'rights'],
    ['spec.automountServiceAccountToken', 'equal', 'rights'],
    ['spec.hostNetwork', 'equal', 'rights'],
    ['spec.restartPolicy', 'equal', 'gate'],
    ['spec.activeDeadlineSeconds', 'equal', 'gate'],
    ['spec.readinessGates', 'equal', 'gate'],
    ['spec.securityContext', 'equal', 'admission', freeContext],
    ['spec.hostPID', 'equal', 'admission'],
    ['spec.hostIPC', 'equal', 'admission'],
  ],
};

/**
 * What the order of changes, the drain, readiness and the budget rest on in a generated object. Of the rest `../meaning` says what
 * is free.
 */
export function keptFields(object: KubernetesObject): readonly KeptField[] {
  return [...ofArgoCd(object), ...ofKind(object), ...ofPods(object), ...ofData(object)].map(
    ({ path, how, loss, except }): KeptField => {
      const value = valueAt(object, path);
      return { path, how, loss, ...(except && { except }), ...(value !== undefined && { value }) };
    },
  );
}

type FieldOf = Omit<KeptField, 'value'>;

/** A wave inside the turn of its side is as good as another: `sync-order` looks at those. */
function ofArgoCd(object: KubernetesObject): readonly FieldOf[] {
  const { metadata } = object;
  const isInTurn = metadata.labels?.[labels.side] !== undefined;
  const { hook, hookDeletePolicy, syncOptions, syncWave } = argoCdAnnotations;
  // Those of a side's gate have that rule, too.
  const hooks = isSideGate(object) ? [] : [hook, hookDeletePolicy];
  const keys = [syncOptions, ...hooks, ...helmAnnotations, ...(isInTurn ? [] : [syncWave])];
  return [
    ...keys.map((key) => ['metadata', 'annotations', key]),
    ...(isInTurn ? [['metadata', 'labels', labels.side]] : []),
  ].map((path): FieldOf => ({ path, how: 'equal', loss: 'order' }));
}

function isSideGate(object: KubernetesObject): boolean {
  if (object.kind !== 'Pod') return false;
  const texts = listOf(valueAt(object, ['spec', 'containers'])).flatMap((container) =>
    listOf(valueAt(container, ['args'])),
  );
  return texts.some((text) => typeof text === 'string' && text.startsWith(gateFlags.next));
}

function ofKind({ apiVersion, kind }: KubernetesObject): readonly FieldOf[] {
  return (rows[`${apiGroup(apiVersion)}/${kind}`] ?? []).map((row) => fieldOf(row, []));
}

function fieldOf([path, how, loss, except]: Row, above: readonly string[]): FieldOf {
  return { path: [...above, ...path.split('.')], how, loss, ...(except && { except }) };
}

/** Containers, volumes and labels of the pods, each by its name. */
function ofPods(object: KubernetesObject): readonly FieldOf[] {
  const template = object.kind === 'StatefulSet' ? ['spec', 'template'] : object.kind === 'Pod' ? [] : undefined;
  if (!template) return [];
  const spec = [...template, 'spec'];
  const named = (list: string): string[] => namesIn(valueAt(object, [...spec, list]));
  const podLabels = [...template, 'metadata', 'labels'];
  return [
    ...['initContainers', 'containers'].flatMap((list) =>
      named(list).flatMap((name) =>
        ofContainer
          .filter(([path]) => object.kind !== 'Pod' || path !== 'args')
          .map((row) => fieldOf(row, [...spec, list, name])),
      ),
    ),
    ...named('volumes').map((name): FieldOf => ({ path: [...spec, 'volumes', name], how: 'equal', loss: 'program' })),
    ...Object.keys(valueAt(object, podLabels) ?? {}).map((key): FieldOf => ({
      path: [...podLabels, key],
      how: 'equal',
      loss: 'pods',
    })),
  ];
}

/** Texts that agents read, and the addresses that MetalLB gives. */
function ofData(object: KubernetesObject): readonly FieldOf[] {
  if (object.kind === 'ConfigMap') {
    const texts = Object.keys(valueAt(object, ['data']) ?? {}).map((key) => ['data', key]);
    return [...texts, ['immutable']].map((path) => ({ path, how: 'equal', loss: 'settings' }));
  }
  if (object.kind !== 'Service') return [];
  // MetalLB reads its older keys, too.
  return [...Object.values(metallbAnnotations), ...Object.values(oldMetallbAnnotations)].map((key) => ({
    path: ['metadata', 'annotations', key],
    how: 'equal',
    loss: 'sessions',
  }));
}

function namesIn(list: unknown): string[] {
  return Array.isArray(list) ? list.map((element: { readonly name: string }) => element.name) : [];
}
