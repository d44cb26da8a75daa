import { ofPrograms } from './acting-rows.ts';
import type { Request, User } from './guarded-cluster.ts';
import {
  annotated,
  crd,
  dried,
  ephemeral,
  json,
  labelled,
  otherSchema,
  patch,
  post,
  programChanges,
  remove,
  row,
  templates,
  type Outcome,
  type Row,
} from './rows.ts';

/*
 * Who asks. A commit is what Argo CD's application controller applies for an Application of this fleet, and no other ServiceAccount does so, even if
 * RBAC lets it do everything; and who acts for the programs that the policies trust has to be who could open the sides.
 */

export type Asked = Omit<Request, 'as'>;

const core = '/api/v1/namespaces/meshrr';
const metallb = '/api/v1/namespaces/metallb';
const apps = '/apis/apps/v1/namespaces/metallb';
const trackingId = 'argocd.argoproj.io/tracking-id';

/** As Argo CD marks what it applies for an Application. */
export function marked(request: Asked, application: string): Asked {
  const body = request.body as { readonly metadata?: object };
  const annotations = { [trackingId]: `${application}:/ConfigMap:meshrr/x` };
  return { ...request, body: { ...body, metadata: { ...body.metadata, annotations } } };
}
export const ours = 'meshrs-route-servers-dci';
/** Applications of somebody else's; some of their names look like ours. */
const others = ['mine', `${ours}2`, `x-${ours}`, `team_${ours}`];

const commits = [...programChanges, ...ofPrograms];
const notCommits: readonly User[] = ['ci', 'argocdServer', 'network', 'likeAgent', 'ovn'];
/** Of what a gate does by itself none is to make a gate. */
const noMakers: readonly User[] = [...notCommits, 'likeGate', 'gate'];
const ofCommits: readonly Row[] = [
  ...commits.flatMap(([what, request]) => [
    ...notCommits.map((as) => row(what, 'closed', as, request, 'shared')),
    row(what, 'a', 'ci', request, 'shared'),
    row(`${what}, by the account of an added cluster`, 'a', 'added', request, 'passes'),
    row(`${what}, as a dry run`, 'closed', 'ci', dried(request), 'passes'),
  ]),
  ...commits
    .filter(([, { patch: type, path }]) => type !== 'json' && !path.endsWith('/status'))
    .flatMap(([what, request]) => [
      ...others.flatMap((name) => [
        row(`${what} of ${name}`, 'closed', 'argocd', marked(request, name), 'shared'),
        row(`${what} of ${name}`, 'b', 'added', marked(request, name), 'shared'),
      ]),
      row(`${what} of our own`, 'closed', 'argocd', marked(request, ours), 'passes'),
      row(`${what} with our mark, by a pipeline`, 'b', 'ci', marked(request, ours), 'shared'),
    ]),
];

const gatesPod = `${core}/pods/routeserver-b-gate`;
export const podWith = (spec: object, metadata: object = {}): object => ({
  metadata: { name: 'mine', ...metadata },
  spec: { containers: [{ name: 'c', image: 'c' }], ...spec },
});
export const asGate = post(`${core}/pods`, podWith({ serviceAccountName: 'meshrr-evpnrs-gate' }));
const ofSide = post(`${core}/configmaps`, {
  metadata: { name: 'mine', labels: { 'app.kubernetes.io/part-of': 'meshrs', side: 'a' } },
});
const budget = '/apis/policy/v1/namespaces/meshrr/poddisruptionbudgets/meshrr-evpnrs';
const foreign = { says: 'writes,' };

/** Nobody is a gate, or makes what a gate goes by, who could not open the sides himself. */
const ofGates: readonly Row[] = [
  ...[asGate, ofSide].flatMap((request) => [
    ...noMakers.map((as) => row('what a commit makes', 'closed', as, request, foreign)),
    ...others.map((name) => row(`what ${name} makes`, 'closed', 'argocd', marked(request, name), foreign)),
    row('what our own Application makes', 'closed', 'argocd', marked(request, ours), 'passes'),
    row('what it makes by the account of an added cluster', 'closed', 'added', marked(request, ours), 'passes'),
    row('what a person makes who may open', 'closed', 'alice', request, 'passes'),
  ]),
  row(
    'a pod with a gate’s account by its old name',
    'closed',
    'editor',
    post(`${core}/pods`, podWith({ serviceAccount: 'meshrr-evpnrs-gate' })),
    foreign,
  ),
  ...(['ci', 'argocdServer'] as const).flatMap((as) => [
    row('what holds a budget', 'closed', as, annotated(budget, 'meshrs.dev/held', 'x'), 'shared'),
    row(
      'into a gate',
      'closed',
      as,
      { method: 'POST', path: `${gatesPod}/exec?command=cat&stdout=true` },
      {
        says: 'is a gate',
      },
    ),
  ]),
];

