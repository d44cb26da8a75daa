import { add, key, replace, rowsOf, type Component, type Row } from './patch.ts';
import { welcomeObjects } from './welcome-objects.ts';

/* What a component does without asking, and no rule may say a word. The engine is container 0, the agent init container 1. */

const spec = '/spec/template/spec';
const engine = `${spec}/containers/0`;
const agent = `${spec}/initContainers/1`;
const nodeTerm = `${spec}/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/0`;
const ofPods = (name: string): string => `/spec/template/metadata/annotations/${key(name)}`;
const annotation = (name: string): string => `/metadata/annotations/${key(name)}`;

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
  [
    'a toleration with a time, behind one without',
    add(`${spec}/tolerations/-`, { operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 }),
  ],
  [
    'a toleration with a time, in front, of another taint',
    add(`${spec}/tolerations/0`, {
      key: 'node.kubernetes.io/unreachable',
      value: 'mine',
      effect: 'NoExecute',
      tolerationSeconds: 5,
    }),
  ],
  ['a toleration of everything, in front', add(`${spec}/tolerations/0`, { key: '', operator: 'Exists' })],
  [
    'a node affinity in other words',
    replace(`${nodeTerm}/matchExpressions/0`, { values: ['a'], operator: 'In', key: 'side' }),
    add(`${nodeTerm}/matchExpressions/-`, { key: 'kubernetes.io/os', operator: 'In', values: ['windows', 'linux'] }),
  ],
  [
    'nodes with enough of something',
    add(`${nodeTerm}/matchExpressions/-`, { key: 'cores', operator: 'Gt', values: ['8'] }),
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
  ['a port without a name', add(`${agent}/ports/-`, { containerPort: 9342 })],
  ['a port of another protocol', add(`${engine}/ports/-`, { containerPort: 179, protocol: 'UDP' })],
  ['the message of its end elsewhere', add(`${engine}/terminationMessagePath`, '/mine/message')],
  ['the message of its end where it is', add(`${engine}/terminationMessagePath`, '/dev/termination-log')],
  ['the labels of SELinux', add(`${spec}/securityContext/seLinuxOptions`, { level: 's0:c123,c456' })],
  ['a label of SELinux of its own', add(`${engine}/securityContext/seLinuxOptions`, { type: 'container_t' })],
  ['groups set where they differ', add(`${spec}/securityContext/fsGroupChangePolicy`, 'OnRootMismatch')],
  ['disk asked for', add(`${engine}/resources/requests/ephemeral-storage`, '1Gi')],
  ['a limit of disk with room', add(`${engine}/resources/limits/ephemeral-storage`, '2Gi')],
  ...(
    [
      ['openshift.io/required-scc', 'restricted-v2'],
      ['sidecar.istio.io/inject', 'false'],
      ['linkerd.io/inject', 'disabled'],
      ['vault.hashicorp.com/agent-inject', 'false'],
      ['instrumentation.opentelemetry.io/inject-java', 'false'],
      ['admission.datadoghq.com/enabled', 'false'],
      ['odigos-instrumentation', 'disabled'],
      ['example.com/rescheduled-by', 'nobody'],
      ['example.com/throughput-title', '9'],
    ] as const
  ).map(([name, value]): Row => [`${name}: ${value}`, add(ofPods(name), value)]),
  ['an application of its own', add('/metadata/labels/app', 'mine')],
  ['a port for a person', add(`${agent}/ports/-`, { name: 'metrics', containerPort: 9342 })],
  ['the end of the log as the reason', add(`${engine}/terminationMessagePolicy`, 'FallbackToLogsOnError')],
  [
    "the company's certificates",
    add(`${spec}/volumes/-`, { name: 'certificates', configMap: { name: 'certificates', optional: true } }),
    add(`${agent}/volumeMounts/-`, { name: 'certificates', mountPath: '/etc/ssl/certs', readOnly: true }),
  ],
  [
    'a volume of several parts',
    add(`${spec}/volumes/-`, {
      name: 'mine',
      projected: {
        sources: [
          { serviceAccountToken: { path: 'token', audience: 'mine' } },
          { downwardAPI: { items: [] } },
          { clusterTrustBundle: { name: 'mine', path: 'ca.pem', optional: true } },
        ],
      },
    }),
    add(`${engine}/volumeMounts/-`, { name: 'mine', mountPath: '/mine' }),
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
  ...rowsOf('ConfigMap', 'routeserver-a-settings', [['an application', add('/metadata/labels/app', 'meshrr-evpnrs')]]),
  ...rowsOf('ServiceAccount', 'meshrr-evpnrs', [
    ['an application', add('/metadata/labels/app', 'mine')],
    ['a side of something else', add('/metadata/labels/side', 'left')],
  ]),
  ...rowsOf('Namespace', 'meshrr', [
    ['no mesh of services', add('/metadata/labels/istio-injection', 'disabled')],
    ['an application', add('/metadata/labels/app', 'mine')],
  ]),
  ...rowsOf('Service', 'meshrr-core', [['a label', add('/metadata/labels/team', 'dci')]]),
  ...rowsOf('PodDisruptionBudget', 'meshrr-evpnrs', [['an annotation', add(annotation('example.com/owner'), 'dci')]]),
  ...rowsOf('Pod', 'routeserver-b-gate', [
    ['a toleration', add('/spec/tolerations', [dedicated])],
    [
      'away from a node that is not ready after 300 s',
      add('/spec/tolerations', [
        { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
      ]),
    ],
    [
      'away from any node after a minute',
      add('/spec/tolerations', [{ operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 }]),
    ],
    ['a node selector', add('/spec/nodeSelector', { 'kubernetes.io/os': 'linux' })],
    ['a pull secret', add('/spec/imagePullSecrets', [{ name: 'mirror' }])],
    ['a priority class', add('/spec/priorityClassName', 'network')],
    ['more memory', replace('/spec/containers/0/resources/limits/memory', '256Mi')],
    ['an image of a mirror', replace('/spec/containers/0/image', 'mirror.example.com/mesh-agent:0.1.0')],
    ['a variable', add('/spec/containers/0/env/-', { name: 'TZ', value: 'UTC' })],
    ['a label', add('/metadata/labels/team', 'dci')],
  ]),
  ...rowsOf('Pod', 'meshrr-evpnrs-begin-turn', [
    [
      'away from a node that nobody sees after 30 s',
      add('/spec/tolerations', [
        { key: 'node.kubernetes.io/unreachable', operator: 'Exists', tolerationSeconds: 30, effect: 'NoExecute' },
      ]),
    ],
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
    ["a container of the user's", add('/spec/ingress/-', { ports: [{ port: 9342 }, { port: 'metrics' }] })],
    ['the metrics by their name', add('/spec/ingress/-', { ports: [{ protocol: 'TCP', port: 'agent' }] })],
    ['a range without our ports', add('/spec/ingress/-', { ports: [{ port: 8181, endPort: 9999 }] })],
    ['shells elsewhere', add('/spec/egress/-', { ports: [{ port: 22 }] })],
    ['time servers', add('/spec/egress/-', { ports: [{ protocol: 'UDP', port: 123 }] })],
  ]),
  ...rowsOf('BGPPeer', 'routeserver-a-fabric', [
    ['a longer hold time', replace('/spec/holdTime', '1m30s')],
    ['a hold time with a fraction and a sign', replace('/spec/holdTime', '+1.5m')],
    ['a hold time in milliseconds', replace('/spec/holdTime', '9000ms')],
    ['the shortest hold time', replace('/spec/holdTime', '3s')],
    ['a keepalive time', add('/spec/keepaliveTime', '3s')],
    ['a connect time', add('/spec/connectTime', '5s')],
  ]),
  ...rowsOf('BFDProfile', 'routeserver-a', [['slower', replace('/spec/receiveInterval', 300)]], 'two-positions'),
  ...rowsOf(
    'BGPAdvertisement',
    'routeserver-a',
    [['a community more', add('/spec/communities/-', '65000:100')]],
    'peer-scope-global',
  ),
  ...rowsOf('BGPAdvertisement', 'routeserver-a', [
    ['a community more', add('/spec/communities/-', '65000:100')],
    ['a community with a zero in front', add('/spec/communities/-', '064512:1')],
    ['a large community', add('/spec/communities/-', 'large:65000:0:1')],
    ['a preference', add('/spec/localPref', 200)],
  ]),
];

export const welcome: readonly Component[] = [...ofStatefulSet, ...others, ...welcomeObjects];
