import type { Editable } from '../support/built.ts';
import { add, key, replace, type Component, type Operation } from './patch.ts';

/* What a component does without asking, and no rule may say a word. The engine is container 0, the agent init container 1. */

const spec = '/spec/template/spec';
const engine = `${spec}/containers/0`;
const agent = `${spec}/initContainers/1`;
const nodeTerm = `${spec}/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/0`;
const annotation = (name: string): string => `/metadata/annotations/${key(name)}`;

type Row = readonly [what: string, ...operations: Operation[]];

function rowsOf(kind: string, name: string, rows: readonly Row[]): Component[] {
  return rows.map(([what, ...operations]) => ({
    what: `${kind}: ${what}`,
    patches: [{ kind, name, operations }],
    resources: [],
  }));
}

const dedicated = { key: 'dedicated', operator: 'Equal', value: 'network', effect: 'NoSchedule' };
const prefer = { weight: 1, preference: { matchExpressions: [{ key: 'ssd', operator: 'Exists' }] } };

const ofStatefulSet = rowsOf('StatefulSet', 'routeserver-a', [
  ['a pull secret', add(`${spec}/imagePullSecrets`, [{ name: 'mirror' }])],
  ['two pull secrets', add(`${spec}/imagePullSecrets`, [{ name: 'mirror' }, { name: 'other' }])],
  ['a priority class', add(`${spec}/priorityClassName`, 'system-cluster-critical')],
  ['a toleration', add(`${spec}/tolerations/-`, dedicated)],
  ['a toleration of everything without a time', add(`${spec}/tolerations/-`, { operator: 'Exists' })],
  [
    'a toleration with a time, of a taint of its own',
    add(`${spec}/tolerations/-`, {
      key: 'maintenance',
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: 60,
    }),
  ],
  ['a node selector', add(`${spec}/nodeSelector`, { 'node.example.com/pool': 'network' })],
  ['a node selector of Linux', add(`${spec}/nodeSelector`, { 'kubernetes.io/os': 'linux' })],
  ['a node selector of its own side', add(`${spec}/nodeSelector`, { side: 'a' })],
  ['a narrower node affinity', add(`${nodeTerm}/matchExpressions/-`, { key: 'ssd', operator: 'Exists' })],
  [
    'a preferred node affinity',
    add(`${spec}/affinity/nodeAffinity/preferredDuringSchedulingIgnoredDuringExecution`, [prefer]),
  ],
  [
    'a preferred anti-affinity by rack',
    add(`${spec}/affinity/podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution`, [
      {
        weight: 1,
        podAffinityTerm: { labelSelector: { matchLabels: { app: 'meshrr-evpnrs' } }, topologyKey: 'example.com/rack' },
      },
    ]),
  ],
  [
    'spread over racks where it can be',
    add(`${spec}/topologySpreadConstraints`, [
      {
        maxSkew: 1,
        topologyKey: 'example.com/rack',
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: { app: 'meshrr-evpnrs' } },
      },
    ]),
  ],
  ['more memory', replace(`${engine}/resources/limits/memory`, '16Gi')],
  ['the memory that it had, in other words', replace(`${agent}/resources/limits/memory`, '131072Ki')],
  ['more memory asked for', replace(`${engine}/resources/requests/memory`, '4Gi')],
  ['more CPU asked for', replace(`${engine}/resources/requests/cpu`, '2')],
  ['less CPU asked for', replace(`${engine}/resources/requests/cpu`, '100m')],
  ['a CPU limit with room', add(`${engine}/resources/limits/cpu`, '2')],
  ['a CPU limit of the agent with room', add(`${agent}/resources/limits/cpu`, 1)],
  ['a time zone', add(`${agent}/env/-`, { name: 'TZ', value: 'Europe/Berlin' })],
  ['a variable of the engine', add(`${engine}/env`, [{ name: 'DATACENTRE', value: 'one' }])],
  [
    'a variable of its pod',
    add(`${agent}/env/-`, { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }),
  ],
  ['an image of a mirror', replace(`${engine}/image`, 'mirror.example.com/frr/frr:10.7.1')],
  ['an agent of a mirror', replace(`${agent}/image`, 'mirror.example.com:5000/mesh-agent:0.1.0')],
  ['images always pulled', add(`${agent}/imagePullPolicy`, 'Always')],
  ['images pulled once', add(`${engine}/imagePullPolicy`, 'IfNotPresent')],
  ['a port for a person', add(`${agent}/ports/-`, { name: 'metrics', containerPort: 9342 })],
  ['the end of the log as the reason', add(`${engine}/terminationMessagePolicy`, 'FallbackToLogsOnError')],
  [
    "the company's certificates",
    add(`${spec}/volumes/-`, { name: 'certificates', configMap: { name: 'certificates', optional: true } }),
    add(`${agent}/volumeMounts/-`, { name: 'certificates', mountPath: '/etc/ssl/certs', readOnly: true }),
  ],
  [
    'a folder of its own',
    add(`${spec}/volumes/-`, { name: 'mine', emptyDir: {} }),
    add(`${engine}/volumeMounts/-`, { name: 'mine', mountPath: '/mine' }),
  ],
  ['an annotation of its pods', add(`/spec/template/metadata/annotations/${key('prometheus.io/scrape')}`, 'true')],
  [
    "the company's annotation of its pods",
    add(`/spec/template/metadata/annotations/${key('example.com/team')}`, 'dci'),
  ],
  ['a restart', add(`/spec/template/metadata/annotations/${key('kubectl.kubernetes.io/restartedAt')}`, '2026-11-27')],
  ['an annotation without a domain', add('/metadata/annotations/team', 'dci')],
  ['a label without a domain', add('/metadata/labels/team', 'dci')],
  ["the company's label", add(`/metadata/labels/${key('example.com/cost-centre')}`, '4711')],
  ['a label of its pods', add('/spec/template/metadata/labels/team', 'dci')],
  ['the usual labels', add(`/metadata/labels/${key('app.kubernetes.io/name')}`, 'meshrs')],
  ['fewer revisions', add('/spec/revisionHistoryLimit', 2)],
  ['more time to go', replace(`${spec}/terminationGracePeriodSeconds`, 600)],
  ['more time to be ready', replace('/spec/minReadySeconds', 60)],
  ['a link for people', add(annotation('link.argocd.argoproj.io/dashboard'), 'https://grafana.example.com')],
  [
    'kept by the autoscaler',
    add(`/spec/template/metadata/annotations/${key('cluster-autoscaler.kubernetes.io/safe-to-evict')}`, 'false'),
  ],
  ['another wave of its turn', replace(annotation('argocd.argoproj.io/sync-wave'), '13')],
]);

