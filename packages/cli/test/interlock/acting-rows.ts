import { type Request, type User } from './guarded-cluster.ts';
import { annotated, dried, json, labelled, noOwner, patch, post, row, type Outcome, type Row } from './rows.ts';

/*
 * What a controller of the cluster acts on by itself, so that a field, a label or a finalizer is as good as a deletion: of a pod, what
 * makes pods, and what all agents read. And what is nobody's business but his who writes it.
 */

type Change = readonly [what: string, request: Omit<Request, 'as'>];

const core = '/api/v1/namespaces/meshrr';
const pod = (name: string): string => `${core}/pods/${name}`;
const ofB = pod('routeserver-b-0');
const ofLeftover = pod('former-b-0');
const set = '/apis/apps/v1/namespaces/meshrr/statefulsets/routeserver-b';
const fleet = `${core}/configmaps/meshrr-evpnrs-fleet`;
const account = `${core}/serviceaccounts/meshrr-evpnrs`;
const daemonSet = '/apis/apps/v1/namespaces/metallb/daemonsets/metallb-speaker';
const speaker = '/api/v1/namespaces/metallb/pods/metallb-speaker-dc2-node1';
const finalizers = { metadata: { finalizers: ['a.example/b'] } };

/** By any of these a pod is no more what its StatefulSet, its Services or the garbage collector take it for. */
const ofPods: readonly Change[] = (
  [
    ...[ofB, ofLeftover].flatMap((path) => [
      ['another revision', labelled(path, 'controller-revision-hash', 'x')] as const,
      ['no revision', labelled(path, 'controller-revision-hash', null)] as const,
      ['another name for its Service', labelled(path, 'statefulset.kubernetes.io/pod-name', 'x')] as const,
      ['another index', labelled(path, 'apps.kubernetes.io/pod-index', '9')] as const,
      ['a label of ReplicaSets', labelled(path, 'pod-template-hash', 'x')] as const,
      ['a label that somebody’s NetworkPolicy selects', labelled(path, 'team', 'core')] as const,
      ['a price of its end', annotated(path, 'controller.kubernetes.io/pod-deletion-cost', '-9')] as const,
      ['an owner that is not there', patch(path, noOwner)] as const,
      ['no owner', patch(path, { metadata: { ownerReferences: [] } })] as const,
      ['a finalizer', patch(path, finalizers)] as const,
      ['another revision, by the status', labelled(`${path}/status`, 'controller-revision-hash', 'x')] as const,
      ['a finalizer, by the status', patch(`${path}/status`, finalizers)] as const,
      ['a word of Kubernetes’, by the status', annotated(`${path}/status`, 'kubernetes.io/x', 'y')] as const,
      ['a pod that is told to have failed', patch(`${path}/status`, { status: { phase: 'Failed' } })] as const,
      ['a pod that is told to have ended', patch(`${path}/status`, { status: { phase: 'Succeeded' } })] as const,
      ['a pod elsewhere', patch(`${path}/status`, { status: { podIPs: [{ ip: '192.0.2.9' }] } })] as const,
    ]),
    ['a finalizer of the StatefulSet', patch(set, finalizers)],
    ['a finalizer of the StatefulSet, by its status', patch(`${set}/status`, finalizers)],
  ] as readonly Change[]
).map(([what, request]) => [`${what} of ${request.path.replace(/.*\/(?=[^/]+(\/status)?$)/, '')}`, request]);

const ofSpeakers: readonly Change[] = [
  ['a finalizer of a speaker', patch(speaker, finalizers)],
  ['a finalizer of a speaker, by the status', patch(`${speaker}/status`, finalizers)],
  ['another revision of a speaker', labelled(speaker, 'controller-revision-hash', 'x')],
  ['a word of Kubernetes’ at a speaker', annotated(speaker, 'kubernetes.io/x', 'y')],
];