export const inMetallb = { says: "runs in MetalLB's namespace metallb" };
const speakerPod = `${metallb}/pods/metallb-speaker-dc1-node1`;
const controllerPod = `${metallb}/pods/metallb-controller-0`;
const controller = `${apps}/deployments/metallb-controller`;
const image = (path: string, at: string): Asked =>
  json(path, { op: 'replace', path: `${at}/containers/0/image`, value: 'other' });
const daemonPod = podWith(
  { serviceAccountName: 'metallb-speaker', hostNetwork: true },
  {
    ownerReferences: [
      {
        ...{ apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'metallb-speaker', controller: true },
        uid: '0b7d2a3c-0000-4000-8000-000000000000',
      },
    ],
  },
);

export const podsOfMetallb: readonly (readonly [string, Asked])[] = [
  ['a pod', post(`${metallb}/pods`, podWith({}))],
  ['a pod with a speaker’s account', post(`${metallb}/pods`, podWith({ serviceAccountName: 'metallb-speaker' }))],
  ['a pod with it by its old name', post(`${metallb}/pods`, podWith({ serviceAccount: 'metallb-speaker' }))],
  ['a pod on the network of its node', post(`${metallb}/pods`, podWith({ hostNetwork: true }))],
  [
    'a pod that may do everything',
    post(
      `${metallb}/pods`,
      podWith({ containers: [{ name: 'c', image: 'c', securityContext: { privileged: true } }] }),
    ),
  ],
  ['a pod that says a DaemonSet made it', post(`${metallb}/pods`, daemonPod)],
  ['another image of MetalLB’s controller', image(controllerPod, '/spec')],
  ['another image of its Deployment', image(controller, '/spec/template/spec')],
  [
    'another account of its Deployment',
    patch(controller, { spec: { template: { spec: { serviceAccountName: 'x' } } } }),
  ],
  ['another image of the speakers', image(`${apps}/daemonsets/metallb-speaker`, '/spec/template/spec')],
  ...templates.map(([what, path, body]): readonly [string, Asked] => [
    what,
    post(path.replace('namespaces/meshrr', 'namespaces/metallb'), body({})),
  ]),
  [
    'a CronJob',
    post('/apis/batch/v1/namespaces/metallb/cronjobs', {
      metadata: { name: 'mine' },
      spec: {
        schedule: '* * * * *',
        jobTemplate: {
          spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'c' }] } } },
        },
      },
    }),
  ],
];

const token = (name: string, pod?: string): Asked =>
  post(`${metallb}/serviceaccounts/${name}/token`, {
    ...{ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest' },
    spec: { ...(pod !== undefined && { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: pod } }) },
  });
const speakers = 'metallb-speaker-dc1-node1';
const speakersToken = { says: 'would be a pod of MetalLB' };
const entered = { says: 'of MetalLB cannot be entered' };

/** By it a gate brings an image to a node (mesh-agent, gate/speakers/bring-images.ts). */
const imagePod = podWith(
  {
    ...{ nodeName: 'dc2-node1', restartPolicy: 'Never', automountServiceAccountToken: false },
    containers: [{ name: 'image-0', image: 'quay.io/metallb/speaker:v0.16.2', command: ['/meshrs-runs-nothing'] }],
  },
  {
    labels: { 'app.kubernetes.io/part-of': 'meshrs', 'meshrs.dev/role': 'image' },
    ownerReferences: [
      { apiVersion: 'v1', kind: 'Pod', name: 'routeserver-b-gate', uid: '0b7d2a3c-0000-4000-8000-00000000000a' },
    ],
  },
);
const byItsAccount = { says: 'is the account of the gates, and deletes pods of' };
const openSpeaker = remove(`${metallb}/pods/metallb-speaker-dc2-node1`);

