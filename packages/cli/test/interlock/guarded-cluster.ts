import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gateRevision, turnCopyProbe, turnName, turnPath, type TurnSpec } from '@meshrs/contract';
import { clusterObjects, interlockObjects, type KubernetesObject } from '@meshrs/manifests';
import { casesFolder, readText } from '@meshrs/manifests/test-support';
import { startDaemon, type Daemon } from '@meshrs/test-kit/daemon';
import { asInPod, startKubeApiserver, type KubeApiserver } from '@meshrs/test-kit/kube-apiserver';
import { waitFor } from '@meshrs/test-kit/wait';
import { locateTool } from '@meshrs/tools/locate';
import { parse, stringify } from 'yaml';
import { moduleFolder } from '../../src/validating/kube-apiserver.test-support.ts';

/** Who asks. All may do everything by RBAC: what is refused, the policies refuse. */
export const users = {
  admin: 'kubernetes-admin',
  alice: 'alice@example.com',
  root: 'system:admin',
  argocd: 'system:serviceaccount:argocd:argocd-application-controller',
  /** Changes objects for whoever looks at them in a browser. */
  argocdServer: 'system:serviceaccount:argocd:argocd-server',
  /** What `argocd cluster add` makes, also for the cluster in which Argo CD runs. */
  added: 'system:serviceaccount:kube-system:argocd-manager',
  /** An Argo CD of another cluster, by a role of a cloud. */
  remote: 'arn:aws:iam::000000000000:role/argocd',
  /** Who installs MetalLB in a cluster that has one already. */
  k3s: 'system:k3s-supervisor',
  olm: 'olm:clusterextension:metallb',
  /** Writes certificates into definitions, and has no other right. */
  cainjector: 'system:serviceaccount:cert-manager:cert-manager-cainjector',
  /** A pipeline's. */
  ci: 'system:serviceaccount:ci:deployer',
  /** Kube-OVN's controller, which writes annotations of pods. */
  ovn: 'system:serviceaccount:kube-system:ovn',
  /** EKS's, which gives a pod its branch interface. */
  eks: 'eks:vpc-resource-controller',
  gate: 'system:serviceaccount:meshrr:meshrr-evpnrs-gate',
  agent: 'system:serviceaccount:meshrr:meshrr-evpnrs',
  speaker: 'system:serviceaccount:metallb:metallb-speaker',
  /** The same names, of whom no pod is known: impersonated, or by a token that nobody took for a pod. */
  likeGate: 'system:serviceaccount:meshrr:meshrr-evpnrs-gate',
  likeAgent: 'system:serviceaccount:meshrr:meshrr-evpnrs',
  likeSpeaker: 'system:serviceaccount:metallb:metallb-speaker',
  metallb: 'system:serviceaccount:metallb:metallb-controller',
  /** Has Kubernetes' role "edit" in the namespaces of the route servers and of MetalLB, may debug there and write MetalLB's objects, and has no other right. */
  editor: 'bob@example.com',
  disruption: 'system:serviceaccount:kube-system:disruption-controller',
  endpoints: 'system:serviceaccount:kube-system:endpointslice-controller',
  network: 'system:serviceaccount:calico-system:calico-node',
  apiserver: 'system:apiserver',
  autoscaler: 'system:serviceaccount:kube-system:horizontal-pod-autoscaler',
  statefulSets: 'system:serviceaccount:kube-system:statefulset-controller',
  daemonSets: 'system:serviceaccount:kube-system:daemon-set-controller',
  replicaSets: 'system:serviceaccount:kube-system:replicaset-controller',
  podCollector: 'system:serviceaccount:kube-system:pod-garbage-collector',
  collector: 'system:serviceaccount:kube-system:generic-garbage-collector',
  namespaces: 'system:serviceaccount:kube-system:namespace-controller',
  taints: 'system:serviceaccount:kube-system:taint-eviction-controller',
  nodeLifecycle: 'system:serviceaccount:kube-system:node-controller',
  scheduler: 'system:kube-scheduler',
  manager: 'system:kube-controller-manager',
  kubelet: 'system:node:dc1-node1',
  impostor: 'system:node:somebody',
} as const;
export type User = keyof typeof users;