const others = [
  ...rowsOf('Service', 'routeserver-a', [
    ['node ports', replace('/spec/allocateLoadBalancerNodePorts', true)],
    ['a name in DNS', add(annotation('external-dns.alpha.kubernetes.io/hostname'), 'a.example.com')],
    ['an annotation', add(annotation('example.com/owner'), 'dci')],
  ]),
  ...rowsOf('Service', 'meshrr-core', [['a label', add('/metadata/labels/team', 'dci')]]),
  ...rowsOf('PodDisruptionBudget', 'meshrr-evpnrs', [['an annotation', add(annotation('example.com/owner'), 'dci')]]),
  ...rowsOf('Pod', 'routeserver-b-gate', [
    ['a toleration', add('/spec/tolerations', [dedicated])],
    ['a node selector', add('/spec/nodeSelector', { 'kubernetes.io/os': 'linux' })],
    ['a pull secret', add('/spec/imagePullSecrets', [{ name: 'mirror' }])],
    ['a priority class', add('/spec/priorityClassName', 'network')],
    ['more memory', replace('/spec/containers/0/resources/limits/memory', '256Mi')],
    ['an image of a mirror', replace('/spec/containers/0/image', 'mirror.example.com/mesh-agent:0.1.0')],
    ['a variable', add('/spec/containers/0/env/-', { name: 'TZ', value: 'UTC' })],
    ['a label', add('/metadata/labels/team', 'dci')],
  ]),
  ...rowsOf('ServiceAccount', 'meshrr-evpnrs', [['a pull secret', add('/imagePullSecrets', [{ name: 'mirror' }])]]),
  ...rowsOf('Namespace', 'meshrr', [['a label', add('/metadata/labels/team', 'dci')]]),
  ...rowsOf('ConfigMap', 'routeserver-a-settings', [['an annotation', add(annotation('example.com/owner'), 'dci')]]),
  ...rowsOf('NetworkPolicy', 'routeserver-a', [
    [
      'a program that reads metrics',
      add('/spec/ingress/-', {
        ports: [{ protocol: 'TCP', port: 8179 }],
        from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
      }),
    ],
    [
      'an API server elsewhere',
      add('/spec/egress/-', {
        ports: [{ protocol: 'TCP', port: 16443 }],
        to: [{ ipBlock: { cidr: '172.16.0.0/16' } }],
      }),
    ],
    ['time servers', add('/spec/egress/-', { ports: [{ protocol: 'UDP', port: 123 }] })],
  ]),
  ...rowsOf('BGPPeer', 'routeserver-a-fabric', [
    ['a longer hold time', replace('/spec/holdTime', '1m30s')],
    ['the shortest hold time', replace('/spec/holdTime', '3s')],
    ['a keepalive time', add('/spec/keepaliveTime', '3s')],
    ['a connect time', add('/spec/connectTime', '5s')],
  ]),
  ...rowsOf('BGPAdvertisement', 'routeserver-a', [
    ['a community more', add('/spec/communities/-', '65000:100')],
    ['a large community', add('/spec/communities/-', 'large:65000:0:1')],
    ['a preference', add('/spec/localPref', 200)],
  ]),
];