/** A gate replaces MetalLB's pods, and whoever has its name alone, or its account, does no more of it. */
const byGates: readonly Row[] = [
  ...(['closed', 'b'] as const).flatMap((turn) => [
    row('a pod that brings an image', turn, 'gate', post(`${core}/pods`, imagePod), 'passes'),
    row('one that would bring it to MetalLB’s namespace', turn, 'gate', post(`${metallb}/pods`, imagePod), inMetallb),
    row('MetalLB’s controller', turn, 'gate', remove(controllerPod), byItsAccount),
    row('MetalLB’s controller, by a gate’s name', turn, 'likeGate', remove(controllerPod), byItsAccount),
    row('MetalLB’s controller, by an administrator', turn, 'admin', remove(controllerPod), 'passes'),
  ]),
  row('a speaker of the open side', 'b', 'gate', openSpeaker, 'passes'),
  row('a speaker of the open side, by a gate’s name', 'b', 'likeGate', openSpeaker, byItsAccount),
  row('a speaker of the open side, by a person', 'b', 'alice', openSpeaker, 'passes'),
  row('a speaker of the other side', 'b', 'gate', remove(speakerPod), { says: 'is of no side that is open' }),
  row('a speaker while nothing is open', 'closed', 'gate', openSpeaker, { says: 'no side is open' }),
];

const ofMetallb: readonly Row[] = [
  ...podsOfMetallb.flatMap(([what, request]) => [
    row(`${what} in MetalLB’s namespace`, 'closed', 'editor', request, inMetallb),
    row(`${what} in MetalLB’s namespace, by a pipeline`, 'b', 'ci', request, inMetallb),
    row(`${what} in MetalLB’s namespace, by Argo CD’s server`, 'a', 'argocdServer', request, inMetallb),
    row(`${what} in MetalLB’s namespace, by MetalLB`, 'closed', 'metallb', request, inMetallb),
    row(`${what} in MetalLB’s namespace, by Argo CD`, 'closed', 'argocd', request, 'passes'),
  ]),
  row('a pod of MetalLB’s, of who may open', 'closed', 'alice', post(`${metallb}/pods`, podWith({})), 'passes'),
  row(
    'a pod of another Application in MetalLB’s namespace',
    'closed',
    'argocd',
    marked(post(`${metallb}/pods`, podWith({})), 'mine'),
    inMetallb,
  ),
  ...podsOfMetallb.flatMap(([what, request]) => [
    ...(request.patch === 'json'
      ? []
      : others.map((name) =>
          row(
            `${what} of ${name}, by the account of an added cluster`,
            'closed',
            'added',
            marked(request, name),
            inMetallb,
          ),
        )),
    row(`${what}, by the account of an added cluster`, 'closed', 'added', request, 'passes'),
  ]),
  row(
    'a pod of MetalLB’s own Application',
    'closed',
    'argocd',
    marked(post(`${metallb}/pods`, podWith({})), 'meshrs-metallb-dci'),
    'passes',
  ),
  ...(['daemonSets', 'replicaSets', 'manager', 'kubelet'] as const).map((as) =>
    row('a pod of MetalLB’s by who carries out a template', 'closed', as, post(`${metallb}/pods`, daemonPod), 'passes'),
  ),
  row('a note at MetalLB’s controller', 'closed', 'editor', annotated(controllerPod, 'note', 'x'), 'passes'),
  row('a note at its Deployment', 'closed', 'editor', annotated(controller, 'note', 'x'), 'passes'),
  row(
    'a container in a speaker',
    'closed',
    'editor',
    { ...patch(`${speakerPod}/ephemeralcontainers`, ephemeral), patch: 'strategic' },
    inMetallb,
  ),
  row('a token of a speaker’s account', 'closed', 'editor', token('metallb-speaker'), speakersToken),
  row('a token of a speaker', 'closed', 'editor', token('metallb-speaker', speakers), speakersToken),
  row('a token of a speaker, by an administrator', 'all', 'admin', token('metallb-speaker', speakers), speakersToken),
  row('a token of a speaker, by Argo CD', 'b', 'argocd', token('metallb-speaker', speakers), speakersToken),
  row(
    'a token of MetalLB’s controller in its pod',
    'closed',
    'editor',
    token('metallb-controller', 'metallb-controller-0'),
    speakersToken,
  ),
  row('a token of another account of no pod', 'closed', 'editor', token('metallb-controller'), 'passes'),
  row('a token for a pod of its node', 'closed', 'kubelet', token('metallb-speaker', speakers), 'passes'),
  ...(['editor', 'ci', 'argocdServer'] as const).flatMap((as) => [
    ...['exec?command=cat&stdout=true', 'attach?stdout=true', 'portforward?ports=2605'].map((how) =>
      row(`into a speaker (${how})`, 'closed', as, { method: 'POST', path: `${speakerPod}/${how}` }, entered),
    ),
    row('into MetalLB’s controller', 'b', as, { method: 'POST', path: `${controllerPod}/exec?command=ls` }, entered),
  ]),
];

