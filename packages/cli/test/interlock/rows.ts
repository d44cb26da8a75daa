import { gateRevision, type TurnSpec } from '@meshrs/contract';
import { revisions, users, type Request, type User } from './guarded-cluster.ts';

/** States of the turn. */
export const turns = {
  closed: { open: 'none', by: users.gate, reason: 'a gate looks' },
  a: opened('a', users.gate, { revision: revisions.a, nodes: ['dc1-node1'] }),
  b: opened('b', users.gate, { revision: revisions.b, nodes: ['dc2-node1'] }),
  /** Without a revision, as with a component of the user's. */
  bWithout: opened('b', users.gate),
  bOther: opened('b', users.gate, { revision: '00cc' }),
  /** A gate opened it, and nobody closed it in time. */
  bOver: opened('b', users.gate, { revision: revisions.b, nodes: ['dc2-node1'], until: '2026-01-01T00:00:00Z' }),
  aByPerson: opened('a', users.alice, { reason: 'a new BGP password', until: inMinutes(50) }),
  byPerson: opened('b', users.alice, { reason: 'dc5-border1 is cut off', until: inMinutes(50) }),
  all: opened('all', users.admin, { reason: 'the fleet goes', until: inMinutes(50) }),
} satisfies Record<string, TurnSpec>;
export type TurnState = keyof typeof turns;

function opened(open: string, by: string, more: Partial<TurnSpec> = {}): TurnSpec {
  return { open, by, reason: 'sync of dci', until: inMinutes(600), ...more };
}

function inMinutes(minutes: number): string {
  return new Date(Math.floor(Date.now() / 1000) * 1000 + minutes * 60_000).toISOString().replace('.000', '');
}

export type Outcome = 'passes' | 'closed' | 'over' | 'revision' | 'shared' | { readonly says: string };

export interface Row {
  readonly what: string;
  readonly turn: TurnState;
  readonly as: User;
  readonly request: Omit<Request, 'as'>;
  readonly outcome: Outcome;
}

const app = '/apis/apps/v1/namespaces/meshrr/statefulsets';
const core = '/api/v1/namespaces/meshrr';
const metallb = '/apis/metallb.io/v1beta1/namespaces/metallb';
const set = (side: string): string => `${app}/routeserver-${side}`;
const pod = (side: string, ordinal = 0): string => `${core}/pods/routeserver-${side}-${String(ordinal)}`;
const settings = (side: string): string => `${core}/configmaps/routeserver-${side}-settings`;
const service = (side: string): string => `${core}/services/routeserver-${side}`;
const password = (side: string): string => `/api/v1/namespaces/metallb/secrets/metallb-bgp-${side}`;

const budget = '/apis/policy/v1/namespaces/meshrr/poddisruptionbudgets/meshrr-evpnrs';
const revision = (side: string): string =>
  `/apis/apps/v1/namespaces/meshrr/controllerrevisions/routeserver-${side}-6d8f9c7b54`;
const slices = '/apis/discovery.k8s.io/v1/namespaces/meshrr/endpointslices';
const slice = (side: string): string => `${slices}/routeserver-${side}-x7k2p`;
const nodeOfB = '/api/v1/nodes/dc2-node1';
const noExecute = (key: string, value?: string): object => ({
  ...{ key, effect: 'NoExecute' },
  ...(value !== undefined && { value }),
});
/** What a kubelet that starts ends running pods for. */
const tainted: readonly (readonly [string, ...object[]])[] = [
  ['a taint of somebody’s', noExecute('team', 'core')],
  ['a taint without a value', noExecute('maintenance')],
  ['a taint that speakers alone tolerate', noExecute('edge')],
  ['two taints of which one is tolerated', noExecute('node.kubernetes.io/not-ready'), noExecute('team')],
  [
    'the taint of a machine that is off, while it is not',
    noExecute('node.kubernetes.io/out-of-service', 'nodeshutdown'),
  ],
];
const toleratedTaints: readonly (readonly [string, ...object[]])[] = [
  ['a taint by which no pod comes', { key: 'team', value: 'core', effect: 'NoSchedule' }],
  ['a taint by which pods rather go elsewhere', { key: 'team', effect: 'PreferNoSchedule' }],
  ['the taint of a kubelet that is silent', noExecute('node.kubernetes.io/unreachable')],
  ['the taint of a kubelet that is not ready', noExecute('node.kubernetes.io/not-ready')],
];
const notReady: readonly (readonly [string, readonly object[]])[] = [
  ['that is told not to be Ready', [{ type: 'Ready', status: 'False' }]],
  ['of which nobody knows whether it is Ready', [{ type: 'Ready', status: 'Unknown' }]],
  ['without the condition', [{ type: 'ContainersReady', status: 'True' }]],
  ['without conditions', []],
];
const networkUnavailable = (status: string): object => ({
  ...{ type: 'NetworkUnavailable', status, reason: 'X', message: '' },
  ...{ lastHeartbeatTime: '2026-01-01T00:00:00Z', lastTransitionTime: '2026-01-01T00:00:00Z' },
});

export const patch = (path: string, body: unknown): Omit<Request, 'as'> => ({ method: 'PATCH', path, body });
export const json = (path: string, ...body: readonly object[]): Omit<Request, 'as'> => ({
  method: 'PATCH',
  patch: 'json',
  path,
  body,
});
export const remove = (path: string): Omit<Request, 'as'> => ({ method: 'DELETE', path });
export const post = (path: string, body: unknown): Omit<Request, 'as'> => ({ method: 'POST', path, body });
export const eviction = (namespace: string, name: string): Omit<Request, 'as'> =>
  post(`/api/v1/namespaces/${namespace}/pods/${name}/eviction`, {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name, namespace },
  });
export const annotated = (path: string, key: string, value: string | null): Omit<Request, 'as'> =>
  patch(path, { metadata: { annotations: { [key]: value } } });
export const labelled = (path: string, key: string, value: string | null): Omit<Request, 'as'> =>
  patch(path, { metadata: { labels: { [key]: value } } });
export const dry = ({ path, ...request }: Omit<Request, 'as'>): Omit<Request, 'as'> => ({
  ...request,
  path: `${path}?dryRun=All`,
});

export function row(what: string, turn: TurnState, as: User, request: Omit<Request, 'as'>, outcome: Outcome): Row {
  return { what, turn, as, request, outcome };
}

/** What ends a speaker without deleting it. */
const changesOfSpeaker: readonly (readonly [string, Omit<Request, 'as'>])[] = ((path) =>
  [
    ['another image', json(path, { op: 'replace', path: '/spec/containers/0/image', value: 'other' })],
    ['a deadline', patch(path, { spec: { activeDeadlineSeconds: 1 } })],
    ['a label by which it is known', labelled(path, 'component', null)],
    ['one label more', labelled(path, 'x', 'y')],
    [
      'an owner that is not there',
      patch(path, {
        metadata: {
          ownerReferences: [
            { apiVersion: 'v1', kind: 'ConfigMap', name: 'no', uid: '0b7d2a3c-0000-4000-8000-00000000000f' },
          ],
        },
      }),
    ],
    ['no owner', patch(path, { metadata: { ownerReferences: null } })],
  ] as const)('/api/v1/namespaces/metallb/pods/metallb-speaker-dc2-node1');

const secrets = '/api/v1/namespaces/metallb/secrets';
const secretOf = (name: string): object => ({ metadata: { name }, data: { password: 'dHdv' } });

export const noOwner = {
  metadata: {
    ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'no', uid: '0b7d2a3c-0000-4000-8000-00000000000f' }],
  },
};

