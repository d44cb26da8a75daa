import { topologyOf } from '@meshrs/manifests/test-support';
import type { Topology } from '@meshrs/topology';
import type { ContainerFacts, NodeFacts, PreflightFacts, WorkloadFacts } from './facts.ts';
import { known, type Known } from './known.ts';
import { wantedOf, type Wanted } from './wanted.ts';

/** What the topology of the case "frr" wants, with something of it changed. */
export function wantedWith(change: (topology: Topology) => Topology = (topology) => topology): Wanted {
  return wantedOf(change(topologyOf('frr')), 'dci', ['a', 'b']);
}

export const wanted = wantedWith();

export const images = ['ghcr.io/meshrs/mesh-agent:0.1.0', 'quay.io/frrouting/frr:10.7.1'];

export function node(name: string, side: string | undefined, change: Partial<NodeFacts> = {}): NodeFacts {
  return {
    ...{ name, hostname: name, side, isExcluded: false, isReady: true, isSchedulable: true, taints: [] },
    ...{ kubelet: 'v1.36.3', podRanges: ['10.244.1.0/24'], images },
    ...change,
  };
}

/** The nodes of the topology. */
export const nodes: readonly NodeFacts[] = wanted.sides.flatMap((side) =>
  side.nodes.map(([name]) => node(name, side.name)),
);

export function container(change: Partial<ContainerFacts> = {}): ContainerFacts {
  return { name: 'main', image: 'registry.example.com/other:1.0', arguments: [], environment: [], ...change };
}

export function workload(change: Partial<WorkloadFacts> = {}): WorkloadFacts {
  return {
    ...{ kind: 'Deployment', namespace: 'other', name: 'other', labels: {}, owner: undefined },
    ...{ serviceAccount: undefined, containers: [container()] },
    ...change,
  };
}

export function speaker(
  image: string,
  change: Partial<WorkloadFacts> & { readonly args?: string[] } = {},
): WorkloadFacts {
  const { args = [], ...rest } = change;
  return workload({
    ...{ kind: 'DaemonSet', namespace: 'metallb', name: 'metallb-speaker' },
    labels: { 'app.kubernetes.io/name': 'metallb', 'app.kubernetes.io/component': 'speaker' },
    containers: [
      container({
        ...{ name: 'speaker', image, arguments: args },
        environment: [{ name: 'METALLB_BGP_TYPE', value: 'frr-k8s' }],
      }),
    ],
    ...rest,
  });
}

export function controller(image = 'quay.io/argoproj/argocd:v3.2.11'): WorkloadFacts {
  return workload({
    ...{ kind: 'StatefulSet', namespace: 'argocd', name: 'argocd-application-controller' },
    labels: { 'app.kubernetes.io/name': 'argocd-application-controller' },
    containers: [
      container({
        ...{ name: 'argocd-application-controller', image },
        environment: [
          { name: 'ARGOCD_APPLICATION_CONTROLLER_SYNC_TIMEOUT', configMapKey: 'controller.sync.timeout.seconds' },
        ],
      }),
    ],
  });
}

const timeout = 'controller.sync.timeout.seconds';

/** A cluster that has everything, before the first sync. */
export const ready: PreflightFacts = {
  version: known('v1.36.3'),
  admissionKinds: known(['validatingadmissionpolicies', 'validatingadmissionpolicybindings']),
  admissionPlugins: known(['NamespaceLifecycle', 'ValidatingAdmissionPolicy']),
  nodes: known(nodes),
  namespaces: {
    routeServers: known(undefined),
    metallb: known({ isTerminating: false, podSecurity: 'privileged' }),
    argoCd: known({ isTerminating: false, podSecurity: undefined }),
  },
  definitions: known([{ name: 'applications.argoproj.io', owner: undefined }]),
  turns: known([]),
  workloads: known([controller()]),
  pools: known([]),
  hasServiceLbAccount: known(false),
  kubeProxy: known({ mode: '', isStrictArp: false }),
  serviceRanges: known({ ranges: ['10.96.0.0/16'], isWhole: true, families: ['ipv4'] }),
  secrets: [
    {
      ...{ namespace: 'metallb', name: 'metallb-bgp-a', wantedKeys: ['password'] },
      found: known({
        type: 'kubernetes.io/basic-auth',
        keys: ['username', 'password'].map((name) => ({ name, isEmpty: false, endsALine: false })),
      }),
    },
  ],
  controllers: {
    accounts: ['statefulset-controller', 'namespace-controller'].map((name) => ({ name, isThere: known(true) })),
    sharedMay: known(false),
  },
  apiServers: { addresses: known(['10.0.0.1']), identities: known(1) },
  webhooks: known([]),
  trial: known(undefined),
  argoCd: {
    configMaps: Object.fromEntries(
      wanted.settings.map(({ configMap, key, value }) => [
        configMap,
        known({ data: { [key]: value }, changedAt: { [key]: '2026-11-27T08:00:00Z' } }),
      ]),
    ),
    controllerStarts: known(['2026-11-27T08:00:05Z']),
    controllerAccount: 'argocd-application-controller',
    rights: known([{ what: 'create clusterroles', isAllowed: known(true) }]),
    ownClusters: known([]),
    projects: known([]),
  },
  rights: [{ what: 'patch nodes', isAllowed: known(true) }],
};

/** A key of one of Argo CD's ConfigMaps, beside those that are there. */
export function withSetting(configMap: string, key: string, value: string): PreflightFacts {
  const before = ready.argoCd.configMaps[configMap];
  const { data, changedAt } = (before?.isKnown ? before.value : undefined) ?? { data: {}, changedAt: {} };
  const configMaps = { ...ready.argoCd.configMaps, [configMap]: known({ data: { ...data, [key]: value }, changedAt }) };
  return { ...ready, argoCd: { ...ready.argoCd, configMaps } };
}

export const timeoutKey = timeout;

export const notRead: Known<never> = { isKnown: false, why: 'you may not look', next: 'get the right to look' };