const meta = (name: string, namespace = 'meshrr') => ({ name, namespace });
const core = { apiVersion: 'v1' };
const vip = { type: 'LoadBalancer', ports: [{ port: 443 }] };

function withObjects(what: string, ...resources: Editable[]): Component {
  return { what: `objects of the user's: ${what}`, patches: [], resources };
}

const pool: Editable = {
  ...{ apiVersion: 'metallb.io/v1beta1', kind: 'IPAddressPool', metadata: meta('mine', 'metallb') },
  spec: { addresses: ['203.0.113.0/28'] },
};
const advertisement: Editable = {
  ...{ apiVersion: 'metallb.io/v1beta1', kind: 'BGPAdvertisement', metadata: meta('mine', 'metallb') },
  spec: { ipAddressPools: ['mine'] },
};
const peerOf = (name: string, fields: object): Editable => ({
  ...{ apiVersion: 'metallb.io/v1beta2', kind: 'BGPPeer', metadata: meta(name, 'metallb') },
  spec: { myASN: 4259840003, peerASN: 65010, ...fields },
});
const serviceOf = (name: string, annotations: Record<string, string>, fields: object = {}): Editable => ({
  ...{ ...core, kind: 'Service', metadata: { ...meta(name), annotations } },
  spec: { ...vip, selector: {}, ...fields },
});
const asksFor = { 'metallb.io/address-pool': 'mine', 'metallb.io/loadBalancerIPs': '203.0.113.1' };