/** Every change of what belongs to side b, by name: what it is, and whether a person may make it while b is open. */
const changesOfB: readonly (readonly [string, Omit<Request, 'as'>])[] = [
  [
    'another image of the StatefulSet',
    patch(set('b'), { spec: { template: { spec: { terminationGracePeriodSeconds: 5 } } } }),
  ],
  [
    'kubectl rollout restart',
    patch(set('b'), {
      spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': 'now' } } } },
    }),
  ],
  ['more replicas', patch(set('b'), { spec: { replicas: 5 } })],
  ['another update strategy', patch(set('b'), { spec: { updateStrategy: { type: 'OnDelete', rollingUpdate: null } } })],
  ['kubectl scale', patch(`${set('b')}/scale`, { spec: { replicas: 0 } })],
  ['deletion of the StatefulSet', remove(set('b'))],
  ['deletion that leaves the pods', remove(`${set('b')}?propagationPolicy=Orphan`)],
  ['the label of the side off the StatefulSet', labelled(set('b'), 'side', null)],
  [
    'an owner that is not there',
    patch(set('b'), {
      metadata: {
        ownerReferences: [
          { apiVersion: 'v1', kind: 'ConfigMap', name: 'no', uid: '0b7d2a3c-0000-4000-8000-00000000000f' },
        ],
      },
    }),
  ],
  ['deletion of a pod', remove(pod('b'))],
  ['deletion of a pod at once', remove(`${pod('b', 1)}?gracePeriodSeconds=0`)],
  ['another image of a pod', json(pod('b'), { op: 'replace', path: '/spec/containers/0/image', value: 'other' })],
  ['a deadline of a pod', patch(pod('b'), { spec: { activeDeadlineSeconds: 1 } })],
  ['the label of a pod that the Service selects', labelled(pod('b'), 'app', null)],
  ['the label of a pod that the StatefulSet selects', labelled(pod('b'), 'meshrs.dev/workload', 'other')],
  [
    'other resources of a pod',
    {
      ...patch(`${pod('b')}/resize`, {
        spec: { containers: [{ name: 'c', resources: { requests: { cpu: '100m' } } }] },
      }),
      patch: 'strategic',
    },
  ],
  ...['currentRevision', 'updateRevision'].map(
    (field) =>
      [`another ${field}`, patch(`${set('b')}/status`, { status: { [field]: 'routeserver-b-forged' } })] as const,
  ),
  ['another count of collisions', patch(`${set('b')}/status`, { status: { collisionCount: 7 } })],
  ['the settings', patch(settings('b'), { data: { 'meshrr.conf.yml': 'asn: 1' } })],
  ['an owner that is not there, by the status', patch(`${set('b')}/status`, noOwner)],
  ['a label off, by the status', labelled(`${set('b')}/status`, 'side', null)],
  ['another address, by the status', annotated(`${service('b')}/status`, 'metallb.io/address-pool', 'other')],
  ['the label of the side off a node, by the status', labelled('/api/v1/nodes/dc2-node1/status', 'side', null)],
  ['the label of the side off a pod, by the status', labelled(`${pod('b')}/status`, 'app', null)],
  ['a pod that is told to have failed', patch(`${pod('b')}/status`, { status: { phase: 'Failed' } })],
  [
    'a pod that is told to be Ready',
    patch(`${pod('b')}/status`, { status: { conditions: [{ type: 'Ready', status: 'True' }] } }),
  ],
  ...notReady.map(
    ([what, conditions]) =>
      [`one of several pods ${what}`, patch(`${pod('b', 1)}/status`, { status: { conditions } })] as const,
  ),
  ['a pod that is told to be elsewhere', patch(`${pod('b')}/status`, { status: { podIPs: [{ ip: '192.0.2.9' }] } })],
  ['no settings', patch(settings('b'), { data: null })],
  ['settings that never change again', patch(settings('b'), { immutable: true })],
  ['deletion of the settings', remove(settings('b'))],
  ['the selector of the VIP', patch(service('b'), { spec: { selector: { app: 'other' } } })],
  ['the traffic policy of the VIP', patch(service('b'), { spec: { externalTrafficPolicy: 'Cluster' } })],
  ['the address of the VIP, an annotation', annotated(service('b'), 'metallb.io/loadBalancerIPs', '192.168.255.9')],
  ['the pool of the VIP, an annotation', annotated(service('b'), 'metallb.io/address-pool', null)],
  ['an address that may be shared', annotated(service('b'), 'metallb.io/allow-shared-ip', 'yes')],
  ['a word of kube-proxy’s', annotated(service('b'), 'service.kubernetes.io/topology-mode', 'Auto')],
  ['another kube-proxy', labelled(service('b'), 'service.kubernetes.io/service-proxy-name', 'other')],
  ['deletion of the VIP', remove(service('b'))],
  ['deletion of an address for management', remove(`${core}/services/routeserver-b-1-mgmt`)],
  [
    'the address of a Service taken away',
    patch(`${service('b')}/status`, { status: { loadBalancer: { ingress: null } } }),
  ],
  [
    'another address of a Service',
    patch(`${service('b')}/status`, { status: { loadBalancer: { ingress: [{ ip: '192.168.255.9' }] } } }),
  ],
  [
    'a hole less in the NetworkPolicy',
    patch('/apis/networking.k8s.io/v1/namespaces/meshrr/networkpolicies/routeserver-b', { spec: { ingress: [] } }),
  ],
  [
    'deletion of the NetworkPolicy',
    remove('/apis/networking.k8s.io/v1/namespaces/meshrr/networkpolicies/routeserver-b'),
  ],
  [
    'other addresses of the pool',
    patch(`${metallb}/ipaddresspools/routeserver-b`, { spec: { addresses: ['192.168.255.9/32'] } }),
  ],
  [
    'a pool that gives no address',
    patch(`${metallb}/ipaddresspools/routeserver-b`, { spec: { serviceAllocation: { priority: 1 } } }),
  ],
  ['deletion of the pool', remove(`${metallb}/ipaddresspools/routeserver-b`)],
  [
    'a label of the pool that another advertisement selects',
    labelled(`${metallb}/ipaddresspools/routeserver-b`, 'team', 'core'),
  ],
  ['deletion of the pool for management', remove(`${metallb}/ipaddresspools/routeserver-b-mgmt`)],
  [
    'another hold time of the routers’ sessions',
    patch('/apis/metallb.io/v1beta2/namespaces/metallb/bgppeers/routeserver-b-fabric', { spec: { holdTime: '90s' } }),
  ],
  [
    'the same by the older version of the kind',
    patch('/apis/metallb.io/v1beta1/namespaces/metallb/bgppeers/routeserver-b-fabric', { spec: { holdTime: '90s' } }),
  ],
  ['deletion of the BGPPeer', remove('/apis/metallb.io/v1beta2/namespaces/metallb/bgppeers/routeserver-b-fabric')],
  ['other communities', patch(`${metallb}/bgpadvertisements/routeserver-b`, { spec: { communities: ['65535:666'] } })],
  ['deletion of the BGPAdvertisement', remove(`${metallb}/bgpadvertisements/routeserver-b`)],
  ['a slower BFD', patch(`${metallb}/bfdprofiles/routeserver-b`, { spec: { receiveInterval: 900 } })],
  ['deletion of the BFDProfile', remove(`${metallb}/bfdprofiles/routeserver-b`)],
  [
    'another interface for management',
    patch(`${metallb}/l2advertisements/routeserver-b-mgmt`, { spec: { interfaces: ['eth9'] } }),
  ],
  ['deletion of the L2Advertisement', remove(`${metallb}/l2advertisements/routeserver-b-mgmt`)],
  [
    'the FRRConfiguration of a node',
    patch('/apis/frrk8s.metallb.io/v1beta1/namespaces/metallb/frrconfigurations/metallb-dc2-node1', {
      spec: { bgp: { routers: [{ asn: 1 }] } },
    }),
  ],
  [
    'deletion of the FRRConfiguration of a node',
    remove('/apis/frrk8s.metallb.io/v1beta1/namespaces/metallb/frrconfigurations/metallb-dc2-node1'),
  ],
  ['the label of the side off a node', labelled('/api/v1/nodes/dc2-node1', 'side', null)],
  ['the label of the other side on a node', labelled('/api/v1/nodes/dc2-node1', 'side', 'a')],
  [
    'a node that announces nothing',
    labelled('/api/v1/nodes/dc2-node1', 'node.kubernetes.io/exclude-from-external-load-balancers', ''),
  ],
  [
    'a node that says it has no network',
    patch('/api/v1/nodes/dc2-node1/status', { status: { conditions: [networkUnavailable('True')] } }),
  ],
  ['a node that FRR does not know', labelled(nodeOfB, 'kubernetes.io/hostname', null)],
  ['a node that FRR takes for another', labelled(nodeOfB, 'kubernetes.io/hostname', 'dc1-node1')],
  ['a node that FRR does not know, by the status', labelled(`${nodeOfB}/status`, 'kubernetes.io/hostname', null)],
  ...tainted.map(([what, ...taints]) => [`a node with ${what}`, patch(nodeOfB, { spec: { taints } })] as const),
  ['deletion of a node', remove('/api/v1/nodes/dc2-node1')],
];