const turns = `${crd}/turns.meshrs.dev`;
const schemaOfTurn = '/spec/versions/0/schema/openAPIV3Schema/properties/spec';
/** By these the kinds that the policies read hold something else, or nobody reads what is stored. */
const ofDefinitions: readonly (readonly [string, Asked])[] = [
  [
    'a turn that holds anything',
    json(turns, { op: 'add', path: `${schemaOfTurn}/x-kubernetes-preserve-unknown-fields`, value: true }),
  ],
  ['a turn without rules', json(turns, { op: 'remove', path: `${schemaOfTurn}/x-kubernetes-validations` })],
  ['a turn of any length', json(turns, { op: 'remove', path: `${schemaOfTurn}/properties/nodes/maxItems` })],
  [
    'a turn that another version stores',
    json(
      turns,
      { op: 'copy', from: '/spec/versions/0', path: '/spec/versions/-' },
      { op: 'replace', path: '/spec/versions/1/name', value: 'v9' },
      { op: 'replace', path: '/spec/versions/0/storage', value: false },
    ),
  ],
  [
    'a turn that somebody’s server converts',
    patch(turns, {
      spec: {
        conversion: {
          strategy: 'Webhook',
          webhook: { conversionReviewVersions: ['v1'], clientConfig: { url: 'https://192.0.2.1/x' } },
        },
      },
    }),
  ],
  [
    'a pool that holds anything',
    json(`${crd}/ipaddresspools.metallb.io`, {
      ...{ op: 'add', value: true },
      path: '/spec/versions/0/schema/openAPIV3Schema/properties/spec/x-kubernetes-preserve-unknown-fields',
    }),
  ],
];
/** A certificate of nobody's, whose key is gone: the API server takes no text that is none. */
const pem = [
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJiakNDQVJXZ0F3SUJBZ0lVV0JQWEkxUzc0emZpNnlTK1FXTnJ5V25vOVZr',
  'd0NnWUlLb1pJemowRUF3SXcKRERFS01BZ0dBMVVFQXd3QmVEQWdGdzB5TmpFeE1qZ3dNRFF6TWpWYUdBOHlNVEkyTVRFd05EQXdO',
  'RE15TlZvdwpEREVLTUFnR0ExVUVBd3dCZURCWk1CTUdCeXFHU000OUFnRUdDQ3FHU000OUF3RUhBMElBQkJrdjFDUUptOVVHCkdF',
  'cWJnbHdJYjBCbkdKaFB3Tnc2cVl4Nk50TFpNT0tPT2I0UVl2Q1c3aWJBeVFnbmFlcEZSRWMrdWtuYUtuVGoKUkU5SHErakZTMStq',
  'VXpCUk1CMEdBMVVkRGdRV0JCUS91MDVkNFB4OHNmSW1kcXJKTWhPZU9mRVZHekFmQmdOVgpIU01FR0RBV2dCUS91MDVkNFB4OHNm',
  'SW1kcXJKTWhPZU9mRVZHekFQQmdOVkhSTUJBZjhFQlRBREFRSC9NQW9HCkNDcUdTTTQ5QkFNQ0EwY0FNRVFDSUNTbkRDaFhwYUc2',
  'K3Q4VVFKZjJpS2JwdXhYOThOZ0NIRUlDQ0J6Z2txMWsKQWlBbWVUcXVSaVRxaW90MVBuTHpycnlwcTFkOGFnVUhMZkQ4cER3QzZ6',
  'VCtQZz09Ci0tLS0tRU5EIENFUlRJRklDQVRFLS0tLS0K',
].join('');
const twoCertificates = Buffer.from(Buffer.from(pem, 'base64').toString().repeat(2)).toString('base64');
const communities = `${crd}/communities.metallb.io`;
const clientConfig = '/spec/conversion/webhook/clientConfig';
export const certificate = json(communities, { op: 'add', path: `${clientConfig}/caBundle`, value: pem });
/** What is written again is free. */
export const otherCertificate = json(communities, {
  op: 'add',
  path: `${clientConfig}/caBundle`,
  value: twoCertificates,
});
export const otherServer = json(communities, { op: 'replace', path: `${clientConfig}/service/name`, value: 'mine' });