/** By any of these the DaemonSet's controller finds speakers on the wrong nodes, or may in its next version. */
const ofTemplates: readonly Change[] = (
  [
    { nodeName: 'dc9-node1' },
    { nodeSelector: { a: 'b' } },
    { affinity: { nodeAffinity: {} } },
    { hostNetwork: true },
    { schedulerName: 'mine' },
    { runtimeClassName: 'mine' },
    { os: { name: 'windows' } },
    { subdomain: 'x' },
  ] as readonly object[]
).map((spec) => [
  `speakers with ${Object.keys(spec).join()}`,
  { ...patch(daemonSet, { spec: { template: { spec } } }), patch: 'strategic' },
]);

/** What a person changes while all is open alone, and a commit at any time. */
export const ofPrograms: readonly Change[] = [
  ['all clients that may be missing', patch(fleet, { data: { 'fleet.yml': 'allowMissing: [192.168.1.11]' } })],
  ['no fleet', patch(fleet, { data: null })],
  ['a file more of the fleet', patch(fleet, { data: { 'other.yml': 'x' } })],
  ['a binary file of the fleet', patch(fleet, { binaryData: { x: 'eA==' } })],
  ['a token for every container of an agent', patch(account, { automountServiceAccountToken: true })],
];

/** What programs may add, as OpenShift does to every account, and a person not. */
const additions: readonly Change[] = [
  ['credentials of images', patch(account, { imagePullSecrets: [{ name: 'x' }] })],
  ['a secret of an account', patch(account, { secrets: [{ name: 'x' }] })],
];

const forGood: readonly Change[] = [
  ['a fleet that never changes again', patch(fleet, { immutable: true })],
  ['another fleet that never changes again', patch(fleet, { data: { 'fleet.yml': 'x: y' }, immutable: true })],
];

const free: readonly (readonly [string, User, Omit<Request, 'as'>])[] = [
  ['a mark of Argo CD’s', 'argocd', labelled(ofB, 'argocd.argoproj.io/instance', 'x')],
  ['a name of the application', 'alice', labelled(ofB, 'app.kubernetes.io/instance', 'x')],
  ['a note at a pod', 'alice', annotated(ofB, 'note', 'x')],
  ['a plugin’s note, by the status', 'network', annotated(`${ofB}/status`, 'cni.projectcalico.org/podIP', '10.0.0.1')],
  ['another plugin’s', 'network', annotated(`${ofB}/status`, 'k8s.v1.cni.cncf.io/network-status', '[]')],
  ['another one’s', 'network', annotated(`${ofB}/status`, 'k8s.ovn.org/pod-networks', '{}')],
  ['a label of a StatefulSet that nothing selects', 'alice', labelled(set, 'team', 'core')],
  ['a pod of somebody’s', 'alice', labelled(pod('unbound'), 'controller-revision-hash', 'x')],
  ['a finalizer of somebody’s pod', 'alice', patch(pod('unbound'), finalizers)],
  ['a note at the fleet', 'alice', annotated(fleet, 'note', 'x')],
  ['a note at an account', 'alice', annotated(account, 'eks.amazonaws.com/role-arn', 'x')],
  [
    'another image of the speakers',
    'argocd',
    json(daemonSet, { op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'other' }),
  ],
  ...(['alice', 'argocd'] as const).map((user): readonly [string, User, Omit<Request, 'as'>] => [
    `one more taint that speakers tolerate, by ${user}`,
    user,
    json(daemonSet, {
      op: 'add',
      path: '/spec/template/spec/tolerations/1',
      value: { key: 'more', operator: 'Exists', effect: 'NoExecute' },
    }),
  ]),
  [
    'what a chart’s next version brings',
    'alice',
    patch(daemonSet, {
      metadata: { labels: { 'helm.sh/chart': 'metallb-9' } },
      spec: {
        template: {
          spec: {
            priorityClassName: 'x',
            serviceAccountName: 'y',
            securityContext: { runAsUser: 0 },
            volumes: [{ name: 'v', emptyDir: {} }],
            terminationGracePeriodSeconds: 3,
          },
        },
      },
    }),
  ],
];