/** What nobody's clients notice. */
const freeOfB: readonly (readonly [string, Omit<Request, 'as'>])[] = [
  ['a note on the StatefulSet', annotated(set('b'), 'note', 'mine')],
  ['a label of a user’s', labelled(set('b'), 'team', 'core')],
  ['Argo CD’s mark', annotated(set('b'), 'argocd.argoproj.io/tracking-id', 'x:apps/StatefulSet:meshrr/routeserver-b')],
  ['what kubectl applied last', annotated(set('b'), 'kubectl.kubernetes.io/last-applied-configuration', '{}')],
  ['what MetalLB’s pods are to be made of', annotated(settings('b'), 'meshrs.dev/metallb-revision', '0b7d')],
  ['what MetalLB’s controller writes', annotated(service('b'), 'metallb.io/ip-allocated-from-pool', 'routeserver-b')],
  ['a finalizer', patch(service('b'), { metadata: { finalizers: ['example.com/x'] } })],
  ['the same scale', patch(`${set('b')}/scale`, { spec: { replicas: 2 } })],
  ['the status of the StatefulSet', patch(`${set('b')}/status`, { status: { replicas: 2 } })],
  [
    'a mark of Argo CD’s on a pool',
    labelled(`${metallb}/ipaddresspools/routeserver-b`, 'argocd.argoproj.io/instance', 'x'),
  ],
  [
    'an owner by the status of a pool, which keeps none',
    patch(`${metallb}/ipaddresspools/routeserver-b/status`, noOwner),
  ],
  ['the status of a pod', patch(`${pod('b')}/status`, { status: { message: 'x' } })],
  [
    'a condition of a Service',
    patch(`${service('b')}/status`, {
      status: {
        conditions: [
          { type: 'X', status: 'True', reason: 'Y', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' },
        ],
      },
    }),
  ],
  ['a label of a node that nothing selects', labelled('/api/v1/nodes/dc2-node1', 'team', 'core')],
  [
    'a node that says it has a network',
    patch('/api/v1/nodes/dc2-node1/status', { status: { conditions: [networkUnavailable('False')] } }),
  ],
  ['a note at a revision', annotated(revision('b'), 'note', 'x')],
  ['when endpoints changed', annotated(slice('b'), 'endpoints.kubernetes.io/last-change-trigger-time', 'x')],
  ['a cordon', patch('/api/v1/nodes/dc2-node1', { spec: { unschedulable: true } })],
  ...toleratedTaints.map(([what, ...taints]) => [`a node with ${what}`, patch(nodeOfB, { spec: { taints } })] as const),
  // Its VIP does not go by readiness.
  ...notReady.map(
    ([what, conditions]) => [`the only pod ${what}`, patch(`${pod('a')}/status`, { status: { conditions } })] as const,
  ),
  ['deletion of a node of no side', remove('/api/v1/nodes/dc9-node1')],
  ['deletion of a gate', remove(`${core}/pods/routeserver-b-gate?gracePeriodSeconds=0`)],
  ['deletion of a pod whose name goes on', remove(`${core}/pods/routeserver-b-0-debug?gracePeriodSeconds=0`)],
  ['the same password', patch(password('b'), { stringData: { password: 'one' } })],
  ['a label of a keeper of Secrets', labelled(password('b'), 'reconcile.external-secrets.io/managed', 'true')],
  ['a Secret that no commit names yet', post(secrets, secretOf('metallb-bgp-b2'))],
  ['a ConfigMap of somebody else', post(`${core}/configmaps`, { metadata: { name: 'mine' }, data: { a: 'b' } })],
];

export const sideRows: readonly Row[] = [
  ...changesOfB.flatMap(([what, request]) => [
    row(what, 'closed', 'admin', request, 'closed'),
    row(what, 'a', 'argocd', request, 'closed'),
    row(what, 'closed', 'manager', request, 'passes'),
    row(what, 'b', 'admin', request, 'passes'),
    row(what, 'all', 'alice', request, 'passes'),
    row(`${what}, as a dry run`, 'closed', 'argocd', dried(request), 'passes'),
  ]),
  ...freeOfB.flatMap(([what, request]) => [
    row(what, 'closed', 'alice', request, 'passes'),
    row(what, 'a', 'argocd', request, 'passes'),
  ]),
];

/** deletionPropagation and the like stand in the query already. */
export function dried(request: Omit<Request, 'as'>): Omit<Request, 'as'> {
  return request.path.includes('?') ? { ...request, path: `${request.path}&dryRun=All` } : dry(request);
}

/** Of a password: no commit holds it, and so no gate opens it. */
const changesOfPassword: readonly (readonly [string, Omit<Request, 'as'>])[] = [
  ['another password', patch(password('b'), { data: { password: 'dHdv' } })],
  ['another password in plain text', patch(password('b'), { stringData: { password: 'two' } })],
  ['no password', json(password('b'), { op: 'remove', path: '/data/password' })],
  ['a password for good', patch(password('b'), { immutable: true })],
  ['an owner of the password that is not there', patch(password('b'), noOwner)],
  ['deletion of the password', remove(password('b'))],
];

const forSync = { says: 'for what is committed, and no commit holds a password' };

export const passwordRows: readonly Row[] = [
  ...changesOfPassword.flatMap(([what, request]) => [
    row(what, 'closed', 'admin', request, 'closed'),
    row(what, 'a', 'argocd', request, 'closed'),
    row(what, 'b', 'admin', request, forSync),
    row(what, 'bWithout', 'argocd', request, forSync),
    row(what, 'byPerson', 'alice', request, 'passes'),
    row(what, 'all', 'alice', request, 'passes'),
    row(what, 'closed', 'manager', request, 'passes'),
    row(`${what}, as a dry run`, 'closed', 'argocd', dried(request), 'passes'),
  ]),
];

const bearing = (revision: string | null): object => ({ metadata: { annotations: { [gateRevision]: revision } } });
const grace = { spec: { template: { spec: { terminationGracePeriodSeconds: 9 } } } };

export const revisionRows: readonly Row[] = [
  row('the revision of the turn', 'b', 'argocd', patch(set('b'), { ...grace, ...bearing(revisions.b) }), 'passes'),
  row('another revision', 'b', 'argocd', patch(set('b'), { ...grace, ...bearing('00dd') }), 'revision'),
  row('another revision, of a person', 'b', 'admin', patch(set('b'), { ...grace, ...bearing('00dd') }), 'revision'),
  row('no revision any more', 'b', 'argocd', patch(set('b'), { ...grace, ...bearing(null) }), 'revision'),
  row('the old revision while the turn is for a new one', 'bOther', 'argocd', patch(set('b'), grace), 'revision'),
  row('the new revision', 'bOther', 'argocd', patch(set('b'), { ...grace, ...bearing('00cc') }), 'passes'),
  row('by hand, whatever the revision', 'bOther', 'admin', patch(set('b'), grace), 'passes'),
  row('by hand, of another administrator', 'bOther', 'root', patch(set('b'), grace), 'passes'),
  row('a pod, which bears none', 'bOther', 'argocd', remove(pod('b')), 'passes'),
  row(
    'the scale, which bears none',
    'bOther',
    'autoscaler',
    patch(`${set('b')}/scale`, { spec: { replicas: 3 } }),
    'passes',
  ),
  row('a turn without a revision', 'bWithout', 'argocd', patch(set('b'), { ...grace, ...bearing('00dd') }), 'passes'),
  row('a turn of a person', 'byPerson', 'argocd', patch(set('b'), { ...grace, ...bearing('00dd') }), 'passes'),
  row(
    'settings of another revision',
    'b',
    'argocd',
    patch(settings('b'), { data: { x: 'y' }, ...bearing('00dd') }),
    'revision',
  ),
  row('the revision alone, while closed', 'closed', 'argocd', patch(settings('b'), bearing('00dd')), 'closed'),
  row('an update after its time', 'bOver', 'argocd', patch(set('b'), grace), 'over'),
  row('an update of a person after its time', 'bOver', 'admin', patch(set('b'), grace), 'over'),
  row('settings after their time', 'bOver', 'argocd', patch(settings('b'), { data: { x: 'y' } }), 'over'),
  row('what is free, after its time', 'bOver', 'argocd', annotated(set('b'), 'note', 'x'), 'passes'),
  row('a deletion, which has no clock', 'bOver', 'argocd', remove(pod('b')), 'passes'),
  row('a scale, which has no clock', 'bOver', 'admin', patch(`${set('b')}/scale`, { spec: { replicas: 3 } }), 'passes'),
];

const changedByNode = patch('/apis/frrk8s.metallb.io/v1beta1/namespaces/metallb/frrconfigurations/metallb-dc2-node1', {
  spec: { bgp: { routers: [] } },
});

export const traps: readonly Row[] = [
  row(
    'the same with a time of its own',
    'b',
    'agent',
    patch(budget, {
      metadata: {
        annotations: { 'meshrs.dev/held': 'x' },
        managedFields: [
          {
            ...{ manager: 'x', operation: 'Update', apiVersion: 'policy/v1', time: '2098-12-31T23:30:00Z' },
            ...{ fieldsType: 'FieldsV1', fieldsV1: { 'f:metadata': { 'f:annotations': {} } } },
          },
        ],
      },
    }),
    'shared',
  ),
  row(
    'what an agent takes off the budget while a side is open',
    'b',
    'agent',
    annotated(budget, 'meshrs.dev/held', 'x'),
    'shared',
  ),
  row('all pods at once', 'closed', 'admin', remove(`${core}/pods`), 'closed'),
  row('all pods of side a while b is open', 'b', 'admin', remove(`${core}/pods?labelSelector=side%3Da`), 'closed'),
  row('all StatefulSets at once', 'a', 'admin', remove(app), 'closed'),
  row('all ConfigMaps at once', 'closed', 'admin', remove(`${core}/configmaps`), { says: 'deleted' }),
  row('all pools at once', 'closed', 'admin', remove(`${metallb}/ipaddresspools`), 'closed'),
  row(
    'the password of side a while b is open',
    'b',
    'admin',
    patch(password('a'), { data: { password: 'dHdv' } }),
    'closed',
  ),
  row('a password after its time', 'bOver', 'admin', patch(password('b'), { data: { password: 'dHdv' } }), 'over'),
  row('all Secrets at once', 'b', 'admin', remove('/api/v1/namespaces/metallb/secrets'), { says: 'deleted' }),
  row('all nodes at once', 'closed', 'admin', remove('/api/v1/nodes?labelSelector=side'), 'closed'),
  row(
    'all definitions at once',
    'closed',
    'admin',
    remove('/apis/apiextensions.k8s.io/v1/customresourcedefinitions'),
    'shared',
  ),
  row('the StatefulSet controller’s deletion', 'closed', 'statefulSets', remove(pod('b')), 'passes'),
  row('the collector of ended pods', 'closed', 'podCollector', remove(pod('b')), 'passes'),
  row('the garbage collector', 'closed', 'collector', remove(pod('b')), 'passes'),
  row('a namespace that goes', 'closed', 'namespaces', remove(pod('b')), 'passes'),
  row('a kubelet', 'closed', 'kubelet', remove(`${pod('b')}?gracePeriodSeconds=0`), 'passes'),
  row('one that only calls itself a kubelet', 'closed', 'impostor', remove(pod('b')), 'closed'),
  row('preemption', 'closed', 'scheduler', remove(pod('b')), 'closed'),
  row('taint eviction', 'closed', 'taints', remove(pod('b')), 'closed'),
  ...notReady.flatMap(([what, conditions]) => {
    const request = patch(`${pod('b', 1)}/status`, { status: { conditions } });
    return [
      row(`a pod of a node that is silent, ${what}`, 'closed', 'nodeLifecycle', request, 'passes'),
      row(`a pod that its kubelet sees, ${what}`, 'a', 'kubelet', request, 'passes'),
      row(`a pod, by the account of taints, ${what}`, 'closed', 'taints', request, 'closed'),
    ];
  }),
  row(
    'the taints of a node that is silent',
    'closed',
    'nodeLifecycle',
    patch(nodeOfB, {
      spec: {
        taints: [
          noExecute('node.kubernetes.io/unreachable'),
          { key: 'node.kubernetes.io/unreachable', effect: 'NoSchedule' },
        ],
      },
    }),
    'passes',
  ),
  row(
    'a taint with which a kubelet was started',
    'closed',
    'kubelet',
    patch(nodeOfB, { spec: { taints: [noExecute('team')] } }),
    'passes',
  ),
  row('a node’s name, by its kubelet', 'closed', 'kubelet', labelled(nodeOfB, 'kubernetes.io/hostname', 'x'), 'passes'),
  row('a node controller’s deletion of a node', 'closed', 'nodeLifecycle', remove('/api/v1/nodes/dc2-node1'), 'closed'),
  row(
    'the DaemonSet controller on a closed node',
    'a',
    'daemonSets',
    remove('/api/v1/namespaces/metallb/pods/metallb-speaker-dc2-node1'),
    { says: 'Node dc2-node1, whose sessions with the routers this pod keeps, is of no side that is open' },
  ),
  row(
    'the DaemonSet controller on an open node',
    'b',
    'daemonSets',
    remove('/api/v1/namespaces/metallb/pods/metallb-speaker-dc2-node1'),
    'passes',
  ),
  row(
    'a speaker’s pod while nothing is open',
    'closed',
    'admin',
    remove('/api/v1/namespaces/metallb/pods/metallb-speaker-dc1-node1'),
    { says: 'no side is open' },
  ),
  row(
    'a speaker’s pod while all is open',
    'all',
    'admin',
    remove('/api/v1/namespaces/metallb/pods/metallb-speaker-dc1-node1'),
    'passes',
  ),
  ...(['closed', 'b', 'all'] as const).map((open) =>
    row(`an eviction of a speaker (${open})`, open, 'admin', eviction('metallb', 'metallb-speaker-x7k2p'), {
      says: 'tells nobody of which node',
    }),
  ),
  row('an eviction of FRR-K8s', 'b', 'gate', eviction('metallb', 'metallb-frr-k8s-0b7dq'), {
    says: 'tells nobody of which node',
  }),
  ...changesOfSpeaker.flatMap(([what, request]) => [
    row(`${what} of a speaker’s pod while nothing is open`, 'closed', 'admin', request, { says: 'no side is open' }),
    row(`${what} of a speaker’s pod on a closed node`, 'a', 'argocd', request, { says: 'is of no side that is open' }),
    row(`${what} of a speaker’s pod on an open node`, 'b', 'admin', request, 'passes'),
  ]),
  row(
    'a note at a speaker’s pod',
    'closed',
    'admin',
    annotated('/api/v1/namespaces/metallb/pods/metallb-speaker-dc2-node1', 'cni.projectcalico.org/podIP', '192.0.2.1'),
    'passes',
  ),
  row('a speaker writes what it makes of the objects', 'closed', 'speaker', changedByNode, 'passes'),
  row('who only has the name of a speaker', 'closed', 'likeSpeaker', changedByNode, 'closed'),
  row('another account of MetalLB’s', 'closed', 'metallb', changedByNode, 'closed'),
  row('another account of MetalLB’s namespace', 'a', 'likeSpeaker', changedByNode, 'closed'),
  row(
    'MetalLB itself takes an address away',
    'closed',
    'metallb',
    patch(`${service('b')}/status`, { status: { loadBalancer: { ingress: null } } }),
    'closed',
  ),
  row('an eviction', 'closed', 'admin', eviction('meshrr', 'routeserver-b-0'), 'passes'),
  row(
    'an object of the same name elsewhere',
    'closed',
    'admin',
    post('/api/v1/namespaces/other/configmaps', { metadata: { name: 'routeserver-b-settings' } }),
    'passes',
  ),
  row(
    'server-side apply of another image',
    'closed',
    'argocd',
    {
      method: 'PATCH',
      patch: 'apply',
      path: `${set('b')}?fieldManager=argocd-controller&force=true`,
      body: { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'routeserver-b' }, spec: { replicas: 7 } },
    },
    'closed',
  ),
  row('a JSON patch', 'closed', 'alice', json(set('b'), { op: 'replace', path: '/spec/replicas', value: 4 }), 'closed'),
  row(
    'managedFields taken away to hide the time',
    'bOver',
    'admin',
    patch(set('b'), { metadata: { managedFields: [{}] }, spec: { replicas: 4 } }),
    { says: 'without managedFields' },
  ),
];