const ofUser: Component[] = [
  withObjects('a ConfigMap', { ...core, kind: 'ConfigMap', metadata: meta('mine'), data: { a: 'b' } }),
  withObjects('a ServiceAccount', { ...core, kind: 'ServiceAccount', metadata: meta('mine') }),
  withObjects('a monitor', {
    ...{ apiVersion: 'monitoring.coreos.com/v1', kind: 'PodMonitor', metadata: meta('mine') },
    spec: { selector: { matchLabels: { app: 'meshrr-evpnrs' } }, podMetricsEndpoints: [{ port: 'agent' }] },
  }),
  withObjects('a policy of another application', {
    ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: meta('mine') },
    spec: { podSelector: { matchLabels: { app: 'mine' } }, policyTypes: ['Egress'], egress: [{}] },
  }),
  withObjects('metrics of all pods let in', {
    ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: meta('mine') },
    spec: {
      podSelector: { matchLabels: { app: 'meshrr-evpnrs' } },
      policyTypes: ['Ingress'],
      ingress: [{ ports: [{ protocol: 'TCP', port: 8179 }] }],
    },
  }),
  withObjects('a Service of one side for people', {
    ...{ ...core, kind: 'Service', metadata: meta('metrics') },
    spec: { selector: { app: 'meshrr-evpnrs', side: 'a' }, ports: [{ port: 8179, targetPort: 'agent' }] },
  }),
  withObjects('a Service of another class', serviceOf('mine', {}, { loadBalancerClass: 'service.k8s.aws/nlb' })),
  withObjects('a Service by the old annotations', pool, advertisement, {
    ...serviceOf('mine', {
      'metallb.universe.tf/address-pool': 'mine',
      'metallb.universe.tf/loadBalancerIPs': '203.0.113.1',
    }),
  }),
  withObjects(
    'two Services that share an address',
    ...[pool, advertisement],
    serviceOf('one', { ...asksFor, 'metallb.io/allow-shared-ip': 'mine' }),
    serviceOf(
      'two',
      { ...asksFor, 'metallb.universe.tf/allow-shared-ip': 'mine' },
      { ports: [{ port: 53, protocol: 'UDP' }] },
    ),
  ),
  withObjects('a router that is directly attached', peerOf('mine', { peerAddress: '192.0.2.1' })),
  withObjects(
    'the same address in a VRF',
    peerOf('one', { peerAddress: '192.0.2.1' }),
    peerOf('two', { peerAddress: '192.0.2.1', vrf: 'red' }),
  ),
  withObjects('another AS in a VRF', peerOf('mine', { peerAddress: '192.0.2.1', vrf: 'red', myASN: 64999 })),
  withObjects('two interfaces', peerOf('one', { interface: 'eth1' }), peerOf('two', { interface: 'eth2' })),
  withObjects(
    'an AS that is learnt',
    peerOf('mine', { peerAddress: '192.0.2.1', peerASN: undefined, dynamicASN: 'external' }),
  ),
  withObjects(
    'the same address on nodes of their own',
    peerOf('one', { peerAddress: '192.0.2.1', nodeSelectors: [{ matchLabels: { side: 'a' } }] }),
    peerOf('two', { peerAddress: '192.0.2.1', nodeSelectors: [{ matchLabels: { side: 'b' } }] }),
  ),
  withObjects(
    'the same address in racks of their own',
    peerOf('one', { peerAddress: '192.0.2.1', nodeSelectors: [{ matchLabels: { rack: 'one' } }] }),
    peerOf('two', { peerAddress: '192.0.2.1', nodeSelectors: [{ matchLabels: { rack: 'two' } }] }),
  ),
  withObjects('more of FRR for the same AS', {
    ...{ apiVersion: 'frrk8s.metallb.io/v1beta1', kind: 'FRRConfiguration', metadata: meta('mine', 'metallb') },
    spec: {
      bgp: {
        routers: [
          {
            asn: 4259840003,
            neighbors: [{ asn: 65010, address: '192.0.2.1', passwordSecret: { name: 'mine' } }],
          },
          { asn: 65011, vrf: 'red' },
        ],
      },
    },
  }),
];

export const welcome: readonly Component[] = [...ofStatefulSet, ...others, ...ofUser];
