import { add, key, remove, replace, rowsOf, type Component, type Operation } from './patch.ts';

/* What meshrs cannot decide, or what few people mean: a finding until the object says why. */

const spec = '/spec/template/spec';
const engine = `${spec}/containers/0`;
const agent = `${spec}/initContainers/1`;
const nodeTerm = `${spec}/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/0`;
const annotation = (name: string): string => `/metadata/annotations/${key(name)}`;
const restricted = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };

type Row = readonly [what: string, field: string, ...operations: Operation[]];

/** A change, and the field that the finding names; `#` stands for the hash of an element. */
export interface WordedComponent extends Component {
  readonly field: string | undefined;
  /** The rule that asks for it; `changed-fields` when left out. */
  readonly rule?: string;
}

function wordedRows(kind: string, name: string, rows: readonly Row[], base?: string): WordedComponent[] {
  return rows.flatMap(([what, field, ...operations]) =>
    rowsOf(kind, name, [[what, ...operations]], base).map((component) => ({ ...component, field })),
  );
}

const volumes: readonly Row[] = (
  [
    ['a claim', { persistentVolumeClaim: { claimName: 'mine' } }],
    ['a claim of its own', { ephemeral: { volumeClaimTemplate: { spec: {} } } }],
    ['a driver', { csi: { driver: 'secrets-store.csi.k8s.io', readOnly: true } }],
    ['a folder in memory', { emptyDir: { medium: 'Memory' } }],
    ['a folder with an end', { emptyDir: { sizeLimit: '10Mi' } }],
    [
      'a bundle that nobody may have made',
      { projected: { sources: [{ clusterTrustBundle: { name: 'mine', path: 'x' } }] } },
    ],
    [
      'bundles of a signer',
      { projected: { sources: [{ clusterTrustBundle: { signerName: 'example.com/x', path: 'x', optional: false } }] } },
    ],
    [
      'a certificate that nobody may sign',
      {
        projected: {
          sources: [
            { serviceAccountToken: { path: 'token' } },
            { podCertificate: { signerName: 'example.com/x', keyType: 'ED25519', credentialBundlePath: 'x' } },
          ],
        },
      },
    ],
  ] as const
).map(([what, source]) => [
  what,
  'spec.template.spec.volumes.mine',
  add(`${spec}/volumes/-`, { name: 'mine', ...source }),
]);

/** By which programs end pods, put containers into them, or make them anew. */
const ofPrograms: readonly Row[] = [
  ...(
    [
      ['downscaler/downtime', 'Mon-Fri 20:00-24:00 UTC'],
      ['downscaler/exclude', 'true'],
      ['janitor/ttl', '7d'],
      ['wave.pusher.com/update-on-config-change', 'true'],
      ['goldilocks.fairwinds.com/enabled', 'true'],
      ['example.com/ttl', '1h'],
      ['uptime', 'Mon-Fri 08:00-20:00 UTC'],
      ['hpa.autoscaling.banzaicloud.io/maxReplicas', '3'],
      ['kube-ns-suspender/desiredState', 'Suspended'],
      ['spotinst.io/restrict-scale-down', 'false'],
      ['seal/enabled', 'true'],
      ['example.com/shutdown-schedule', '0 20 * * *'],
      ['company/sleepAfter', '20:00'],
      ['expire-on', '2027-01-01'],
      ['cleanup-TTL', '1h'],
      ['chaos-mesh.org/inject', 'enabled'],
    ] as const
  ).map(([name, value]): Row => [
    `${name} of the object`,
    `metadata.annotations${inPath(name)}`,
    add(annotation(name), value),
  ]),
  ...(
    [
      ['sidecar.opentelemetry.io/inject', 'true'],
      ['instrumentation.opentelemetry.io/inject-java', 'true'],
      ['oneagent.dynatrace.com/inject', 'true'],
      ['admission.datadoghq.com/enabled', 'true'],
      ['example.com/injectAgent', 'yes'],
      ['vault.security.banzaicloud.io/vault-addr', 'https://vault.example.com'],
      ['autoscaling.example.com/enabled', 'true'],
      ['pre.hook.backup.velero.io/command', '["/bin/true"]'],
    ] as const
  ).map(([name, value]): Row => [
    `${name} of the pods`,
    `spec.template.metadata.annotations${inPath(name)}`,
    add(`/spec/template/metadata/annotations/${key(name)}`, value),
  ]),
  ...(
    [
      ['kube-monkey/enabled', 'enabled'],
      ['instana-autotrace', 'true'],
      ['odigos-instrumentation', 'enabled'],
    ] as const
  ).map(([name, value]): Row => [
    `${name} of the pods`,
    `spec.template.metadata.labels${inPath(name)}`,
    add(`/spec/template/metadata/labels/${key(name)}`, value),
  ]),
];