/** What another Application brings in place of ours bears no mark of Argo CD's, and no label of this program's either. */
const partOf = '/metadata/labels/app.kubernetes.io~1part-of';
const rules = `${schemaOfTurn}/x-kubernetes-validations`;
const nobodys = json(turns, { op: 'remove', path: partOf }, { op: 'remove', path: rules });
const ofChart = json(turns, { op: 'replace', path: partOf, value: 'somebody' }, { op: 'remove', path: rules });

const definitionRows: readonly Row[] = [
  ...ofDefinitions.flatMap(([what, request]) => [
    ...(['alice', 'ci', 'argocdServer', 'metallb', 'gate'] as const).map((as) =>
      row(what, 'closed', as, request, 'shared'),
    ),
    row(what, 'b', 'admin', request, 'shared'),
    row(`${what}, as a dry run`, 'closed', 'ci', dried(request), 'passes'),
  ]),
  row('a schema of the turn that says it is nobody’s', 'closed', 'argocd', nobodys, 'shared'),
  row('a schema of the turn that says it is nobody’s', 'a', 'added', nobodys, 'shared'),
  row('a schema of the turn that says it is a chart’s', 'closed', 'argocd', ofChart, 'shared'),
  row('a schema of the turn that is this program’s', 'closed', 'argocd', otherSchema('turns.meshrs.dev'), 'passes'),
  row('MetalLB’s certificate', 'closed', 'metallb', certificate, 'passes'),
  row('MetalLB’s certificate, by its name alone', 'closed', 'likeSpeaker', otherCertificate, 'shared'),
  row('MetalLB’s certificate, by who brings certificates', 'closed', 'cainjector', otherCertificate, 'shared'),
  row('MetalLB’s certificate, by a person', 'closed', 'alice', otherCertificate, 'shared'),
  row('another server of MetalLB’s conversion', 'closed', 'metallb', otherServer, 'shared'),
  row('another schema, by MetalLB', 'closed', 'metallb', otherSchema('ipaddresspools.metallb.io'), 'shared'),
];

const apiServices = '/apis/apiregistration.k8s.io/v1/apiservices';
const aggregated = { says: 'by it the API server knows who serves the kinds' };
const ofApiServices: readonly (readonly [string, Asked])[] = [
  ['another server of the turn', patch(`${apiServices}/v1.meshrs.dev`, { spec: { groupPriorityMinimum: 9 } })],
  ['another server of the pools', patch(`${apiServices}/v1beta1.metallb.io`, { spec: { versionPriority: 9 } })],
  [
    'a turn whose server nobody keeps',
    labelled(`${apiServices}/v1.meshrs.dev`, 'kube-aggregator.kubernetes.io/automanaged', null),
  ],
  ['no server of the turn', remove(`${apiServices}/v1.meshrs.dev`)],
  [
    'a server of another version',
    post(apiServices, {
      ...{ apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata: { name: 'v9.frrk8s.metallb.io' } },
      spec: {
        ...{ group: 'frrk8s.metallb.io', version: 'v9', groupPriorityMinimum: 9, versionPriority: 9 },
        ...{ insecureSkipTLSVerify: true, service: { namespace: 'other', name: 'mine' } },
      },
    }),
  ],
];
const apiServiceRows: readonly Row[] = ofApiServices.flatMap(([what, request]) => [
  row(what, 'closed', 'admin', request, aggregated),
  row(what, 'b', 'argocd', request, aggregated),
  row(what, 'all', 'ci', request, aggregated),
  row(`${what}, as a dry run`, 'closed', 'argocd', dried(request), 'passes'),
]);