/** Who asks from a pod, by a token that its kubelet took for it: the API server tells the pod's name. */
export const pods: Readonly<Partial<Record<User, string>>> = {
  gate: 'routeserver-a-gate',
  agent: 'routeserver-a-0',
  speaker: 'metallb-speaker-dc2-node1',
  metallb: 'metallb-controller-0',
};

export interface Request {
  readonly as: User;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  /** Left out: a merge patch. */
  readonly patch?: 'merge' | 'apply' | 'json' | 'strategic';
}

export interface Answer {
  readonly status: number;
  readonly reason: string;
  readonly message: string;
  readonly warnings: readonly string[];
  readonly body: unknown;
}

export interface GuardedCluster {
  readonly turn: string;
  readonly objects: readonly KubernetesObject[];
  readonly policies: readonly KubernetesObject[];
  send(request: Request): Promise<Answer>;
  /** Applies an object, as one whom no policy stops, once its kind is served. */
  make(path: string, body: unknown): Promise<void>;
  /** Writes the turn, and waits until the API server decides by it. */
  open(spec: TurnSpec): Promise<void>;
  /** Makes an object what it was at the beginning, as one whom no policy stops. */
  restore(path: string): Promise<void>;
  /** A kubeconfig of who asks. */
  kubeconfig(user: User): string;
  /** Runs Kubernetes' own controllers, each with its own account where it is said so. */
  runControllers(names: string, options?: { readonly ownAccounts?: boolean }): Daemon;
  stop(): Promise<void>;
}

/** Definitions of a project, as the tests have them from its release. */
export async function definitionsOf(pattern: string, module: string): Promise<readonly KubernetesObject[]> {
  return globSync(join(await moduleFolder(module), pattern)).map(
    (path) => parse(readFileSync(path, 'utf8')) as KubernetesObject,
  );
}

export const revisions = { a: '00aa', b: '00bb' } as const;

/**
 * A cluster of one kube-apiserver with a fleet whose every guarded kind is there, and its interlock.
 * `before`: what else is there already when the policies come, of what is generated.
 */