const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/meshrr';
const daemonSet = '/apis/apps/v1/namespaces/metallb/daemonsets/metallb-speaker';
const extras = '/api/v1/namespaces/metallb/configmaps/bgpextras';
const frrLog = '/apis/frrk8s.metallb.io/v1beta1/namespaces/metallb/frrk8sconfigurations/config';
export const crd = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

const sharedChanges: readonly (readonly [string, Omit<Request, 'as'>])[] = [
  ...[
    budget,
    daemonSet,
    `${daemonSet}/status`,
    `${budget}/status`,
    `${core}/services/meshrr-core`,
    `${core}/services/meshrr-core/status`,
    `${core}/serviceaccounts/meshrr-evpnrs`,
    `${core}/configmaps/meshrr-evpnrs-fleet`,
    `${rbac}/roles/meshrr-evpnrs`,
    `${rbac}/rolebindings/meshrr-evpnrs-gate`,
    '/api/v1/namespaces/metallb/secrets/metallb-bgp',
    '/api/v1/namespaces/meshrr',
    '/api/v1/namespaces/meshrr/status',
    '/api/v1/namespaces/metallb',
    `${crd}/bgppeers.metallb.io`,
    `${crd}/turns.meshrs.dev`,
  ].map((path) => [`an owner of ${path} that is not there`, patch(path, noOwner)] as const),
  ['a budget that lets more go', patch(budget, { spec: { minAvailable: '1%' } })],
  ['a budget that lets one more go', patch(budget, { spec: { minAvailable: null, maxUnavailable: 2 } })],
  ['a budget of other pods', patch(budget, { spec: { selector: { matchLabels: { app: 'x' } } } })],
  ['deletion of the budget', remove(budget)],
  ['a budget that says it has room for two', patch(`${budget}/status`, { status: { disruptionsAllowed: 2 } })],
  ['a budget that counts more healthy pods', patch(`${budget}/status`, { status: { currentHealthy: 9 } })],
  ['a budget that wants fewer', patch(`${budget}/status`, { status: { desiredHealthy: 1, expectedPods: 1 } })],
  [
    'a budget that was not asked about this generation',
    patch(`${budget}/status`, { status: { observedGeneration: 9 } }),
  ],
  [
    'a label of what a budget allows by the topology, by the status',
    annotated(`${budget}/status`, 'meshrs.dev/held', 'meshrr-evpnrs:maxUnavailable=2@420'),
  ],
  ['the selector of the mesh', patch(`${core}/services/meshrr-core`, { spec: { selector: { app: 'x' } } })],
  [
    'a mesh without those that are not ready',
    patch(`${core}/services/meshrr-core`, { spec: { publishNotReadyAddresses: false } }),
  ],
  ['a mesh without BGP', json(`${core}/services/meshrr-core`, { op: 'remove', path: '/spec/ports/0' })],
  [
    'a mesh that is a name of somebody else’s',
    patch(`${core}/services/meshrr-core`, { spec: { type: 'ExternalName', externalName: 'x.example.com' } }),
  ],
  [
    'a mesh by another protocol',
    json(`${core}/services/meshrr-core`, { op: 'replace', path: '/spec/ports/0/protocol', value: 'UDP' }),
  ],
  [
    'a mesh by another port of the pods',
    json(`${core}/services/meshrr-core`, { op: 'replace', path: '/spec/ports/0/targetPort', value: 9 }),
  ],
  [
    'a mesh without a name of its port',
    json(`${core}/services/meshrr-core`, { op: 'replace', path: '/spec/ports/0/name', value: 'other' }),
  ],
  ['deletion of the mesh', remove(`${core}/services/meshrr-core`)],
  ['deletion of a Role', remove(`${rbac}/roles/meshrr-evpnrs`)],
  ['deletion of a RoleBinding', remove(`${rbac}/rolebindings/meshrr-evpnrs-gate`)],
  ['deletion of an account', remove(`${core}/serviceaccounts/meshrr-evpnrs`)],
  ['deletion of who is in the fleet', remove(`${core}/configmaps/meshrr-evpnrs-fleet`)],
  ['another password', patch('/api/v1/namespaces/metallb/secrets/metallb-bgp', { data: { password: 'dHdv' } })],
  ['deletion of the password', remove('/api/v1/namespaces/metallb/secrets/metallb-bgp')],
  ['other raw lines', patch(extras, { data: { extras: 'no router bgp 65000' } })],
  ['deletion of the raw lines', remove(extras)],
  ['another level of FRR’s log', patch(frrLog, { spec: { logLevel: 'debug' } })],
  ['deletion of a level of FRR’s log', remove(frrLog)],
  ['speakers on other nodes', patch(daemonSet, { spec: { template: { spec: { nodeSelector: { x: 'y' } } } } })],
  [
    'speakers with other tolerations',
    patch(daemonSet, { spec: { template: { spec: { tolerations: [{ operator: 'Exists' }] } } } }),
  ],
  [
    'speakers that tolerate one taint less',
    json(daemonSet, { op: 'remove', path: '/spec/template/spec/tolerations/1' }),
  ],
  [
    'speakers that tolerate one effect of a taint alone',
    json(daemonSet, { op: 'add', path: '/spec/template/spec/tolerations/0/effect', value: 'NoSchedule' }),
  ],
  ['speakers that roll by themselves', patch(daemonSet, { spec: { updateStrategy: { type: 'RollingUpdate' } } })],
  ['deletion of the speakers', remove(daemonSet)],
  [
    'stricter pods by the status',
    labelled('/api/v1/namespaces/metallb/status', 'pod-security.kubernetes.io/enforce', 'restricted'),
  ],
  ['stricter pods', labelled('/api/v1/namespaces/metallb', 'pod-security.kubernetes.io/enforce', 'restricted')],
  ['stricter pods of ours', labelled('/api/v1/namespaces/meshrr', 'pod-security.kubernetes.io/enforce', 'baseline')],
];