const foreign = { says: 'writes, bears the labels app.kubernetes.io/part-of=meshrs and side' };
const marks = { 'app.kubernetes.io/part-of': 'meshrs', side: 'a' };
const metallb = (version: string, plural: string): string => `/apis/metallb.io/${version}/namespaces/metallb/${plural}`;
const workload = {
  selector: { matchLabels: { x: 'y' } },
  serviceName: 'x',
  template: { metadata: { labels: { x: 'y' } }, spec: { containers: [{ name: 'c', image: 'x' }] } },
};

/** What a commit could have left, by its kind. */
const leftovers: readonly (readonly [kind: string, folder: string, rest: object])[] = [
  ['ConfigMap', `${core}/configmaps`, { data: { 'meshrr.conf.yml': 'x' } }],
  ['StatefulSet', '/apis/apps/v1/namespaces/meshrr/statefulsets', { spec: workload }],
  ['Service', `${core}/services`, { spec: { ports: [{ port: 80 }] } }],
  [
    'NetworkPolicy',
    '/apis/networking.k8s.io/v1/namespaces/meshrr/networkpolicies',
    { spec: { podSelector: { matchLabels: { x: 'y' } } } },
  ],
  [
    'BGPPeer',
    metallb('v1beta2', 'bgppeers'),
    { apiVersion: 'metallb.io/v1beta2', kind: 'BGPPeer', spec: { myASN: 1, peerASN: 2, peerAddress: '192.0.2.9' } },
  ],
  [
    'IPAddressPool',
    metallb('v1beta1', 'ipaddresspools'),
    { apiVersion: 'metallb.io/v1beta1', kind: 'IPAddressPool', spec: { addresses: ['192.0.2.9/32'] } },
  ],
  [
    'BGPAdvertisement',
    metallb('v1beta1', 'bgpadvertisements'),
    { apiVersion: 'metallb.io/v1beta1', kind: 'BGPAdvertisement', spec: { ipAddressPools: ['mine'] } },
  ],
  ['BFDProfile', metallb('v1beta1', 'bfdprofiles'), { apiVersion: 'metallb.io/v1beta1', kind: 'BFDProfile', spec: {} }],
];

const forged: readonly Row[] = [
  ...leftovers.flatMap(([kind, folder, rest]) => {
    const made = (labels: object): Omit<Request, 'as'> => post(folder, { metadata: { name: 'mine', labels }, ...rest });
    return [
      row(`a ${kind} as one of side a`, 'closed', 'editor', made(marks), foreign),
      row(`a ${kind} as one of side a, while it is open`, 'a', 'editor', made(marks), foreign),
      row(`a ${kind} of a side that nobody knows`, 'closed', 'editor', made({ ...marks, side: 'zzz' }), foreign),
      row(`a ${kind} of an empty side`, 'closed', 'editor', made({ ...marks, side: '' }), foreign),
      row(`a ${kind} of who may write the turn`, 'closed', 'argocd', made(marks), 'passes'),
      row(`a ${kind} with a side alone`, 'closed', 'editor', made({ side: 'a' }), 'passes'),
      row(`a ${kind} without a side`, 'closed', 'editor', made({ 'app.kubernetes.io/part-of': 'meshrs' }), 'passes'),
      row(
        `a ${kind} of another program`,
        'b',
        'editor',
        made({ ...marks, 'app.kubernetes.io/part-of': 'x' }),
        'passes',
      ),
    ];
  }),
  row(
    'a ConfigMap that becomes one of a side',
    'closed',
    'editor',
    labelled(`${core}/configmaps/meshrr-evpnrs-fleet`, 'side', 'a'),
    foreign,
  ),
  row(
    'a Service that becomes one of a side',
    'closed',
    'editor',
    labelled(`${core}/services/meshrr-core`, 'side', 'b'),
    foreign,
  ),
  row('a note at what a side has', 'closed', 'editor', annotated(`${core}/services/routeserver-b`, 'x', 'y'), 'passes'),
];