const named = (folder: string, name: string, rest: object = {}): Asked => post(folder, { metadata: { name }, ...rest });
const service = (name: string): Asked => named(`${core}/services`, name, { spec: { ports: [{ port: 179 }] } });
const workload = {
  spec: {
    ...{ selector: { matchLabels: { x: 'y' } }, serviceName: 'x' },
    template: { metadata: { labels: { x: 'y' } }, spec: { containers: [{ name: 'c', image: 'x' }] } },
  },
};
const policies = '/apis/networking.k8s.io/v1/namespaces/meshrr/networkpolicies';
const ofMetallbs = (plural: string, kind: string, name: string, spec: object): Asked =>
  post(`/apis/metallb.io/v1beta1/namespaces/metallb/${plural}`, {
    ...{ apiVersion: 'metallb.io/v1beta1', kind, metadata: { name }, spec },
  });

/** An object under a name that a commit gives, by somebody, before the commit or after somebody has deleted it. */
const names: readonly (readonly [string, Asked])[] = [
  ['a Service', service('routeserver-b')],
  ['a Service for management', service('routeserver-b-1-mgmt')],
  ['a Service of the mesh', service('meshrr-core')],
  ['a StatefulSet', named('/apis/apps/v1/namespaces/meshrr/statefulsets', 'routeserver-a', workload)],
  ['settings', named(`${core}/configmaps`, 'routeserver-a-settings')],
  ['a fleet', named(`${core}/configmaps`, 'meshrr-evpnrs-fleet')],
  ['a NetworkPolicy', named(policies, 'routeserver-b', { spec: { podSelector: {} } })],
  ['an account', named(`${core}/serviceaccounts`, 'meshrr-evpnrs-gate')],
  [
    'a budget',
    named('/apis/policy/v1/namespaces/meshrr/poddisruptionbudgets', 'meshrr-evpnrs', {
      spec: { selector: { matchLabels: { app: 'x' } } },
    }),
  ],
  ['a pool', ofMetallbs('ipaddresspools', 'IPAddressPool', 'routeserver-b', { addresses: ['192.0.2.9/32'] })],
  ['an advertisement', ofMetallbs('bgpadvertisements', 'BGPAdvertisement', 'routeserver-a', { ipAddressPools: ['x'] })],
  ['a BFDProfile', ofMetallbs('bfdprofiles', 'BFDProfile', 'routeserver-b', {})],
];
const taken = { says: 'or a name of a generated object' };
const nextPod = { says: 'or the name of a route server' };
const nameRows: readonly Row[] = [
  ...names.flatMap(([what, request]) => [
    row(`${what} of our name`, 'closed', 'editor', request, taken),
    row(`${what} of our name, by a pipeline`, 'b', 'ci', request, taken),
    row(`${what} of our name, of another Application`, 'closed', 'argocd', marked(request, 'mine'), taken),
  ]),
  ...['routeserver-b-9', 'routeserver-a-10', 'routeserver-a-1'].flatMap((name) => [
    row(`a pod ${name}`, 'closed', 'editor', post(`${core}/pods`, podWith({}, { name })), nextPod),
    row(`a pod ${name}`, 'b', 'admin', post(`${core}/pods`, podWith({}, { name })), nextPod),
    row(`a pod ${name}`, 'closed', 'argocd', post(`${core}/pods`, podWith({}, { name })), nextPod),
  ]),
  ...['routeserver-c-0', 'routeserver-b-x', 'routeserver-b-9-debug'].map((name) =>
    row(`a pod ${name}`, 'closed', 'editor', post(`${core}/pods`, podWith({}, { name })), 'passes'),
  ),
  row('a Service of another name', 'closed', 'editor', service('routeserver-b-metrics'), 'passes'),
  row(
    'a pool of another name',
    'closed',
    'editor',
    ofMetallbs('ipaddresspools', 'IPAddressPool', 'routeserver-c', { addresses: ['192.0.2.9/32'] }),
    'passes',
  ),
];