export const otherSchema = (name: string): Omit<Request, 'as'> =>
  json(`${crd}/${name}`, {
    op: 'add',
    path: '/spec/versions/0/schema/openAPIV3Schema/description',
    value: String(performance.now()),
  });

/** What a commit may do at any time, and a person only while all is open. */
export const programChanges: readonly (readonly [string, Omit<Request, 'as'>])[] = [
  ...['bgppeers.metallb.io', 'frrconfigurations.frrk8s.metallb.io', 'turns.meshrs.dev'].map(
    (name) => [`another schema of ${name}`, otherSchema(name)] as const,
  ),
  ['fewer rights of the agents', patch(`${rbac}/roles/meshrr-evpnrs`, { rules: [] })],
  [
    'fewer rights of the gates',
    json(`${rbac}/roles/meshrr-evpnrs-gate`, { op: 'replace', path: '/rules/0/verbs', value: ['watch'] }),
  ],
  ['a binding of others', patch(`${rbac}/rolebindings/meshrr-evpnrs`, { subjects: [] })],
  [
    'another version that is stored from now on',
    json(
      `${crd}/bgppeers.metallb.io`,
      { op: 'replace', path: '/spec/versions/0/storage', value: true },
      { op: 'replace', path: '/spec/versions/1/storage', value: false },
    ),
  ],
];

const definitionStatus = (name: string, status: object): Omit<Request, 'as'> =>
  patch(`${crd}/${name}/status`, { status });

/** Those that a test cannot have pass: they take all along. */
const sharedEnds: readonly (readonly [string, Omit<Request, 'as'>])[] = [
  [
    'a namespace that says why it does not end',
    patch('/api/v1/namespaces/meshrr/status', {
      status: {
        conditions: [
          {
            type: 'NamespaceDeletionContentFailure',
            status: 'True',
            lastTransitionTime: '2026-01-01T00:00:00Z',
            reason: 'x',
            message: '',
          },
        ],
      },
    }),
  ],
  ['a kind that says it is not served', definitionStatus('bgppeers.metallb.io', { conditions: [] })],
  ['a kind that says it is called otherwise', definitionStatus('turns.meshrs.dev', { acceptedNames: { kind: 'X' } })],
  ['a kind that says nothing of it is stored', definitionStatus('turns.meshrs.dev', { storedVersions: ['v9'] })],
  ['deletion of the namespace', remove('/api/v1/namespaces/meshrr')],
  ['deletion of MetalLB’s namespace', remove('/api/v1/namespaces/metallb')],
  ['deletion of MetalLB’s kinds', remove(`${crd}/bgppeers.metallb.io`)],
  ['deletion of frr-k8s’ kinds', remove(`${crd}/frrconfigurations.frrk8s.metallb.io`)],
  ['deletion of the turn’s kind', remove(`${crd}/turns.meshrs.dev`)],
  [
    'a version of a kind that is served no more',
    json(`${crd}/bgppeers.metallb.io`, { op: 'replace', path: '/spec/versions/0/served', value: false }),
  ],
];

const sharedFree: readonly (readonly [string, TurnState, User, Omit<Request, 'as'>])[] = [
  ['a budget that lets none go', 'closed', 'gate', patch(budget, { spec: { minAvailable: null, maxUnavailable: 0 } })],
  ['a budget that lets none go, by percent', 'b', 'alice', patch(budget, { spec: { minAvailable: '100%' } })],
  [
    'what the controller counts',
    'a',
    'disruption',
    patch(`${budget}/status`, { status: { disruptionsAllowed: 1, expectedPods: 2, currentHealthy: 2 } }),
  ],
  ['an eviction that is counted', 'a', 'apiserver', patch(`${budget}/status`, { status: { disruptionsAllowed: 0 } })],
  ['what a gate holds the budget with', 'b', 'gate', annotated(budget, 'meshrs.dev/held', 'x')],
  ['what an agent takes off', 'closed', 'agent', annotated(budget, 'meshrs.dev/held-at', 'y')],
  ['what an agent takes off when the time is over', 'bOver', 'agent', annotated(budget, 'meshrs.dev/held-at', 'z')],
  ['a note at the raw lines', 'closed', 'alice', annotated(extras, 'note', 'x')],
  ['a note at the level of FRR’s log', 'b', 'argocd', annotated(frrLog, 'note', 'x')],
  [
    'a ConfigMap of MetalLB’s that no program reads while it runs',
    'closed',
    'alice',
    post('/api/v1/namespaces/metallb/configmaps', { metadata: { name: 'mine' }, data: { extras: 'x' } }),
  ],
  [
    'a ConfigMap of that name elsewhere',
    'closed',
    'alice',
    post('/api/v1/namespaces/other/configmaps', { metadata: { name: 'bgpextras' }, data: { extras: 'x' } }),
  ],
  ['what a person holds it with who may open', 'closed', 'alice', annotated(budget, 'meshrs.dev/held', 'x')],
  ['a note on the budget', 'closed', 'alice', annotated(budget, 'note', 'x')],
  [
    'a port more of the mesh',
    'closed',
    'argocd',
    json(`${core}/services/meshrr-core`, { op: 'add', path: '/spec/ports/-', value: { name: 'x', port: 99 } }),
  ],
  [
    'more rights',
    'closed',
    'argocd',
    json(`${rbac}/roles/meshrr-evpnrs`, {
      op: 'add',
      path: '/rules/-',
      value: { apiGroups: [''], resources: ['pods'], verbs: ['get'] },
    }),
  ],
  [
    'the names that a gate may read',
    'closed',
    'argocd',
    json(`${rbac}/roles/meshrr-evpnrs-gate`, { op: 'replace', path: '/rules/1/resourceNames', value: ['x'] }),
  ],
  [
    'a binding of one more',
    'closed',
    'argocd',
    json(`${rbac}/rolebindings/meshrr-evpnrs`, {
      op: 'add',
      path: '/subjects/-',
      value: { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'x' },
    }),
  ],
  [
    'the fleet’s router-ids',
    'closed',
    'argocd',
    patch(`${core}/configmaps/meshrr-evpnrs-fleet`, { data: { 'fleet.yml': 'routerIds: {}' } }),
  ],
  [
    'the same password',
    'closed',
    'argocd',
    patch('/api/v1/namespaces/metallb/secrets/metallb-bgp', { data: { password: 'b25l' } }),
  ],
  ['a Secret beside it', 'closed', 'alice', post('/api/v1/namespaces/metallb/secrets', { metadata: { name: 'mine' } })],
  [
    'another image of the speakers, which OnDelete holds back',
    'closed',
    'argocd',
    patch(daemonSet, { spec: { template: { metadata: { annotations: { x: 'y' } } } } }),
  ],
  ['a label of the namespace', 'closed', 'alice', labelled('/api/v1/namespaces/meshrr', 'team', 'core')],
  [
    'pods that may do more',
    'closed',
    'alice',
    labelled('/api/v1/namespaces/meshrr', 'pod-security.kubernetes.io/enforce', 'privileged'),
  ],
  ['a note on a definition', 'closed', 'argocd', annotated(`${crd}/bgppeers.metallb.io`, 'note', 'x')],
  ['a note on a definition, by hand', 'b', 'alice', annotated(`${crd}/bgppeers.metallb.io`, 'note', 'x')],
  ['another schema, as a chart brings it', 'closed', 'argocd', otherSchema('bgppeers.metallb.io')],
  [
    'another namespace',
    'closed',
    'alice',
    labelled('/api/v1/namespaces/another', 'pod-security.kubernetes.io/enforce', 'restricted'),
  ],
];

export const sharedRows: readonly Row[] = [
  ...sharedChanges.flatMap(([what, request]) => [
    row(what, 'closed', 'admin', request, 'shared'),
    row(what, 'b', 'argocd', request, 'shared'),
    row(what, 'all', 'alice', request, 'passes'),
    row(`${what}, as a dry run`, 'closed', 'argocd', dried(request), 'passes'),
  ]),
  ...programChanges.flatMap(([what, request]) => [
    row(what, 'closed', 'admin', request, 'shared'),
    row(what, 'b', 'alice', request, 'shared'),
    row(what, 'closed', 'argocd', request, 'passes'),
    row(what, 'b', 'argocd', request, 'passes'),
  ]),
  ...sharedEnds.flatMap(([what, request]) => [
    row(what, 'closed', 'admin', request, 'shared'),
    row(what, 'a', 'argocd', request, 'shared'),
  ]),
  ...sharedFree.map(([what, turn, as, request]) => row(what, turn, as, request, 'passes')),
];