export async function startGuardedCluster({
  before = () => [],
  of = 'management',
  change = (text) => text,
}: {
  readonly before?: (generated: readonly KubernetesObject[]) => readonly KubernetesObject[];
  /** The name of the case whose topology it is. */
  readonly of?: string;
  /** Of the text of the topology. */
  readonly change?: (text: string) => string;
} = {}): Promise<GuardedCluster> {
  const text = readFileSync(join(casesFolder, of, 'topology.yaml'), 'utf8');
  const topology = readText(change(text.replace('metallb:\n', 'metallb:\n  bfd: {}\n')));
  const scope = { cluster: 'dci', topology, hasCustom: false };
  const policies = interlockObjects(scope).map(({ object }) => object);
  const objects = clusterObjects(scope)
    .filter(({ metadata }) => metadata.annotations?.['argocd.argoproj.io/hook'] === undefined)
    .map(atKnownRevision);
  const turn = turnName(topology.routeServers);
  const { admin, ...others } = users;
  const server = await startKubeApiserver({
    users: [
      { token: 'admin', name: admin, group: 'system:masters' },
      ...Object.entries(others).map(([token, name]) => {
        const group = groupsOf(token);
        return { token, name, ...(group !== undefined && { group }) };
      }),
    ],
    flags: ['--allow-privileged=true', '--disable-admission-plugins=ServiceAccount,PodSecurity'],
  });
  const send = (request: Request): Promise<Answer> => ask(server, request);
  const must = async (request: Request): Promise<Answer> => {
    const answer = await send(request);
    if (answer.status > 201)
      throw new Error(`${request.method} ${request.path}: ${String(answer.status)} ${answer.message}`);
    return answer;
  };
  const firsts = new Map<string, unknown>();
  const make = async (path: string, body: unknown): Promise<void> => {
    await waitFor(
      `${path} is made`,
      () =>
        send({
          as: 'manager',
          method: 'PATCH',
          patch: 'apply',
          path: `${path}?fieldManager=argocd-controller&force=true`,
          body,
        }),
      ({ status, message }) => {
        if (status >= 400 && status !== 404) throw new Error(`${path}: ${message}`);
        return status < 400;
      },
      30_000,
      50,
    );
    firsts.set(path, body);
    await writeStatus(send, path);
  };
  try {
    await installDefinitions(make);
    for (const object of [...namespaces, ...objects, ...more, ...before(objects)]) await make(pathOf(object), object);
    for (const pod of podsOfSides) {
      await must({ as: 'statefulSets', method: 'POST', path: dirname(pathOf(pod)), body: pod });
      firsts.set(pathOf(pod), pod);
      await writeStatus(send, pathOf(pod));
    }
    for (const object of policies) await make(pathOf(object), object);
  } catch (error) {
    await server.remove();
    throw error;
  }
  const open = async (spec: TurnSpec): Promise<void> => {
    // As the gate goes: from one side to another through none. Nothing of the spec before stays.
    const closed = { revision: null, until: null, reason: null, nodes: null, open: 'none', by: users.gate };
    await must({ as: 'gate', method: 'PATCH', path: turnPath(turn), body: { spec: closed } });
    const as = (Object.keys(users) as User[]).find((user) => users[user] === spec.by) ?? 'gate';
    const { body } = await must({ as, method: 'PATCH', path: turnPath(turn), body: { spec: { ...closed, ...spec } } });
    const { resourceVersion } = (body as { metadata: { resourceVersion: string } }).metadata;
    await copyIs(send, turn, resourceVersion);
  };
  const managers: Daemon[] = [];
  await policiesCount(send);
  await open({ open: 'none', by: users.gate });
  return {
    turn,
    objects,
    policies,
    send,
    make,
    open,
    restore: async (path) => {
      const first = firsts.get(path);
      if (/^\/api\/v1\/namespaces\/[^/]+$|\/customresourcedefinitions\//.test(path)) {
        // Its end would be that of all in it. What is applied again takes away nothing that another manager wrote.
        await send({ as: 'manager', method: 'PATCH', path, body: { metadata: { ownerReferences: null } } });
        if (first !== undefined) await make(path, first);
        return;
      }
      await send({ as: 'manager', method: 'PATCH', path, body: { metadata: { finalizers: null } } });
      await send({
        as: 'manager',
        method: 'DELETE',
        path: `${path}?gracePeriodSeconds=0&propagationPolicy=Background`,
      });
      if (first === undefined) return;
      await waitFor(
        `${path} is there again`,
        async () => {
          const body = { path: dirname(path), body: first };
          const answer = await send({ as: 'manager', method: 'POST', ...body });
          // What a commit makes, no controller does.
          return answer.status === 403 ? send({ as: 'admin', method: 'POST', ...body }) : answer;
        },
        ({ status }) => status === 201,
        10_000,
        50,
      );
      await writeStatus(send, path);
    },
    kubeconfig: (user) => writeKubeconfig(server, user),
    runControllers: (names, { ownAccounts = false } = {}) => {
      const daemon = startDaemon(locateTool('kube-controller-manager'), [
        `--kubeconfig=${writeKubeconfig(server, 'manager')}`,
        `--controllers=${names}`,
        `--use-service-account-credentials=${String(ownAccounts)}`,
        `--service-account-private-key-file=${join(server.folder, 'service-account.key')}`,
        '--leader-elect=false',
        '--secure-port=0',
        '--concurrent-validating-admission-policy-status-syncs=5',
      ]);
      managers.push(daemon);
      return daemon;
    },
    stop: async () => {
      for (const each of managers) await each.end('SIGKILL');
      await server.remove();
    },
  };
}