const elsewhere = '/api/v1/namespaces/other/services';
const service = (spec: object, annotations: object = {}): object => ({
  metadata: { name: 'mine', annotations },
  spec: { ports: [{ port: 179 }], ...spec },
});
const lb = { type: 'LoadBalancer', selector: { x: 'y' } };
const given = (ip: string): object => ({ status: { loadBalancer: { ingress: [{ ip }] } } });
const theirs = `${elsewhere}/theirs/status`;
const peer = (peerAddress: string): Omit<Request, 'as'> =>
  post(metallb('v1beta2', 'bgppeers'), {
    ...{ apiVersion: 'metallb.io/v1beta2', kind: 'BGPPeer', metadata: { name: 'mine' } },
    spec: { myASN: 1, peerASN: 2, peerAddress },
  });
const pool = (address: string): Omit<Request, 'as'> =>
  post(metallb('v1beta1', 'ipaddresspools'), {
    ...{ apiVersion: 'metallb.io/v1beta1', kind: 'IPAddressPool', metadata: { name: 'mine' } },
    spec: { addresses: [address] },
  });
const frr = (address: string): Omit<Request, 'as'> =>
  post('/apis/frrk8s.metallb.io/v1beta1/namespaces/metallb/frrconfigurations', {
    ...{ apiVersion: 'frrk8s.metallb.io/v1beta1', kind: 'FRRConfiguration', metadata: { name: 'mine' } },
    spec: { bgp: { routers: [{ asn: 4259840003, neighbors: [{ address, asn: 2 }] }] } },
  });
const wouldHave = { says: 'would have' };

/** A VIP (192.168.255.1 and .2) and a router (192.168.255.0) of the sides, in other spellings and at other places. */
const spelled: readonly Row[] = [
  ...(
    [
      ['::ffff:192.168.255.1', wouldHave],
      ['0:0:0:0:0:FFFF:C0A8:FF02', wouldHave],
      ['10.0.0.1, ::ffff:c0a8:ff01', wouldHave],
      ['192.168.255.0', wouldHave],
      ['::ffff:192.168.255.77', 'passes'],
    ] as const
  ).map(([address, outcome]) =>
    row(
      `a Service that asks for ${address}`,
      'closed',
      'admin',
      post(elsewhere, service(lb, { 'metallb.io/loadBalancerIPs': address })),
      outcome,
    ),
  ),
  ...(
    [
      ['192.168.255.0', wouldHave],
      ['192.168.255.2', wouldHave],
      ['192.168.255.78', 'passes'],
    ] as const
  ).flatMap(([address, outcome]) => [
    row(`a Service with ${address}`, 'b', 'argocd', post(elsewhere, service({ externalIPs: [address] })), outcome),
    row(
      `a Service that wants ${address}`,
      'closed',
      'alice',
      post(elsewhere, service({ ...lb, loadBalancerIP: address })),
      outcome,
    ),
    row(`a Service that says to have ${address}`, 'closed', 'alice', patch(theirs, given(address)), outcome),
    row(`a Service that gets ${address}`, 'a', 'metallb', patch(theirs, given(address)), outcome),
    row(`a Service at ${address}`, 'all', 'alice', patch(theirs, given(address)), outcome),
  ]),
  ...['::ffff:192.168.255.0', '::ffff:c0a8:ff00', '0:0:0:0:0:ffff:192.168.255.0'].flatMap((address) => [
    row(`a peer ${address}`, 'closed', 'admin', peer(address), wouldHave),
    row(`an FRRConfiguration of ${address}`, 'closed', 'admin', frr(address), 'shared'),
  ]),
  row('a peer of another address', 'closed', 'admin', peer('::ffff:192.168.254.0'), 'passes'),
  row('an FRRConfiguration of another address', 'closed', 'admin', frr('::ffff:192.168.254.0'), 'passes'),
  row('a pool with a VIP in another spelling', 'closed', 'admin', pool('::ffff:192.168.255.2/128'), wouldHave),
  row('a pool from a VIP in another spelling', 'b', 'argocd', pool('::FFFF:c0a8:ff01-::ffff:c0a8:ff09'), wouldHave),
  row('a pool of another address', 'closed', 'admin', pool('::ffff:192.168.250.2/128'), 'passes'),
];