const ours = { app: 'meshrr-evpnrs' };
const podOf = (labels: object): object => ({
  metadata: { name: 'mine', labels },
  spec: { containers: [{ name: 'c', image: 'c' }] },
});
const serviceOf = (spec: object, annotations: object = {}): object => ({
  metadata: { name: 'mine', annotations },
  spec: { ports: [{ port: 80 }], ...spec },
});
const foreign = { says: 'writes,' };

const account = (serviceAccountName: string, labels: object = {}): object => ({
  metadata: { name: 'mine', labels },
  spec: { serviceAccountName, containers: [{ name: 'c', image: 'c' }] },
});
const ownedBy = (pod: object, owner: object): object => {
  const { metadata, spec } = pod as { readonly metadata: object; readonly spec: object };
  return {
    metadata: {
      ...metadata,
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'StatefulSet',
          uid: '0b7d2a3c-0000-4000-8000-00000000000e',
          controller: true,
          ...owner,
        },
      ],
    },
    spec,
  };
};
const oursOf = (set: string): object => podOf({ ...ours, side: 'b', 'meshrs.dev/workload': set });

/** Who makes a pod with our label, and of what it is. */
const ownPods: readonly (readonly [string, User, object, Outcome])[] = [
  ['a pod of our StatefulSet', 'statefulSets', ownedBy(podOf(ours), { name: 'routeserver-b' }), 'passes'],
  ['the same where controllers share a user', 'manager', ownedBy(podOf(ours), { name: 'routeserver-b' }), 'passes'],
  ['a pod of one that no commit names', 'statefulSets', ownedBy(oursOf('old-b'), { name: 'old-b' }), 'passes'],
  [
    'a pod with an agent’s account',
    'statefulSets',
    ownedBy(account('meshrr-evpnrs'), { name: 'routeserver-b' }),
    'passes',
  ],
  ['a pod of nobody’s', 'statefulSets', podOf(ours), foreign],
  ['a pod of another StatefulSet', 'statefulSets', ownedBy(podOf(ours), { name: 'mine' }), foreign],
  [
    'a pod of an owner that does not control it',
    'statefulSets',
    ownedBy(podOf(ours), { name: 'routeserver-b', controller: false }),
    foreign,
  ],
  ['a pod of a ReplicaSet', 'manager', ownedBy(oursOf('x'), { kind: 'ReplicaSet', name: 'x' }), foreign],
  [
    'a pod of a kind of others',
    'manager',
    ownedBy(oursOf('x'), { apiVersion: 'apps.kruise.io/v1', name: 'x' }),
    foreign,
  ],
  ['a pod by hand that says whose it is', 'admin', ownedBy(podOf(ours), { name: 'routeserver-b' }), foreign],
];

interface InTemplate {
  readonly labels?: object;
  readonly account?: string;
}
const templateOf = ({ labels = {}, account: serviceAccountName }: InTemplate, restartPolicy = 'Always'): object => ({
  metadata: { labels: { x: 'y', ...labels } },
  spec: {
    ...{ restartPolicy, containers: [{ name: 'c', image: 'c' }] },
    ...(serviceAccountName !== undefined && { serviceAccountName }),
  },
});
const workload =
  (kind: string, more: object = {}) =>
  (inside: InTemplate): object => ({
    metadata: { name: 'mine' },
    spec: {
      ...(kind !== 'Job' && { selector: kind === 'ReplicationController' ? { x: 'y' } : { matchLabels: { x: 'y' } } }),
      ...{ template: templateOf(inside, kind === 'Job' ? 'Never' : 'Always'), ...more },
    },
  });
/** What makes pods. */
export const templates: readonly (readonly [string, string, (inside: InTemplate) => object])[] = [
  ['a StatefulSet', app, workload('StatefulSet', { serviceName: 'x' })],
  ['a Deployment', '/apis/apps/v1/namespaces/meshrr/deployments', workload('Deployment')],
  ['a ReplicaSet', '/apis/apps/v1/namespaces/meshrr/replicasets', workload('ReplicaSet')],
  ['a DaemonSet', '/apis/apps/v1/namespaces/meshrr/daemonsets', workload('DaemonSet')],
  ['a Job', '/apis/batch/v1/namespaces/meshrr/jobs', workload('Job')],
  ['a ReplicationController', `${core}/replicationcontrollers`, workload('ReplicationController')],
];

const gateAccount = 'meshrr-evpnrs-gate';
const gatesPod = `${core}/pods/routeserver-b-gate`;
const token = (name: string, pod?: string): Omit<Request, 'as'> =>
  post(`${core}/serviceaccounts/${name}/token`, {
    ...{ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest' },
    spec: { ...(pod !== undefined && { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: pod } }) },
  });
export const ephemeral = {
  spec: { ephemeralContainers: [{ name: 'debug', image: 'x', volumeMounts: [] }] },
};
/** Who may be a gate or an agent: `editor` is who has Kubernetes' role "edit" in the namespace, and no more. */
const accountRows: readonly Row[] = [
  row(
    'a pod with a gate’s account, of who may write the turn',
    'closed',
    'argocd',
    post(`${core}/pods`, account(gateAccount)),
    'passes',
  ),
  ...([gateAccount, 'meshrr-evpnrs'] as const).flatMap((name) => [
    row(`a pod with account ${name}`, 'closed', 'editor', post(`${core}/pods`, account(name)), foreign),
    row(
      `a pod of a ReplicaSet with account ${name}`,
      'b',
      'editor',
      post(`${core}/pods`, ownedBy(account(name), { kind: 'ReplicaSet', name: 'x' })),
      foreign,
    ),
    row(`a token of account ${name}`, 'closed', 'editor', token(name), foreign),
    row(`a token of account ${name}, of an administrator`, 'a', 'admin', token(name), foreign),
    row(`a token of account ${name} for a pod of it`, 'closed', 'argocd', token(name, 'routeserver-b-gate'), foreign),
  ]),
  row('a pod with another account', 'closed', 'editor', post(`${core}/pods`, account('default')), 'passes'),
  row('a token of another account', 'closed', 'editor', token('default'), 'passes'),
  row(
    'another image of a gate',
    'closed',
    'editor',
    json(gatesPod, { op: 'replace', path: '/spec/containers/0/image', value: 'other' }),
    foreign,
  ),
  row('a longer life of a gate', 'b', 'editor', patch(gatesPod, { spec: { activeDeadlineSeconds: 99 } }), foreign),
  row(
    'another image of a gate, of who may write the turn',
    'closed',
    'argocd',
    json(gatesPod, { op: 'replace', path: '/spec/containers/0/image', value: 'other' }),
    'passes',
  ),
  row('a note on a gate', 'closed', 'editor', annotated(gatesPod, 'note', 'x'), 'passes'),
  row(
    'a container in a gate',
    'closed',
    'editor',
    { ...patch(`${gatesPod}/ephemeralcontainers`, ephemeral), patch: 'strategic' },
    foreign,
  ),
  row(
    'into a gate',
    'closed',
    'editor',
    { method: 'POST', path: `${gatesPod}/exec?command=cat&stdout=true` },
    { says: 'is a gate' },
  ),
  row(
    'to a gate’s terminal',
    'b',
    'editor',
    { method: 'POST', path: `${gatesPod}/attach?stdout=true` },
    { says: 'is a gate' },
  ),
];