/** A pod that is not connected yet, and one that has its address. */
const [unconnected, connected] = ['routeserver-b-0', 'routeserver-b-1'].map((name) => `${core}/pods/${name}`) as [
  string,
  string,
];
const network: readonly (readonly [User, string])[] = [
  ['ovn', 'ovn.kubernetes.io/allocated'],
  ['ovn', 'net1.default.ovn.kubernetes.io/ip_address'],
  ['ovn', 'my-provider.kubernetes.io/routed'],
  ['network', 'vpc.amazonaws.com/pod-eni'],
  ['eks', 'vpc.amazonaws.com/pod-eni'],
  ['network', 'k8s.v1.cni.cncf.io/networks'],
  ['network', 'cni.projectcalico.org/podIP'],
  ['kubelet', 'io.cilium/x'],
];
const networkRows: readonly Row[] = [
  ...network.flatMap(([as, key]): Row[] => [
    row(`${key} at a pod without an address`, 'closed', as, annotated(unconnected, key, 'x'), 'passes'),
    row(`${key} at a pod without an address, by hand`, 'closed', 'alice', annotated(unconnected, key, 'x'), 'closed'),
    row(
      `${key} at a pod with an address`,
      'closed',
      as,
      annotated(connected, key, 'x'),
      as === 'kubelet' ? 'passes' : 'closed',
    ),
    row(`${key} at a pod with an address`, 'b', 'alice', annotated(connected, key, 'x'), 'passes'),
  ]),
  ...[
    'controller.kubernetes.io/pod-deletion-cost',
    'kubernetes.io/limit-ranger',
    'argocd.argoproj.io/sync-options',
    'meshrs.dev/side-revision',
    'scheduler.alpha.kubernetes.io/x',
    'policies.k8s.io/x',
  ].map((key) =>
    row(`${key} at a pod without an address`, 'closed', 'ovn', annotated(unconnected, key, '1'), 'closed'),
  ),
  row('a label of a pod without an address', 'closed', 'ovn', labelled(unconnected, 'team', 'x'), 'closed'),
  row(
    'ovn.kubernetes.io by the status',
    'closed',
    'ovn',
    annotated(`${connected}/status`, 'ovn.kubernetes.io/x', 'y'),
    'closed',
  ),
];

const elsewhere = '/api/v1/namespaces/other/services';
const withAddress = (spec: object, annotations: object = {}): Asked =>
  post(elsewhere, { metadata: { name: 'mine', annotations }, spec: { ports: [{ port: 179 }], ...spec } });
const hijack = { says: 'would have an address of a side, of its nodes or of a router' };
const addressRows: readonly Row[] = (
  [
    ['of a node', '172.16.1.13', hijack],
    ['of a node of the other side', '172.16.2.17', hijack],
    ['of a route server for management', '192.168.18.7', hijack],
    ['of nobody', '172.16.9.9', 'passes'],
  ] as const
).flatMap(([what, address, outcome]: readonly [string, string, Outcome]) => [
  row(`a Service with an address ${what}`, 'closed', 'admin', withAddress({ externalIPs: [address] }), outcome),
  row(
    `a Service with a second address ${what}`,
    'b',
    'ci',
    withAddress({ externalIPs: ['192.0.2.9', address] }),
    outcome,
  ),
  row(
    `a Service that wants an address ${what}`,
    'closed',
    'argocd',
    withAddress({ type: 'LoadBalancer', loadBalancerIP: address }),
    outcome,
  ),
  row(
    `a Service that asks for an address ${what}`,
    'closed',
    'alice',
    withAddress({ type: 'LoadBalancer' }, { 'metallb.io/loadBalancerIPs': ` ${address}` }),
    outcome,
  ),
  row(
    `a Service that says to have an address ${what}`,
    'closed',
    'ci',
    patch(`${elsewhere}/theirs/status`, { status: { loadBalancer: { ingress: [{ ip: address }] } } }),
    outcome,
  ),
]);

export const authorityRows: readonly Row[] = [
  ...ofCommits,
  ...ofGates,
  ...byGates,
  ...ofMetallb,
  ...definitionRows,
  ...apiServiceRows,
  ...nameRows,
  ...networkRows,
  ...addressRows,
];