/** The API server takes policies up by and by, all that it knows at a time: the last one is asked for. */
async function policiesCount(send: GuardedCluster['send']): Promise<void> {
  const folder = '/apis/metallb.io/v1beta1/namespaces/metallb/l2advertisements';
  const body = { apiVersion: 'metallb.io/v1beta1', kind: 'L2Advertisement', metadata: { name: 'foreign' } };
  await waitFor(
    'the last policy counts',
    async () => {
      const answer = await send({ as: 'admin', method: 'POST', path: folder, body });
      if (answer.status === 201) await send({ as: 'manager', method: 'DELETE', path: `${folder}/foreign` });
      return answer;
    },
    ({ status }) => status === 403,
    30_000,
    100,
  );
}

/**
 * Waits until the API server decides by this version of the turn. Each change of its definition ends the watch by which it reads turns, and of
 * several in a row the next watch begins up to 30 s later (client-go, tools/cache/reflector.go: its backoff).
 */
async function copyIs(send: GuardedCluster['send'], turn: string, resourceVersion: string): Promise<void> {
  const { label, value, before, between } = turnCopyProbe;
  await waitFor(
    'the API server has the turn',
    () =>
      send({
        ...{ as: 'gate', method: 'PATCH', path: `${turnPath(turn)}?dryRun=All` },
        body: { metadata: { labels: { [label]: value } } },
      }),
    ({ message }) => message.endsWith(`${before}${turn}${between}${resourceVersion}`),
    60_000,
    10,
  );
}

function groupsOf(token: string): string | undefined {
  if (token === 'editor' || token === 'cainjector') return undefined;
  return token === 'kubelet' ? '"system:masters,system:nodes"' : 'system:masters';
}

async function ask(server: KubeApiserver, { as, method, path, body, patch = 'merge' }: Request): Promise<Answer> {
  const types = {
    merge: 'application/merge-patch+json',
    json: 'application/json-patch+json',
    strategic: 'application/strategic-merge-patch+json',
    apply: 'application/apply-patch+yaml',
  };
  const pod = pods[as];
  const { status, warnings, text } = await server.send({
    ...{ method, path, token: as, contentType: method === 'PATCH' ? types[patch] : 'application/json' },
    ...(pod !== undefined && { token: 'admin', headers: asInPod(users[as], pod, 'system:masters') }),
    ...(body !== undefined && {
      body: patch === 'apply' && method === 'PATCH' ? stringify(body) : JSON.stringify(body),
    }),
  });
  const read = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {};
  const { message = text, reason = '' } = status >= 400 ? read : { message: '' };
  return { status, warnings, body: read, message: String(message), reason: String(reason) };
}

/** The objects bear a revision that a test can name. */
function atKnownRevision(object: KubernetesObject): KubernetesObject {
  const { annotations } = object.metadata;
  if (annotations?.[gateRevision] === undefined) return object;
  const revision = JSON.stringify(object).includes('routeserver-b') ? revisions.b : revisions.a;
  return { ...object, metadata: { ...object.metadata, annotations: { ...annotations, [gateRevision]: revision } } };
}

const privileged = { 'pod-security.kubernetes.io/enforce': 'privileged' };
const namespaces: KubernetesObject[] = ['meshrr', 'metallb', 'other', 'another', 'argocd'].map((name) => ({
  ...{ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: name === 'metallb' ? privileged : {} } },
}));

const container = {
  name: 'c',
  image: 'registry.example.com/c:1',
  imagePullPolicy: 'IfNotPresent',
  resources: { requests: { cpu: '50m' } },
};
const speaker = { app: 'metallb', component: 'speaker' };

function ownedBySet(side: string): Owner {
  return {
    ...{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: `routeserver-${side}`, controller: true },
    uid: '0b7d2a3c-0000-4000-8000-00000000000d',
  };
}

/** By the name of its pod. */
const setOf = (pod: string): string => pod.replace(/-\d+$/, '');