function inPath(name: string): string {
  return /^[\w-]+$/.test(name) ? `.${name}` : `["${name}"]`;
}

/** What a name stands for stands elsewhere. */
const aliases: readonly WordedComponent[] = (
  [
    ['of its own', '65000:1'],
    ['of a well-known community', '65535:666'],
    ['of a large community', 'large:65000:0:1'],
  ] as const
).map(([what, value]) => ({
  what: `BGPAdvertisement: an alias ${what}`,
  field: 'spec.communities.mine',
  patches: [{ kind: 'BGPAdvertisement', name: 'routeserver-a', operations: [add('/spec/communities/-', 'mine')] }],
  resources: [
    {
      ...{ apiVersion: 'metallb.io/v1beta1', kind: 'Community', metadata: { name: 'mine', namespace: 'metallb' } },
      spec: { communities: [{ name: 'mine', value }] },
    },
  ],
}));

/** Of the user's own policies the whole object has the word. */
const policies: readonly WordedComponent[] = (
  [
    ['lets anybody dial BGP', { ingress: [{ ports: [{ port: 179 }] }] }],
    ['lets anybody in', { ingress: [{}] }],
    [
      'lets a namespace reach the probes',
      { ingress: [{ ports: [{ port: 8180 }], from: [{ namespaceSelector: {} }] }] },
    ],
    ['lets route servers dial anybody', { policyTypes: ['Egress'], egress: [{ ports: [{ port: 1, endPort: 200 }] }] }],
    ['of all pods lets anybody in', { podSelector: {}, ingress: [{ ports: [{ port: 22 }] }] }],
  ] as const
).map(([what, spec]) => ({
  what: `a NetworkPolicy ${what}`,
  rule: 'ports-closed',
  field: undefined,
  patches: [],
  resources: [
    {
      ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'mine', namespace: 'meshrr' } },
      spec: { podSelector: { matchLabels: { app: 'meshrr-evpnrs' } }, ...spec },
    },
  ],
}));