const advertised = (selector: object): object => ({
  ...{ apiVersion: 'metallb.io/v1beta1', kind: 'BGPAdvertisement', metadata: { name: 'mine' } },
  spec: { ipAddressPoolSelectors: [selector] },
});
const by = (key: string, operator: string, values?: readonly string[]): object => ({
  matchExpressions: [{ key, operator, ...(values !== undefined && { values }) }],
});
const frr = '/apis/frrk8s.metallb.io/v1beta1/namespaces/metallb/frrconfigurations';
const frrOf = (spec: object, name = 'mine'): object => ({
  ...{ apiVersion: 'frrk8s.metallb.io/v1beta1', kind: 'FRRConfiguration', metadata: { name } },
  spec,
});
const raw = { raw: { rawConfig: 'no router bgp' } };
const neighbors = (address: string): object => ({
  bgp: { routers: [{ asn: 4259840003, neighbors: [{ address, asn: 2, toReceive: { allowed: { mode: 'all' } } }] }] },
});
const ourRouter = neighbors('192.168.255.0');
/** MetalLB's router in FRR; its AS is 65000.3. */
const router = (rest: object, nodeSelector: object = {}): object => ({
  bgp: { routers: [{ asn: 4259840003, ...rest }] },
  nodeSelector,
});
const onNodes = (side: string): object => ({ matchLabels: { side } });
const freeRouters: readonly (readonly [string, object])[] = [
  ['another neighbor', neighbors('192.0.2.9')],
  ['prefixes', router({ prefixes: ['192.0.2.0/24'] })],
  ['a router ID in a VRF', router({ vrf: 'red', id: '9.9.9.9' })],
  ['another AS in a VRF', router({ vrf: 'red', asn: 65009 })],
  ['routes of others in a VRF', router({ vrf: 'red', imports: [{ vrf: 'blue' }] })],
  ['a router ID on nodes of a side of others', router({ id: '9.9.9.9' }, onNodes('x'))],
  ['another AS on nodes of a side of others', router({ asn: 65009 }, onNodes('x'))],
  ['a BFD profile of a name of its own', { bgp: { bfdProfiles: [{ name: 'mine' }] } }],
  ['nothing', {}],
];
const announcementRows: readonly Row[] = [
  ...(
    [
      ['of every pool', {}],
      ['of a side', { matchLabels: { side: 'b' } }],
      ['of what is generated', { matchLabels: { 'app.kubernetes.io/part-of': 'meshrs' } }],
      ['by a label that anybody may give', { matchLabels: { 'app.kubernetes.io/instance': 'x' } }],
      ['of two sides', by('side', 'In', ['x', 'a'])],
      ['of all that have a side', by('side', 'Exists')],
      ['of all that have no team', by('team', 'DoesNotExist')],
      ['of all but a side of others', by('side', 'NotIn', ['x'])],
    ] as const
  ).flatMap(([what, selector]) => [
    row(
      `an advertisement ${what}`,
      'closed',
      'admin',
      post(`${metallb}/bgpadvertisements`, advertised(selector)),
      foreign,
    ),
    row(
      `an advertisement ${what}, by layer 2`,
      'b',
      'argocd',
      post(`${metallb}/l2advertisements`, { ...advertised(selector), kind: 'L2Advertisement' }),
      foreign,
    ),
  ]),
  ...(
    [
      ['of pools of others', { matchLabels: { team: 'core' } }],
      ['of a side of others', { matchLabels: { side: 'x' } }],
      ['of our side and a team', { matchLabels: { side: 'b', team: 'core' } }],
      ['of all that have no side', by('side', 'DoesNotExist')],
      ['of others, by a list', by('side', 'In', ['x', 'y'])],
      ['of all but both sides', by('side', 'NotIn', ['a', 'b'])],
    ] as const
  ).map(([what, selector]) =>
    row(
      `an advertisement ${what}`,
      'closed',
      'admin',
      post(`${metallb}/bgpadvertisements`, advertised(selector)),
      'passes',
    ),
  ),
  ...(
    [
      ['raw lines', raw],
      ['our router', ourRouter],
      ['a router ID', router({ id: '9.9.9.9' })],
      ['a router ID for the nodes of a side', router({ id: '9.9.9.9' }, onNodes('b'))],
      ['a router ID by another label', router({ id: '9.9.9.9' }, { matchLabels: { team: 'core' } })],
      [
        'a router ID beside a VRF',
        {
          bgp: {
            routers: [
              { asn: 65009, vrf: 'red' },
              { asn: 4259840003, id: '9.9.9.9' },
            ],
          },
        },
      ],
      ['another AS', router({ asn: 65009 })],
      ['routes of a VRF', router({ imports: [{ vrf: 'red' }] })],
      ['a BFD profile of MetalLB’s', { bgp: { bfdProfiles: [{ name: 'routeserver-a', receiveInterval: 900 }] } }],
    ] as const
  ).flatMap(([what, spec]) => [
    row(`an FRRConfiguration with ${what}`, 'closed', 'admin', post(frr, frrOf(spec)), 'shared'),
    row(`an FRRConfiguration with ${what}, by a program`, 'b', 'argocd', post(frr, frrOf(spec)), 'shared'),
    row(
      `an FRRConfiguration with ${what} for a node that has none`,
      'a',
      'metallb',
      post(frr, frrOf(spec, 'metallb-dc7-node1')),
      'shared',
    ),
    row(`an FRRConfiguration with ${what} while all is open`, 'all', 'alice', post(frr, frrOf(spec)), 'passes'),
    row(
      `an FRRConfiguration with ${what}, by a speaker`,
      'closed',
      'speaker',
      post(frr, frrOf(spec, 'metallb-dc7-node1')),
      'passes',
    ),
    row(`an FRRConfiguration that gets ${what}`, 'closed', 'admin', patch(`${frr}/others`, { spec }), 'shared'),
  ]),
  ...freeRouters.flatMap(([what, spec]) => [
    row(`an FRRConfiguration with ${what}`, 'closed', 'admin', post(frr, frrOf(spec)), 'passes'),
    row(`an FRRConfiguration that gets ${what}`, 'b', 'argocd', patch(`${frr}/others`, { spec }), 'passes'),
  ]),
  row('a note on one with our router', 'closed', 'alice', annotated(`${frr}/touching`, 'note', 'x'), 'passes'),
  row('one with our router without it', 'closed', 'alice', patch(`${frr}/touching`, { spec: { bgp: null } }), 'shared'),
  row('deletion of one with our router', 'b', 'admin', remove(`${frr}/touching`), 'shared'),
  row('deletion of one of others', 'b', 'admin', remove(`${frr}/others`), 'passes'),
  row(
    'a level of FRR’s log that is not the one that is read',
    'closed',
    'alice',
    post('/apis/frrk8s.metallb.io/v1beta1/namespaces/metallb/frrk8sconfigurations', {
      ...{ apiVersion: 'frrk8s.metallb.io/v1beta1', kind: 'FRRK8sConfiguration', metadata: { name: 'mine' } },
      spec: { logLevel: 'debug' },
    }),
    'passes',
  ),
];

const sliceOf = (service: string): object => ({
  ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', addressType: 'IPv4' },
  metadata: { name: 'mine', labels: { 'kubernetes.io/service-name': service } },
  endpoints: [{ addresses: ['10.0.0.9'] }],
});
const revisionOf = (metadata: object): object => ({
  ...{ apiVersion: 'apps/v1', kind: 'ControllerRevision', revision: 99, data: { spec: {} } },
  metadata: { name: 'mine', ...metadata },
});
const controllerRevisions = '/apis/apps/v1/namespaces/meshrr/controllerrevisions';
const owned = (name: string): object => ({
  ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name, uid: '0b7d2a3c-0000-4000-8000-00000000000d' }],
});
const conditionOfNode = patch('/api/v1/nodes/dc2-node1/status', {
  status: { conditions: [networkUnavailable('True')] },
});
const extrasOf = (data: object): object => ({ metadata: { name: 'bgpextras' }, data });

/** What controllers of the cluster alone write. */
const changesOfControllers: readonly (readonly [string, Omit<Request, 'as'>])[] = [
  ['another revision of the StatefulSet', patch(revision('b'), { revision: 9 })],
  ['a revision that its StatefulSet does not find', labelled(revision('b'), 'app', null)],
  ['a revision of nobody', patch(revision('b'), { metadata: { ownerReferences: null } })],
  ['deletion of a revision', remove(revision('b'))],
  ['no endpoint of the VIP', patch(slice('b'), { endpoints: [] })],
  ['other ports of the VIP', patch(slice('b'), { ports: [{ name: 'bgp', port: 1179 }] })],
  ['endpoints of another Service', labelled(slice('b'), 'kubernetes.io/service-name', 'other')],
  ['endpoints that nobody keeps', labelled(slice('b'), 'endpointslice.kubernetes.io/managed-by', 'me')],
  ['deletion of the endpoints', remove(slice('b'))],
  ['no endpoints of the mesh', patch(`${slices}/meshrr-core-5fmhq`, { endpoints: [] })],
  ['deletion of the endpoints of the mesh', remove(`${slices}/meshrr-core-5fmhq`)],
  ['all endpoints at once', remove(slices)],
  ['all revisions at once', remove(controllerRevisions)],
  ['an owner of the endpoints that is not there', patch(slice('a'), noOwner)],
  ['an owner of a revision that is not there', patch(revision('a'), noOwner)],
];
const theirs = { says: 'alone writes' };

/** What the programs of the data path read while they run, beside what is generated. */
const readRows: readonly Row[] = [
  ...changesOfControllers.flatMap(([what, request]) => [
    row(what, 'closed', 'admin', request, theirs),
    row(what, 'b', 'argocd', request, theirs),
    row(what, 'all', 'alice', request, theirs),
    row(`${what}, as a dry run`, 'closed', 'argocd', dried(request), 'passes'),
  ]),
  ...['routeserver-a', 'routeserver-b', 'meshrr-core', 'routeserver-b-1-mgmt'].flatMap((service) => [
    row(`endpoints of ${service}`, 'closed', 'admin', post(slices, sliceOf(service)), theirs),
    row(`endpoints of ${service}, by a program`, 'b', 'argocd', post(slices, sliceOf(service)), theirs),
    row(
      `endpoints of ${service}, by their controller`,
      'closed',
      'endpoints',
      post(slices, sliceOf(service)),
      'passes',
    ),
  ]),
  row('endpoints of others', 'closed', 'alice', post(slices, sliceOf('mine')), 'passes'),
  row(
    'endpoints of others that become ours',
    'closed',
    'admin',
    labelled(`${slices}/others-abcde`, 'kubernetes.io/service-name', 'routeserver-b'),
    theirs,
  ),
  row('other endpoints of others', 'closed', 'alice', patch(`${slices}/others-abcde`, { endpoints: [] }), 'passes'),
  row('a pod that is gone leaves the VIP', 'closed', 'endpoints', patch(slice('b'), { endpoints: [] }), 'passes'),
  row('a pod that is gone leaves, of a shared user', 'a', 'manager', patch(slice('b'), { endpoints: [] }), 'passes'),
  row(
    'a pod that is gone leaves the mesh',
    'b',
    'endpoints',
    patch(`${slices}/meshrr-core-5fmhq`, { endpoints: [] }),
    'passes',
  ),
  row('orphaned endpoints', 'closed', 'collector', remove(slice('b')), 'passes'),
  row('a revision by its labels', 'closed', 'admin', post(controllerRevisions, revisionOf({ labels: ours })), theirs),
  row(
    'a revision of the name that the controller needs',
    'b',
    'argocd',
    post(controllerRevisions, revisionOf({ name: 'routeserver-b-7c9d8f5b6' })),
    theirs,
  ),
  row(
    'a revision of our StatefulSet',
    'all',
    'alice',
    post(controllerRevisions, revisionOf(owned('routeserver-a'))),
    theirs,
  ),
  row(
    'a revision of others that becomes ours',
    'closed',
    'statefulSets',
    post(controllerRevisions, revisionOf({ ...owned('routeserver-a'), labels: ours })),
    'passes',
  ),
  row(
    'a revision of another StatefulSet',
    'closed',
    'alice',
    post(controllerRevisions, revisionOf({ name: 'others-7c9d8f5b6', ...owned('others') })),
    'passes',
  ),
  row('a revision that its controller lets go', 'closed', 'statefulSets', remove(revision('b')), 'passes'),
  row(
    'a status that the controller writes',
    'closed',
    'statefulSets',
    patch(`${set('b')}/status`, { status: { currentRevision: 'routeserver-b-7c9d8f5b6' } }),
    'passes',
  ),

  row('a network that is away, by its plugin', 'closed', 'network', conditionOfNode, 'closed'),
  row('a network that is away, by the cloud', 'a', 'nodeLifecycle', conditionOfNode, 'closed'),
  row('a network that is away, by its kubelet', 'closed', 'kubelet', conditionOfNode, 'passes'),

  row(
    'raw lines elsewhere',
    'closed',
    'admin',
    post('/api/v1/namespaces/other/configmaps', extrasOf({ extras: 'x' })),
    'passes',
  ),
  ...['metallb.io/address-pool', 'metallb.universe.tf/address-pool'].flatMap((key) => [
    row(
      `a Service that asks for our pool by ${key}`,
      'closed',
      'admin',
      post('/api/v1/namespaces/other/services', serviceOf({ type: 'LoadBalancer' }, { [key]: 'routeserver-b' })),
      foreign,
    ),
    row(
      `a Service that asks for another pool by ${key}`,
      'closed',
      'admin',
      post('/api/v1/namespaces/other/services', serviceOf({ type: 'LoadBalancer' }, { [key]: 'mine' })),
      'passes',
    ),
  ]),
];