type Owner = NonNullable<KubernetesObject['metadata']['ownerReferences']>[number];

/** What the chart of MetalLB, an administrator and Kubernetes' own controllers bring. */
const more: (KubernetesObject & Readonly<Record<string, unknown>>)[] = [
  ...['dc1-node1', 'dc2-node1', 'dc9-node1'].map((name, at) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/os': 'linux',
        'kubernetes.io/hostname': name,
        ...[{ side: 'a' }, { side: 'b' }, {}][at],
      },
    },
  })),
  ...['metallb-bgp', 'metallb-bgp-a', 'metallb-bgp-b'].map((name) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'metallb' },
    type: 'kubernetes.io/basic-auth',
    stringData: { password: 'one', username: 'x' },
  })),
  {
    ...{ apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'metallb-speaker', namespace: 'metallb' } },
    spec: {
      selector: { matchLabels: speaker },
      updateStrategy: { type: 'OnDelete' },
      template: {
        metadata: { labels: speaker },
        spec: {
          containers: [container],
          nodeSelector: { 'kubernetes.io/os': 'linux' },
          tolerations: ['edge', 'core'].map((key) => ({ key, operator: 'Exists' })),
        },
      },
    },
  },
  ...['dc1-node1', 'dc2-node1'].map((node) => ({
    ...{ apiVersion: 'v1', kind: 'Pod' },
    metadata: {
      name: `metallb-speaker-${node}`,
      namespace: 'metallb',
      labels: speaker,
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'DaemonSet',
          name: 'metallb-speaker',
          uid: '0b7d2a3c-0000-4000-8000-000000000000',
          controller: true,
        },
      ],
    },
    spec: { containers: [container], nodeName: node, serviceAccountName: 'metallb-speaker' },
  })),
  ...['dc1-node1', 'dc2-node1'].map((node) => ({
    ...{ apiVersion: 'frrk8s.metallb.io/v1beta1', kind: 'FRRConfiguration' },
    metadata: { name: `metallb-${node}`, namespace: 'metallb' },
    spec: { bgp: { routers: [{ asn: 65000 }] } },
  })),
  ...[
    ['others', '192.0.2.9'],
    // Somebody's, of before.
    ['touching', '192.168.255.0'],
  ].map(([name = '', address]) => ({
    ...{ apiVersion: 'frrk8s.metallb.io/v1beta1', kind: 'FRRConfiguration', metadata: { name, namespace: 'metallb' } },
    spec: { bgp: { routers: [{ asn: 4259840003, neighbors: [{ address }] }] } },
  })),
  ...['a', 'b'].map((side) => ({
    ...{ apiVersion: 'apps/v1', kind: 'ControllerRevision', revision: 1 },
    metadata: {
      ...{ name: `routeserver-${side}-6d8f9c7b54`, namespace: 'meshrr' },
      labels: { app: 'meshrr-evpnrs', side, 'meshrs.dev/workload': `routeserver-${side}` },
      ownerReferences: [ownedBySet(side)],
    },
    data: { spec: { template: { $patch: 'replace' } } },
  })),
  ...[
    ['routeserver-a', 'x7k2p', '10.0.0.1'],
    ['routeserver-b', 'x7k2p', '10.0.0.2'],
    ['meshrr-core', '5fmhq', '10.0.0.1'],
    // Somebody's Service.
    ['others', 'abcde', '10.0.0.9'],
  ].map(([service = '', suffix = '', address = '']) => ({
    ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', addressType: 'IPv4' },
    metadata: {
      ...{ name: `${service}-${suffix}`, namespace: 'meshrr' },
      labels: {
        'kubernetes.io/service-name': service,
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
      },
    },
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports: [{ name: 'bgp', port: 179 }],
  })),
  {
    ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'bgpextras', namespace: 'metallb' } },
    data: { extras: '! nothing' },
  },
  {
    ...{ apiVersion: 'frrk8s.metallb.io/v1beta1', kind: 'FRRK8sConfiguration' },
    metadata: { name: 'config', namespace: 'metallb' },
    spec: { logLevel: 'info' },
  },
  {
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'theirs', namespace: 'other' } },
    spec: { type: 'LoadBalancer', ports: [{ port: 179 }] },
  },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: 'meshrr' } },
  ...['metallb-speaker', 'metallb-controller'].map((name) => ({
    ...{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: 'metallb' } },
  })),
  {
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'metallb-controller', namespace: 'metallb' } },
    spec: {
      selector: { matchLabels: { component: 'controller' } },
      template: { metadata: { labels: { component: 'controller' } }, spec: { containers: [container] } },
    },
  },
  {
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'metallb-controller-0', namespace: 'metallb' } },
    spec: { containers: [container], serviceAccountName: 'metallb-controller' },
  },
  {
    ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'debug', namespace: 'meshrr' } },
    rules: [{ apiGroups: [''], resources: ['pods/ephemeralcontainers'], verbs: ['patch'] }],
  },
  ...['Role', 'RoleBinding'].map((kind) => ({
    ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind, metadata: { name: 'announce', namespace: 'metallb' } },
    ...(kind === 'Role'
      ? {
          rules: [
            { apiGroups: ['metallb.io'], resources: ['*'], verbs: ['*'] },
            { apiGroups: [''], resources: ['pods/ephemeralcontainers'], verbs: ['patch'] },
          ],
        }
      : {
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'announce' },
          subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: users.editor }],
        }),
  })),
  ...['ClusterRole', 'ClusterRoleBinding'].map((kind) => ({
    ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind, metadata: { name: 'certificates' } },
    ...(kind === 'ClusterRole'
      ? { rules: [{ apiGroups: ['apiextensions.k8s.io'], resources: ['customresourcedefinitions'], verbs: ['patch'] }] }
      : {
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'certificates' },
          subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: users.cainjector }],
        }),
  })),
  ...[
    ['Role', 'debug', 'meshrr'],
    // No controller is there that makes "edit" of it.
    ['ClusterRole', 'system:aggregate-to-edit', 'meshrr'],
    ['ClusterRole', 'system:aggregate-to-edit', 'metallb'],
  ].map(([kind = '', name = '', namespace = '']) => ({
    ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name, namespace } },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name },
    subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: users.editor }],
  })),
];