export const withAWord: readonly WordedComponent[] = [
  ...aliases,
  ...policies,
  ...wordedRows('StatefulSet', 'routeserver-a', [
    [
      'another image',
      'spec.template.spec.containers.frr.image',
      replace(`${engine}/image`, 'quay.io/frrouting/frr:10.4.1'),
    ],
    [
      'images never pulled',
      'spec.template.spec.containers.frr.imagePullPolicy',
      add(`${engine}/imagePullPolicy`, 'Never'),
    ],
    [
      'one more container',
      'spec.template.spec.containers.exporter',
      add(`${spec}/containers/-`, { name: 'exporter', image: 'exporter', securityContext: restricted }),
    ],
    [
      'one more init container',
      'spec.template.spec.initContainers.wait',
      add(`${spec}/initContainers/0`, { name: 'wait', image: 'wait', securityContext: restricted }),
    ],
    [
      'pinned to a node',
      'spec.template.spec.nodeSelector["kubernetes.io/hostname"]',
      add(`${spec}/nodeSelector`, { 'kubernetes.io/hostname': 'kube1' }),
    ],
    [
      'pinned to nodes by affinity',
      'spec.template.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms["#"]',
      add(`${nodeTerm}/matchExpressions/-`, {
        ...{ key: 'kubernetes.io/hostname', operator: 'In', values: ['kube1', 'kube2'] },
      }),
    ],
    [
      'pinned to a node by its name',
      'spec.template.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms["#"]',
      add(`${nodeTerm}/matchFields`, [{ key: 'metadata.name', operator: 'In', values: ['kube1'] }]),
    ],
    [
      'names of its own',
      'spec.template.spec.hostAliases["#"]',
      add(`${spec}/hostAliases`, [{ ip: '192.0.2.1', hostnames: ['x'] }]),
    ],
    ['other DNS', 'spec.template.spec.dnsPolicy', add(`${spec}/dnsPolicy`, 'Default')],
    [
      'options of DNS',
      'spec.template.spec.dnsConfig.options.ndots',
      add(`${spec}/dnsConfig`, { options: [{ name: 'ndots', value: '1' }] }),
    ],
    ['another scheduler', 'spec.template.spec.schedulerName', add(`${spec}/schedulerName`, 'mine')],
    ['another runtime', 'spec.template.spec.runtimeClassName', add(`${spec}/runtimeClassName`, 'kata')],
    ['one process namespace', 'spec.template.spec.shareProcessNamespace', add(`${spec}/shareProcessNamespace`, true)],
    [
      'little CPU',
      'spec.template.spec.containers.frr.resources.limits.cpu',
      add(`${engine}/resources/limits/cpu`, '600m'),
    ],
    [
      'less memory asked for',
      'spec.template.spec.containers.frr.resources.requests.memory',
      replace(`${engine}/resources/requests/memory`, '128Mi'),
    ],
    [
      'less CPU asked for',
      'spec.template.spec.containers.frr.resources.requests.cpu',
      replace(`${engine}/resources/requests/cpu`, '100m'),
    ],
    [
      'little disk',
      'spec.template.spec.containers.frr.resources.limits.ephemeral-storage',
      add(`${engine}/resources/limits/ephemeral-storage`, '100Mi'),
    ],
    ...volumes,
    [
      'the message of its end over a program',
      'spec.template.spec.containers.frr.terminationMessagePath',
      add(`${engine}/terminationMessagePath`, '/usr/lib/frr/bgpd'),
    ],
    [
      'the message of its end over a file of the configuration',
      'spec.template.spec.containers.frr.terminationMessagePath',
      add(`${engine}/terminationMessagePath`, '/config/../config/frr.conf'),
    ],
    [
      'a folder over programs, by a detour',
      'spec.template.spec.containers.frr.volumeMounts["/mine/../usr/lib/frr"]',
      add(`${spec}/volumes/-`, { name: 'mine', emptyDir: {} }),
      add(`${engine}/volumeMounts/-`, { name: 'mine', mountPath: '/mine/../usr/lib/frr' }),
    ],
    ['fewer revisions', 'spec.revisionHistoryLimit', add('/spec/revisionHistoryLimit', 2)],
    ...ofPrograms,
    [
      'options of Node',
      'spec.template.spec.initContainers.meshrr.env.NODE_OPTIONS',
      add(`${agent}/env/-`, { name: 'NODE_OPTIONS', value: '--inspect' }),
    ],
    ...(
      [
        ['MALLOC_ARENA_MAX', '1'],
        ['GLIBC_TUNABLES', 'glibc.malloc.check=3'],
        ['OPENSSL_CONF', '/mine/openssl.cnf'],
        ['BASH_ENV', '/mine/env'],
        ['SSL_CERT_FILE', '/mine/ca.pem'],
      ] as const
    ).map(([name, value]): Row => [
      `${name} of the engine`,
      `spec.template.spec.containers.frr.env.${name}`,
      add(`${engine}/env`, [{ name, value }]),
    ]),
    [
      'a library before all others',
      'spec.template.spec.containers.frr.env.LD_PRELOAD',
      add(`${engine}/env`, [{ name: 'LD_PRELOAD', value: '/mine/x.so' }]),
    ],
    [
      'variables of a ConfigMap',
      'spec.template.spec.containers.frr.envFrom["#"]',
      add(`${engine}/envFrom`, [{ configMapRef: { name: 'mine', optional: true } }]),
    ],
    [
      'a folder over programs',
      'spec.template.spec.containers.frr.volumeMounts["/usr/lib/frr"]',
      add(`${spec}/volumes/-`, { name: 'mine', emptyDir: {} }),
      add(`${engine}/volumeMounts/-`, { name: 'mine', mountPath: '/usr/lib/frr' }),
    ],
    [
      'spread over racks whatever comes',
      'spec.template.spec.topologySpreadConstraints["#"]',
      add(`${spec}/topologySpreadConstraints`, [
        { maxSkew: 1, topologyKey: 'example.com/rack', whenUnsatisfiable: 'DoNotSchedule' },
      ]),
    ],
    [
      'a second network',
      'spec.template.metadata.annotations["k8s.v1.cni.cncf.io/networks"]',
      add(`/spec/template/metadata/annotations/${key('k8s.v1.cni.cncf.io/networks')}`, 'fast'),
    ],
    [
      'a mesh of services',
      'spec.template.metadata.annotations["linkerd.io/inject"]',
      add(`/spec/template/metadata/annotations/${key('linkerd.io/inject')}`, 'enabled'),
    ],
    [
      'restarts by a program',
      'metadata.annotations["reloader.stakater.com/auto"]',
      add(annotation('reloader.stakater.com/auto'), 'true'),
    ],
    [
      'what becomes of volumes',
      'spec.persistentVolumeClaimRetentionPolicy.whenDeleted',
      add('/spec/persistentVolumeClaimRetentionPolicy', { whenDeleted: 'Delete' }),
    ],
    [
      'no longer named as ours',
      'metadata.labels["app.kubernetes.io/part-of"]',
      remove(`/metadata/labels/${key('app.kubernetes.io/part-of')}`),
    ],
  ]),
  // Of all sides at once.
  ...wordedRows(
    'BGPPeer',
    'fabric',
    [
      ['a longer hold time', 'spec.holdTime', replace('/spec/holdTime', '1m30s')],
      ['a keepalive time', 'spec.keepaliveTime', add('/spec/keepaliveTime', '1s')],
      ['a connect time', 'spec.connectTime', add('/spec/connectTime', '5s')],
      ['no BFD', 'spec.bfdProfile', remove('/spec/bfdProfile')],
    ],
    'peer-scope-global',
  ),
  ...wordedRows(
    'BFDProfile',
    'meshrs',
    [
      ['slower', 'spec.receiveInterval', replace('/spec/receiveInterval', 300)],
      ['more patient', 'spec.detectMultiplier', replace('/spec/detectMultiplier', 5)],
    ],
    'peer-scope-global',
  ),
  ...wordedRows('Service', 'routeserver-a', [
    ['clients that stick', 'spec.sessionAffinity', add('/spec/sessionAffinity', 'ClientIP')],
    [
      'a port more',
      'spec.ports.metrics',
      add('/spec/ports/-', { name: 'metrics', port: 8179, targetPort: 'agent', protocol: 'TCP' }),
    ],
    [
      'a cloud',
      'metadata.annotations["service.beta.kubernetes.io/aws-load-balancer-type"]',
      add(annotation('service.beta.kubernetes.io/aws-load-balancer-type'), 'nlb'),
    ],
  ]),
  ...wordedRows('Pod', 'routeserver-b-gate', [
    ['on nodes of one side', 'spec.nodeSelector.side', add('/spec/nodeSelector', { side: 'b' })],
  ]),
  ...wordedRows('Role', 'meshrr-evpnrs', [
    ['more rights', 'rules["#"]', add('/rules/-', { apiGroups: [''], resources: ['pods'], verbs: ['list'] })],
  ]),
  ...wordedRows('RoleBinding', 'meshrr-evpnrs', [
    ['one more bound', 'subjects.mine', add('/subjects/-', { kind: 'ServiceAccount', name: 'mine' })],
  ]),
  ...wordedRows('ServiceAccount', 'meshrr-evpnrs', [
    ['its token in all pods', 'automountServiceAccountToken', replace('/automountServiceAccountToken', true)],
  ]),
  ...wordedRows('Namespace', 'meshrr', [
    [
      'any pod',
      'metadata.labels["pod-security.kubernetes.io/enforce"]',
      replace(`/metadata/labels/${key('pod-security.kubernetes.io/enforce')}`, 'privileged'),
    ],
    ['a mesh of services', 'metadata.labels.istio-injection', add('/metadata/labels/istio-injection', 'enabled')],
  ]),
  ...wordedRows('NetworkPolicy', 'routeserver-a', [
    ['everything in', 'spec.ingress["#"]', add('/spec/ingress/-', {})],
    ['BGP from anywhere', 'spec.ingress["#"]', add('/spec/ingress/-', { ports: [{ port: 100, endPort: 200 }] })],
    ['everything out', 'spec.egress["#"]', add('/spec/egress/-', {})],
    ['the probes of the kubelet', 'spec.ingress["#"]', add('/spec/ingress/-', { ports: [{ port: 8180 }] })],
    ['the probes by their name', 'spec.ingress["#"]', add('/spec/ingress/-', { ports: [{ port: 'probes' }] })],
    ['SSH from anywhere', 'spec.ingress["#"]', add('/spec/ingress/-', { ports: [{ protocol: 'TCP', port: 22 }] })],
    ['NETCONF from anywhere', 'spec.ingress["#"]', add('/spec/ingress/-', { ports: [{ port: 8179 }, { port: 830 }] })],
    ['all ports of TCP', 'spec.ingress["#"]', add('/spec/ingress/-', { ports: [{ protocol: 'TCP' }] })],
    ['sessions by their name', 'spec.egress["#"]', add('/spec/egress/-', { ports: [{ port: 'bgp' }] })],
  ]),
  ...wordedRows('ConfigMap', 'routeserver-a-settings', [
    ['a file more', 'data["mine.yml"]', add('/data/mine.yml', 'x')],
  ]),
  ...wordedRows('BGPPeer', 'routeserver-a-fabric', [
    ['graceful restart', 'spec.enableGracefulRestart', add('/spec/enableGracefulRestart', true)],
    ['a source address', 'spec.sourceAddress', add('/spec/sourceAddress', '192.0.2.1')],
    ['a hold time of an hour', 'spec.holdTime', replace('/spec/holdTime', '1h')],
  ]),
  ...wordedRows('BGPAdvertisement', 'routeserver-a', [
    ['kept by the first router', 'spec.communities["65535:65282"]', add('/spec/communities/-', '65535:65282')],
    [
      'a well-known community with a zero in front',
      'spec.communities["065535:666"]',
      add('/spec/communities/-', '065535:666'),
    ],
    ['dropped by every router', 'spec.communities["65535:666"]', add('/spec/communities/-', '65535:666')],
    ['without its community', 'spec.communities', remove('/spec/communities')],
  ]),
];