export const creationRows: readonly Row[] = [
  ...readRows,
  row(
    'a pod that clients would be sent to',
    'closed',
    'admin',
    post(`${core}/pods`, podOf({ ...ours, side: 'b' })),
    foreign,
  ),
  row('such a pod while the side is open', 'b', 'argocd', post(`${core}/pods`, podOf({ ...ours, side: 'b' })), foreign),
  row('a pod that only the mesh would find', 'closed', 'alice', post(`${core}/pods`, podOf(ours)), foreign),
  ...ownPods.map(([what, as, pod, outcome]) => row(what, 'closed', as, post(`${core}/pods`, pod), outcome)),
  ...templates.flatMap(([what, path, body]) => [
    row(`${what} with our label`, 'closed', 'admin', post(path, body({ labels: ours })), foreign),
    row(`${what} with our label, by a program`, 'b', 'argocd', post(path, body({ labels: ours })), foreign),
    row(
      `${what} with a gate’s account`,
      'closed',
      'argocd',
      post(path, body({ account: 'meshrr-evpnrs-gate' })),
      foreign,
    ),
    row(`${what} with an agent’s account`, 'a', 'admin', post(path, body({ account: 'meshrr-evpnrs' })), foreign),
    row(`${what} of one’s own`, 'closed', 'alice', post(path, body({})), 'passes'),
  ]),
  row(
    'a label by the status',
    'closed',
    'admin',
    labelled(`${core}/pods/routeserver-b-gate/status`, 'app', 'meshrr-evpnrs'),
    foreign,
  ),
  row(
    'a label by a binding',
    'closed',
    'admin',
    post(`${core}/pods/unbound/binding`, {
      ...{ apiVersion: 'v1', kind: 'Binding', metadata: { name: 'unbound', labels: ours } },
      target: { kind: 'Node', name: 'dc2-node1' },
    }),
    foreign,
  ),
  ...accountRows,
  ...announcementRows,
  row('a pod of one’s own', 'closed', 'alice', post(`${core}/pods`, podOf({ app: 'mine' })), 'passes'),
  row(
    'a pod that becomes one',
    'closed',
    'alice',
    labelled(`${core}/pods/routeserver-b-gate`, 'app', 'meshrr-evpnrs'),
    foreign,
  ),
  row('a pod elsewhere', 'closed', 'alice', post('/api/v1/namespaces/other/pods', podOf(ours)), 'passes'),
  row(
    'a Service that announces route servers',
    'closed',
    'admin',
    post(`${core}/services`, serviceOf({ type: 'LoadBalancer', selector: ours })),
    foreign,
  ),
  row('a Service for metrics', 'closed', 'admin', post(`${core}/services`, serviceOf({ selector: ours })), 'passes'),
  row(
    'a Service that asks for a VIP',
    'closed',
    'admin',
    post(
      '/api/v1/namespaces/other/services',
      serviceOf(
        { type: 'LoadBalancer', selector: { x: 'y' } },
        { 'metallb.io/loadBalancerIPs': '10.0.0.1, 192.168.255.2' },
      ),
    ),
    foreign,
  ),
  row(
    'the same by MetalLB’s old annotation',
    'closed',
    'admin',
    post(
      '/api/v1/namespaces/other/services',
      serviceOf({ type: 'LoadBalancer' }, { 'metallb.universe.tf/loadBalancerIPs': '192.168.255.1' }),
    ),
    foreign,
  ),
  row(
    'the same by the field',
    'closed',
    'admin',
    post('/api/v1/namespaces/other/services', serviceOf({ type: 'LoadBalancer', loadBalancerIP: '192.168.255.1' })),
    foreign,
  ),
  row(
    'the same by an external address',
    'closed',
    'admin',
    post('/api/v1/namespaces/other/services', serviceOf({ externalIPs: ['192.168.255.1'] })),
    foreign,
  ),
  row(
    'a Service of another address',
    'closed',
    'admin',
    post(
      '/api/v1/namespaces/other/services',
      serviceOf({ type: 'LoadBalancer', selector: { x: 'y' } }, { 'metallb.io/loadBalancerIPs': '192.168.255.77' }),
    ),
    'passes',
  ),
  row(
    'a second budget',
    'closed',
    'admin',
    post('/apis/policy/v1/namespaces/meshrr/poddisruptionbudgets', {
      metadata: { name: 'mine' },
      spec: { selector: { matchLabels: ours } },
    }),
    foreign,
  ),
  row(
    'a budget of every pod',
    'closed',
    'admin',
    post('/apis/policy/v1/namespaces/meshrr/poddisruptionbudgets', {
      metadata: { name: 'mine' },
      spec: { selector: {} },
    }),
    foreign,
  ),
  row(
    'a budget by the side alone',
    'closed',
    'admin',
    post('/apis/policy/v1/namespaces/meshrr/poddisruptionbudgets', {
      metadata: { name: 'mine' },
      spec: { selector: { matchLabels: { side: 'a' } } },
    }),
    foreign,
  ),
  row(
    'a budget of others',
    'closed',
    'admin',
    post('/apis/policy/v1/namespaces/meshrr/poddisruptionbudgets', {
      metadata: { name: 'mine' },
      spec: { selector: { matchLabels: { app: 'mine' } } },
    }),
    'passes',
  ),
  row(
    'a peer with our router',
    'closed',
    'admin',
    post('/apis/metallb.io/v1beta2/namespaces/metallb/bgppeers', {
      apiVersion: 'metallb.io/v1beta2',
      kind: 'BGPPeer',
      metadata: { name: 'mine' },
      spec: { myASN: 1, peerASN: 2, peerAddress: '192.168.255.0' },
    }),
    foreign,
  ),
  row(
    'a peer with another router',
    'closed',
    'admin',
    post('/apis/metallb.io/v1beta2/namespaces/metallb/bgppeers', {
      apiVersion: 'metallb.io/v1beta2',
      kind: 'BGPPeer',
      metadata: { name: 'mine' },
      spec: { myASN: 1, peerASN: 2, peerAddress: '192.0.2.1' },
    }),
    'passes',
  ),
  row(
    'an advertisement of our pool',
    'closed',
    'admin',
    post(`${metallb}/bgpadvertisements`, {
      apiVersion: 'metallb.io/v1beta1',
      kind: 'BGPAdvertisement',
      metadata: { name: 'mine' },
      spec: { ipAddressPools: ['routeserver-a'] },
    }),
    foreign,
  ),
  row(
    'an advertisement of every pool',
    'closed',
    'admin',
    post(`${metallb}/l2advertisements`, {
      apiVersion: 'metallb.io/v1beta1',
      kind: 'L2Advertisement',
      metadata: { name: 'mine' },
    }),
    foreign,
  ),
  row(
    'an advertisement of another pool',
    'closed',
    'admin',
    post(`${metallb}/bgpadvertisements`, {
      apiVersion: 'metallb.io/v1beta1',
      kind: 'BGPAdvertisement',
      metadata: { name: 'mine' },
      spec: { ipAddressPools: ['mine'] },
    }),
    'passes',
  ),
  row(
    'a pool with our VIP',
    'closed',
    'admin',
    post(`${metallb}/ipaddresspools`, {
      apiVersion: 'metallb.io/v1beta1',
      kind: 'IPAddressPool',
      metadata: { name: 'mine' },
      spec: { addresses: ['192.168.255.2-192.168.255.9'] },
    }),
    foreign,
  ),
  row(
    'a pool of others',
    'closed',
    'admin',
    post(`${metallb}/ipaddresspools`, {
      apiVersion: 'metallb.io/v1beta1',
      kind: 'IPAddressPool',
      metadata: { name: 'mine' },
      spec: { addresses: ['192.0.2.0/24'] },
    }),
    'passes',
  ),
];