/** The pods of the route servers, as the StatefulSet controller makes them, and a gate's. */
const podsOfSides: (KubernetesObject & Readonly<Record<string, unknown>>)[] = [
  ['routeserver-a-0', 'a'],
  ['routeserver-b-0', 'b'],
  ['routeserver-b-1', 'b'],
  // Of a StatefulSet that no commit names any more.
  ['former-b-0', 'b'],
  ['routeserver-b-gate', ''],
  ['routeserver-b-0-debug', ''],
  ['unbound', ''],
].map(([name = '', side = '']) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    ...{ name, namespace: 'meshrr' },
    ...(side === ''
      ? { labels: { 'meshrs.dev/role': 'gate' } }
      : {
          labels: {
            ...{ app: 'meshrr-evpnrs', side, 'meshrs.dev/workload': setOf(name) },
            'controller-revision-hash': `${setOf(name)}-6d8f9c7b54`,
          },
          ownerReferences: [{ ...ownedBySet(side), name: setOf(name) }],
        }),
  },
  spec: {
    containers: [container],
    ...(name !== 'unbound' && { nodeName: side === 'a' ? 'dc1-node1' : 'dc2-node1' }),
    ...(name === 'routeserver-b-gate' && { serviceAccountName: 'meshrr-evpnrs-gate' }),
  },
}));