const evicted = (name: string, gracePeriodSeconds?: number): Omit<Request, 'as'> =>
  post(`${pod(name)}/eviction`, {
    ...{ apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: 'meshrr' } },
    ...(gracePeriodSeconds !== undefined && { deleteOptions: { gracePeriodSeconds } }),
  });
const hasty = { says: 'gives a route server less than the ' };

const evictions: readonly Row[] = [
  row('an eviction at once', 'closed', 'editor', evicted('routeserver-b-1', 0), hasty),
  row('an eviction at once, by a program', 'a', 'argocd', evicted('routeserver-a-0', 0), hasty),
  row('an eviction within a second', 'closed', 'admin', evicted('routeserver-b-0', 1), hasty),
  row('an eviction with half a minute', 'b', 'alice', evicted('routeserver-b-0', 30), hasty),
  row('an eviction at once while all is open', 'all', 'alice', evicted('routeserver-b-0', 0), hasty),
  row('an eviction with the time of the pod', 'closed', 'admin', evicted('routeserver-b-0'), 'passes'),
  row('an eviction with more time', 'closed', 'admin', evicted('routeserver-b-0', 9000), 'passes'),
  row('an eviction of somebody’s pod', 'closed', 'alice', evicted('unbound', 0), 'passes'),
];

export const actingRows: readonly Row[] = [
  ...ofPods.flatMap(([what, request]) => guarded(what, request, 'closed', [['b', 'admin']])),
  ...ofSpeakers.flatMap(([what, request]) => guarded(what, request, { says: 'no side is open' }, [])),
  ...[...ofTemplates, ...forGood].flatMap(([what, request]) => [
    ...guarded(what, request, 'shared', []),
    row(what, 'b', 'argocd', request, 'shared'),
    row(what, 'closed', 'argocd', request, 'shared'),
  ]),
  ...additions.flatMap(([what, request]) => [
    row(what, 'closed', 'alice', request, 'shared'),
    row(what, 'b', 'admin', request, 'shared'),
    row(what, 'closed', 'ci', request, 'passes'),
    row(what, 'a', 'network', request, 'passes'),
    row(what, 'closed', 'argocd', request, 'passes'),
  ]),
  ...ofPrograms.flatMap(([what, request]) => [
    ...guarded(what, request, 'shared', [
      ['closed', 'argocd'],
      ['b', 'argocd'],
    ]),
    row(what, 'b', 'alice', request, 'shared'),
  ]),
  ...forged,
  ...spelled,
  ...evictions,
  ...free.flatMap(([what, as, request]) => [row(what, 'closed', as, request, 'passes')]),
];

/** Refused while the turn is closed, but as a dry run; and where it passes. */
function guarded(
  what: string,
  request: Omit<Request, 'as'>,
  outcome: Outcome,
  passes: readonly (readonly [Row['turn'], User])[],
): readonly Row[] {
  return [
    row(what, 'closed', 'alice', request, outcome),
    ...passes.map(([turn, as]) => row(what, turn, as, request, 'passes')),
    row(what, 'all', 'alice', request, 'passes'),
    row(`${what}, as a dry run`, 'closed', 'argocd', dried(request), 'passes'),
  ];
}