/** MetalLB's own definitions; of frr-k8s only that there is such a kind. */
async function installDefinitions(make: (path: string, body: unknown) => Promise<void>): Promise<void> {
  const base = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  for (const definition of await definitionsOf('config/crd/bases/*.yaml', 'metallb/0.16')) {
    await make(`${base}/${definition.metadata.name}`, withConversion(definition));
  }
  const schema = {
    openAPIV3Schema: {
      type: 'object',
      properties: { spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
    },
  };
  for (const kind of ['FRRConfiguration', 'FRRK8sConfiguration']) {
    const plural = `${kind.toLowerCase()}s`;
    await make(`${base}/${plural}.frrk8s.metallb.io`, {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${plural}.frrk8s.metallb.io` },
      spec: {
        group: 'frrk8s.metallb.io',
        scope: 'Namespaced',
        names: { kind, plural },
        versions: [{ name: 'v1beta1', served: true, storage: true, schema }],
      },
    });
  }
}

/** One kind has a conversion, as MetalLB's chart gives it to those with several versions; nothing of this one is ever converted. */
function withConversion(definition: KubernetesObject): KubernetesObject {
  if (definition.metadata.name !== 'communities.metallb.io') return definition;
  const { spec } = definition as KubernetesObject & { readonly spec: object };
  const service = { namespace: 'metallb', name: 'metallb-webhook-service', path: '/convert' };
  const webhook = { conversionReviewVersions: ['v1'], clientConfig: { service } };
  return { ...definition, ...{ spec: { ...spec, conversion: { strategy: 'Webhook', webhook } } } };
}

/** A node has room and is Ready, as its kubelet says; a pod of each side is Ready, and that of side b has its address; a Service has its address, as MetalLB's controller gives it. */
async function writeStatus(send: GuardedCluster['send'], path: string): Promise<void> {
  const conditions = [{ type: 'Ready', status: 'True' }];
  if (path.startsWith('/api/v1/nodes/')) {
    const room = { cpu: '8', memory: '8Gi', pods: '99' };
    await send({
      as: 'manager',
      method: 'PATCH',
      path: `${path}/status`,
      body: { status: { capacity: room, allocatable: room, conditions } },
    });
  }
  if (/\/pods\/routeserver-(a-0|b-1)$/.test(path)) {
    const address = path.endsWith('b-1') && { podIP: '10.0.0.3', podIPs: [{ ip: '10.0.0.3' }] };
    await send({
      as: 'manager',
      method: 'PATCH',
      path: `${path}/status`,
      body: { status: { ...address, conditions } },
    });
  }
  if (!/\/services\/routeserver-.$/.test(path)) return;
  const ingress = [{ ip: path.endsWith('a') ? '192.168.255.1' : '192.168.255.2', ipMode: 'VIP' }];
  await send({
    as: 'manager',
    method: 'PATCH',
    path: `${path}/status`,
    body: { status: { loadBalancer: { ingress } } },
  });
}

function writeKubeconfig({ folder, host, port, certificate }: KubeApiserver, user: User): string {
  const file = join(folder, `${user}.kubeconfig`);
  const authority = Buffer.from(certificate()).toString('base64');
  const kubeconfig = {
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user } }],
    clusters: [
      { name: 'test', cluster: { server: `https://${host}:${port}`, 'certificate-authority-data': authority } },
    ],
    users: [{ name: user, user: { token: user } }],
  };
  writeFileSync(file, stringify(kubeconfig));
  return file;
}

const clusterScoped = new Set([
  'Namespace',
  'Node',
  'CustomResourceDefinition',
  'Turn',
  'ClusterRole',
  'ClusterRoleBinding',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'ValidatingWebhookConfiguration',
]);

export function pathOf({ apiVersion, kind, metadata }: KubernetesObject): string {
  const group = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  const place = clusterScoped.has(kind) ? group : `${group}/namespaces/${metadata.namespace ?? 'default'}`;
  return `${place}/${pluralOf(kind)}/${metadata.name}`;
}

function pluralOf(kind: string): string {
  const lower = kind.toLowerCase();
  return lower.endsWith('y') ? `${lower.slice(0, -1)}ies` : `${lower}s`;
}

function dirname(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

/** What cannot be waited for: time itself. */
export const pause = (seconds: number): Promise<void> => sleep(seconds * 1000);
