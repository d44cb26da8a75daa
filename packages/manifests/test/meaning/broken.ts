import { brokenOfMetallb } from './broken-metallb.ts';
import { brokenObjects } from './broken-objects.ts';
import { add, brokenRows, key, remove, replace, type BrokenComponent } from './patch.ts';

/*
 * What breaks the promise that each client keeps a session on the other side, or takes away what it rests on. No word lets one of
 * these through. The engine is container 0, the agent init container 1.
 */

const spec = '/spec/template/spec';
const engine = `${spec}/containers/0`;
const agent = `${spec}/initContainers/1`;
const nodeTerm = `${spec}/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/0`;
const antiAffinity = `${spec}/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution/0/labelSelector`;
const annotation = (name: string): string => `/metadata/annotations/${key(name)}`;

const enforced = `/metadata/labels/${key('pod-security.kubernetes.io/enforce')}`;

const restricted = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
};

const ofStatefulSet = brokenRows('StatefulSet', 'routeserver-a', [
  ['no preStop', 'kept-fields', remove(`${engine}/lifecycle`)],
  [
    'a preStop that waits for nobody',
    'kept-fields',
    replace(`${engine}/lifecycle/preStop/exec/command`, ['/bin/true']),
  ],
  ['a grace period of 5 s', 'kept-fields', replace(`${spec}/terminationGracePeriodSeconds`, 5)],
  ['no grace period', 'kept-fields', remove(`${spec}/terminationGracePeriodSeconds`)],
  ['OnDelete', 'kept-fields', replace('/spec/updateStrategy/type', 'OnDelete')],
  ['a roll-out that stops at a partition', 'kept-fields', add('/spec/updateStrategy/rollingUpdate', { partition: 1 })],
  ['no minReadySeconds', 'kept-fields', remove('/spec/minReadySeconds')],
  ['no replicas', 'kept-fields', replace('/spec/replicas', 0)],
  ['more replicas', 'kept-fields', replace('/spec/replicas', 3)],
  ['one after the other', 'kept-fields', replace('/spec/podManagementPolicy', 'OrderedReady')],
  ['another governing Service', 'kept-fields', replace('/spec/serviceName', 'routeserver-a')],
  ['on the network of its node', 'kept-fields', add(`${spec}/hostNetwork`, true)],
  ['in the process namespace of its node', 'kept-fields', add(`${spec}/hostPID`, true)],
  ['no readiness probe', 'kept-fields', remove(`${agent}/readinessProbe`)],
  ['ready as soon as it is alive', 'kept-fields', replace(`${agent}/readinessProbe/httpGet/path`, '/healthz')],
  [
    'a readiness probe of the engine, too',
    'kept-fields',
    add(`${engine}/readinessProbe`, { tcpSocket: { port: 179 } }),
  ],
  ['a readiness gate', 'kept-fields', add(`${spec}/readinessGates`, [{ conditionType: 'example.com/ok' }])],
  ['a liveness probe that kills at once', 'kept-fields', replace(`${engine}/livenessProbe/failureThreshold`, 1)],
  ['a startup probe', 'kept-fields', add(`${agent}/startupProbe`, { httpGet: { path: '/readyz', port: 'probes' } })],
  ['the agent as an ordinary init container', 'kept-fields', remove(`${agent}/restartPolicy`)],
  ['no agent', 'kept-fields', remove(agent)],
  ['other arguments of the agent', 'kept-fields', replace(`${agent}/args`, ['init'])],
  ['another program as the engine', 'kept-fields', replace(`${engine}/command`, ['/bin/sleep', 'infinity'])],
  ['a privileged engine', 'kept-fields', add(`${engine}/securityContext/privileged`, true)],
  ['an engine as root', 'kept-fields', replace(`${spec}/securityContext/runAsUser`, 0)],
  ['a writable root file system', 'kept-fields', replace(`${engine}/securityContext/readOnlyRootFilesystem`, false)],
  ['a capability', 'kept-fields', add(`${engine}/securityContext/capabilities/add`, ['NET_ADMIN'])],
  ['no sysctl for port 179', 'kept-fields', remove(`${spec}/securityContext/sysctls`)],
  ['less memory', 'kept-fields', replace(`${engine}/resources/limits/memory`, '256Mi')],
  ['no memory limit for the agent', 'kept-fields', remove(`${agent}/resources/limits`)],
  ['more memory asked for than there may be', 'changed-fields', replace(`${agent}/resources/requests/memory`, '1Gi')],
  ['less CPU than is asked for', 'changed-fields', add(`${engine}/resources/limits/cpu`, '100m')],
  [
    'another address of its own',
    'kept-fields',
    replace(`${agent}/env/0/valueFrom/fieldRef/fieldPath`, 'status.hostIP'),
  ],
  ['a second POD_IP', 'changed-fields', add(`${agent}/env/-`, { name: 'POD_IP', value: '192.0.2.1' })],
  ['another mode of the agent', 'changed-fields', add(`${agent}/env/-`, { name: 'MESHRR_MODE', value: 'ipv4rr' })],
  ['no turn to close', 'kept-fields', remove(`${agent}/env/3`)],
  ['no tolerations', 'kept-fields', remove(`${spec}/tolerations`)],
  [
    'away from a node that is not seen for 30 s',
    'changed-fields',
    add(`${spec}/tolerations/0`, {
      key: 'node.kubernetes.io/unreachable',
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: 30,
    }),
  ],
  [
    'away from any node for 60 s',
    'changed-fields',
    add(`${spec}/tolerations/0`, { operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 }),
  ],
  [
    'away from any node for 60 s, by an empty key',
    'changed-fields',
    add(`${spec}/tolerations/1`, { key: '', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 }),
  ],
  [
    'away from a node that is not ready at once',
    'changed-fields',
    add(`${spec}/tolerations/0`, { key: 'node.kubernetes.io/not-ready', effect: 'NoExecute', tolerationSeconds: 0 }),
  ],
  [
    'a time for what evicts nobody',
    'changed-fields',
    add(`${spec}/tolerations/-`, { key: 'dedicated', operator: 'Exists', effect: 'NoSchedule', tolerationSeconds: 60 }),
  ],
  ['no key', 'changed-fields', add(`${spec}/tolerations/-`, { value: 'network', effect: 'NoSchedule' })],
  [
    'nodes of no side',
    'changed-fields',
    add(`${nodeTerm}/matchExpressions/-`, { key: 'side', operator: 'NotIn', values: ['a'] }),
  ],
  [
    'nodes without the label',
    'changed-fields',
    add(`${nodeTerm}/matchExpressions/-`, { key: 'side', operator: 'DoesNotExist' }),
  ],
  [
    'nodes of Windows',
    'changed-fields',
    add(`${nodeTerm}/matchExpressions/-`, { key: 'kubernetes.io/os', operator: 'In', values: ['windows'] }),
  ],
  [
    'nodes of anything but Linux',
    'changed-fields',
    add(`${nodeTerm}/matchExpressions/-`, { key: 'kubernetes.io/os', operator: 'NotIn', values: ['linux'] }),
  ],
  [
    'nodes with a number for a side',
    'changed-fields',
    add(`${nodeTerm}/matchExpressions/-`, { key: 'side', operator: 'Gt', values: ['1'] }),
  ],
  [
    'nodes with and without a label',
    'changed-fields',
    add(`${nodeTerm}/matchExpressions/-`, { key: 'pool', operator: 'DoesNotExist' }),
    add(`${nodeTerm}/matchExpressions/-`, { key: 'pool', operator: 'Exists' }),
  ],
  [
    'a node selector that its affinity shuts out',
    'changed-fields',
    add(`${spec}/nodeSelector`, { pool: 'network' }),
    add(`${nodeTerm}/matchExpressions/-`, { key: 'pool', operator: 'NotIn', values: ['network'] }),
  ],
  ["on the other side's nodes", 'changed-fields', add(`${spec}/nodeSelector`, { side: 'b' })],
  ['on Windows', 'changed-fields', add(`${spec}/nodeSelector`, { 'kubernetes.io/os': 'windows' })],
  ['no node affinity', 'side-affinity', remove(`${spec}/affinity/nodeAffinity`)],
  ['no anti-affinity', 'side-affinity', remove(`${spec}/affinity/podAntiAffinity`)],
  [
    'apart from the pods of another namespace',
    'side-affinity',
    add(`${spec}/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution/0/namespaces`, ['other']),
  ],
  [
    'nodes of either side',
    'side-affinity',
    add(
      `${spec}/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/0/matchExpressions/0/values/-`,
      'b',
    ),
  ],
  ['a deadline', 'kept-fields', add(`${spec}/activeDeadlineSeconds`, 3600)],
  ['another account', 'kept-fields', replace(`${spec}/serviceAccountName`, 'default')],
  ['the label of the other side', 'side-affinity', replace('/spec/template/metadata/labels/side', 'b')],
  ['settings from elsewhere', 'kept-fields', replace(`${spec}/volumes/0`, { name: 'settings', emptyDir: {} })],
  ['no folder of requests', 'kept-fields', remove(`${engine}/volumeMounts/3`)],
  [
    'a folder over all that is mounted',
    'changed-fields',
    add(`${agent}/volumeMounts/-`, { name: 'scratch', mountPath: '/opt/meshrr' }),
  ],
  ['a folder of the node', 'changed-fields', add(`${spec}/volumes/-`, { name: 'node', hostPath: { path: '/' } })],
  [
    'a port of the node',
    'changed-fields',
    add(`${engine}/ports/-`, { name: 'metrics', containerPort: 9342, hostPort: 9342 }),
  ],
  [
    'a container on the port of BGP',
    'changed-fields',
    add(`${spec}/containers/-`, {
      name: 'gobgp',
      image: 'gobgp',
      securityContext: restricted,
      ports: [{ containerPort: 179 }],
    }),
  ],
  [
    'a container with the port of BGP by its name',
    'changed-fields',
    add(`${spec}/containers/0`, {
      ...{ name: 'first', image: 'first', securityContext: restricted },
      ports: [{ name: 'bgp', containerPort: 1790 }],
    }),
  ],
  [
    'a container with the port of the probes, without a name',
    'changed-fields',
    add(`${spec}/containers/-`, {
      ...{ name: 'other', image: 'other', securityContext: restricted },
      ports: [{ containerPort: 8180 }],
    }),
  ],
  [
    'a container on a port of the node',
    'changed-fields',
    add(`${spec}/containers/-`, {
      ...{ name: 'other', image: 'other', securityContext: restricted },
      ports: [{ name: 'mine', containerPort: 9, hostPort: 9 }],
    }),
  ],
  [
    'the port of the agent by its name',
    'changed-fields',
    add(`${engine}/ports/-`, { name: 'agent', containerPort: 9179 }),
  ],
  ['the port of BGP without a name', 'changed-fields', add(`${agent}/ports/-`, { containerPort: 179 })],
  [
    'a port of the node without a name',
    'changed-fields',
    add(`${engine}/ports/-`, { containerPort: 9342, hostPort: 9342 }),
  ],
  [
    'a folder over the settings, in another spelling',
    'changed-fields',
    add(`${agent}/volumeMounts/-`, { name: 'scratch', mountPath: '/opt/meshrr/conf/' }),
  ],
  [
    'a folder over the configuration, by a detour',
    'changed-fields',
    add(`${engine}/volumeMounts/-`, { name: 'requests', mountPath: '/tmp/..//config' }),
  ],
  ['a folder over all', 'changed-fields', add(`${engine}/volumeMounts/-`, { name: 'requests', mountPath: '/..' })],
  ['a relative folder', 'changed-fields', add(`${engine}/volumeMounts/-`, { name: 'requests', mountPath: 'config' })],
  ["an end's message over the configuration", 'changed-fields', add(`${engine}/terminationMessagePath`, '/config')],
  [
    "an end's message over all that is mounted",
    'changed-fields',
    add(`${agent}/terminationMessagePath`, '/opt/meshrr/.'),
  ],
  [
    'a volume for each pod',
    'kept-fields',
    add('/spec/volumeClaimTemplates', [{ metadata: { name: 'state' }, spec: { accessModes: ['ReadWriteOnce'] } }]),
  ],
  [
    'SELinux options that nobody takes',
    'changed-fields',
    add(`${spec}/securityContext/seLinuxOptions`, { type: 'spc_t' }),
  ],
  ['a user of SELinux', 'changed-fields', add(`${engine}/securityContext/seLinuxOptions`, { user: 'system_u' })],
  ['no way of setting the group', 'changed-fields', add(`${spec}/securityContext/fsGroupChangePolicy`, 'Never')],
  ['another group', 'kept-fields', replace(`${spec}/securityContext/fsGroup`, 0)],
  [
    'more disk asked for than there may be',
    'changed-fields',
    add(`${engine}/resources/requests/ephemeral-storage`, '4Gi'),
    add(`${engine}/resources/limits/ephemeral-storage`, '2Gi'),
  ],
  ['pods without their application', 'kept-fields', replace('/spec/template/metadata/labels/app', 'mine')],
  [
    'apart from nobody real',
    'side-affinity',
    add(`${antiAffinity}/matchExpressions`, [{ key: 'meshrs.dev/workload', operator: 'DoesNotExist' }]),
  ],
  [
    'apart from its own side alone',
    'side-affinity',
    add(`${antiAffinity}/matchExpressions`, [{ key: 'side', operator: 'NotIn', values: ['b'] }]),
  ],
  [
    'apart from one pod',
    'side-affinity',
    add(`${antiAffinity}/matchExpressions`, [
      { key: 'statefulset.kubernetes.io/pod-name', operator: 'NotIn', values: ['routeserver-b-0'] },
    ]),
  ],
  [
    'a volume with a name that there is',
    'changed-fields',
    add(`${spec}/volumes/-`, { name: 'settings', configMap: { name: 'mine', optional: true } }),
  ],
  [
    'two volumes of one name',
    'changed-fields',
    add(`${spec}/volumes/-`, { name: 'mine', emptyDir: {} }),
    add(`${spec}/volumes/-`, { name: 'mine', emptyDir: {} }),
  ],
  [
    'a volume that is not there',
    'changed-fields',
    add(`${engine}/volumeMounts/-`, { name: 'gone', mountPath: '/mine' }),
  ],
  [
    'a volume that is not there, of the agent',
    'changed-fields',
    add(`${agent}/volumeMounts/-`, { name: 'gone', mountPath: '/mine' }),
  ],
  [
    'a container with a volume that is not there',
    'changed-fields',
    add(`${spec}/containers/-`, {
      ...{ name: 'other', image: 'other', securityContext: restricted },
      volumeMounts: [{ name: 'gone', mountPath: '/mine' }],
    }),
  ],
  [
    'two containers of one name',
    'changed-fields',
    add(`${spec}/containers/-`, { name: 'other', image: 'other', securityContext: restricted }),
    add(`${spec}/containers/-`, { name: 'other', image: 'other', securityContext: restricted }),
  ],
  [
    'a second engine',
    'changed-fields',
    add(`${spec}/containers/-`, { name: 'frr', image: 'other', securityContext: restricted }),
  ],
  [
    'a container with the name of the agent',
    'changed-fields',
    add(`${spec}/containers/-`, { name: 'meshrr', image: 'other', securityContext: restricted }),
  ],
  ['a container as root', 'changed-fields', add(`${spec}/containers/-`, { name: 'tools', image: 'tools' })],
  [
    'an owner that is not there',
    'changed-fields',
    add('/metadata/ownerReferences', [{ kind: 'Pod', name: 'x', uid: '1' }]),
  ],
  ['a finalizer', 'changed-fields', add('/metadata/finalizers', ['example.com/wait'])],
  ['replaced by Argo CD', 'kept-fields', replace(annotation('argocd.argoproj.io/sync-options'), 'Replace=true')],
  ['a hook', 'kept-fields', add(annotation('argocd.argoproj.io/hook'), 'Sync')],
  ["in the other side's wave", 'sync-order', replace(annotation('argocd.argoproj.io/sync-wave'), '22')],
  ['no revision', 'side-revision', remove(annotation('meshrs.dev/side-revision'))],
]);

const ofService = brokenRows('Service', 'routeserver-a', [
  ['announced by all nodes', 'kept-fields', replace('/spec/externalTrafficPolicy', 'Cluster')],
  ['the VIP goes by readiness', 'kept-fields', replace('/spec/publishNotReadyAddresses', false)],
  ['pods of the other side', 'kept-fields', replace('/spec/selector/side', 'b')],
  ['pods of both sides', 'kept-fields', remove('/spec/selector/side')],
  ['no LoadBalancer', 'kept-fields', replace('/spec/type', 'ClusterIP')],
  ['an address beside the annotation', 'kept-fields', add('/spec/loadBalancerIP', '192.168.255.1')],
  ['for some clients', 'kept-fields', add('/spec/loadBalancerSourceRanges', ['192.0.2.0/24'])],
  ["the other side's VIP", 'kept-fields', replace(annotation('metallb.io/loadBalancerIPs'), '192.168.255.2')],
  [
    "the other side's pool by the old annotation",
    'kept-fields',
    add(annotation('metallb.universe.tf/address-pool'), 'routeserver-b'),
  ],
  ['an address for others, too', 'kept-fields', add(annotation('metallb.io/allow-shared-ip'), 'mine')],
  ['another port', 'kept-fields', replace('/spec/ports/0/port', 1179)],
  ['the VIPs of both as external addresses', 'kept-fields', add('/spec/externalIPs', ['192.168.255.2'])],
  ['another family', 'kept-fields', replace('/spec/ipFamilies', ['IPv6'])],
]);

const others = [
  ...brokenRows('Service', 'meshrr-core', [
    ['a mesh of those that are ready', 'kept-fields', remove('/spec/publishNotReadyAddresses')],
    ['a mesh with an address', 'kept-fields', remove('/spec/clusterIP')],
  ]),
  ...brokenRows('PodDisruptionBudget', 'meshrr-evpnrs', [
    ['two at a time', 'kept-fields', add('/spec/maxUnavailable', 2), remove('/spec/minAvailable')],
    ['nobody held', 'kept-fields', replace('/spec/minAvailable', 0)],
    ['one side', 'kept-fields', add('/spec/selector/matchLabels/side', 'a')],
    ['unready pods always', 'kept-fields', replace('/spec/unhealthyPodEvictionPolicy', 'AlwaysAllow')],
  ]),
  ...brokenRows('Pod', 'routeserver-b-gate', [
    ['another program', 'kept-fields', add('/spec/containers/0/command', ['/bin/true'])],
    ['other arguments', 'gate-arguments', replace('/spec/containers/0/args', ['gate'])],
    ['no hook', 'sync-order', remove(annotation('argocd.argoproj.io/hook'))],
    ["the first side's wave", 'kept-fields', replace(annotation('argocd.argoproj.io/sync-wave'), '10')],
    ['tried again and again', 'kept-fields', replace('/spec/restartPolicy', 'OnFailure')],
    ['a second of time', 'kept-fields', replace('/spec/activeDeadlineSeconds', 1)],
    ['an account that sees nobody', 'kept-fields', replace('/spec/serviceAccountName', 'default')],
    ['less memory', 'kept-fields', replace('/spec/containers/0/resources/limits/memory', '16Mi')],
  ]),
  ...brokenRows('Pod', 'meshrr-evpnrs-begin-turn', [
    ['no hook', 'kept-fields', remove(annotation('argocd.argoproj.io/hook'))],
    ['after the sync', 'kept-fields', replace(annotation('argocd.argoproj.io/hook'), 'PostSync')],
    ['there for ever', 'kept-fields', replace(annotation('argocd.argoproj.io/hook-delete-policy'), 'HookFailed')],
    ['other arguments', 'gate-arguments', replace('/spec/containers/0/args', ['close-turn'])],
  ]),
  ...brokenRows('Pod', 'meshrr-evpnrs-close-turn', [
    ['no hook', 'kept-fields', remove(annotation('argocd.argoproj.io/hook'))],
    ['where a sync fails', 'kept-fields', replace(annotation('argocd.argoproj.io/hook'), 'SyncFail')],
    ['never deleted', 'kept-fields', remove(annotation('argocd.argoproj.io/hook-delete-policy'))],
  ]),
  ...brokenRows('Pod', 'meshrr-evpnrs-removal-gate', [
    ['no hook', 'kept-fields', remove(annotation('argocd.argoproj.io/hook'))],
    ['left out', 'kept-fields', replace(annotation('argocd.argoproj.io/hook'), 'Skip')],
    ['never deleted', 'kept-fields', remove(annotation('argocd.argoproj.io/hook-delete-policy'))],
  ]),
  ...brokenRows('Pod', 'routeserver-b-gate', [
    ['the label of route servers', 'changed-fields', add('/metadata/labels/app', 'meshrr-evpnrs')],
    ['the label of a side', 'changed-fields', add('/metadata/labels/side', 'b')],
  ]),
  ...brokenRows(
    'Namespace',
    'meshrr',
    [
      ['pods that it no longer takes', 'changed-fields', replace(enforced, 'restricted')],
      ['pods that it hardly takes', 'changed-fields', replace(enforced, 'baseline')],
      ['a level that there is not', 'changed-fields', replace(enforced, 'none')],
    ],
    'crpd',
  ),
  ...brokenRows('Role', 'meshrr-evpnrs', [
    ['no rules', 'kept-fields', replace('/rules', [])],
    ['EndpointSlices not seen', 'kept-fields', remove('/rules/0')],
  ]),
  ...brokenRows('RoleBinding', 'meshrr-evpnrs', [['nobody bound', 'kept-fields', replace('/subjects', [])]]),
  ...brokenRows('NetworkPolicy', 'routeserver-a', [
    ['no client', 'kept-fields', remove('/spec/ingress/0')],
    ['no mesh', 'kept-fields', remove('/spec/egress/0')],
    ['no API server', 'kept-fields', remove('/spec/egress/2')],
    ['no pod', 'kept-fields', replace('/spec/podSelector/matchLabels', { app: 'other' })],
  ]),
  ...brokenRows('ConfigMap', 'routeserver-a-settings', [
    ['settings that nobody checked', 'kept-fields', replace('/data/meshrr.conf.yml', 'asn: "1"\n')],
    ['settings that stay', 'kept-fields', add('/immutable', true)],
  ]),
  ...brokenRows('BGPPeer', 'routeserver-a-fabric', [
    ['another router', 'kept-fields', replace('/spec/peerAddress', '192.168.255.9')],
    ['another AS of the router', 'kept-fields', replace('/spec/peerASN', 65010)],
    ['another AS of MetalLB', 'kept-fields', replace('/spec/myASN', 65010)],
    ["the other side's nodes", 'kept-fields', replace('/spec/nodeSelectors/0/matchLabels/side', 'b')],
    ['all nodes', 'kept-fields', remove('/spec/nodeSelectors')],
    ['no password', 'kept-fields', remove('/spec/passwordSecret')],
    ["the other side's password", 'kept-fields', replace('/spec/passwordSecret/name', 'metallb-bgp-b')],
    ['a password that all can read', 'no-secret', remove('/spec/passwordSecret'), add('/spec/password', 'secret')],
    ['no hold time', 'changed-fields', replace('/spec/holdTime', '0s')],
    ['a hold time that MetalLB refuses', 'metallb-takes', replace('/spec/holdTime', '2s')],
    ['a longer keepalive than hold time', 'metallb-takes', add('/spec/keepaliveTime', '20s')],
    ['a VRF', 'kept-fields', add('/spec/vrf', 'red')],
    ['both families', 'kept-fields', add('/spec/dualStackAddressFamily', true)],
    ['one family alone', 'kept-fields', add('/spec/disableMP', true)],
    ['a BFD profile that is not there', 'bfd-profile-exists', add('/spec/bfdProfile', 'gone')],
    ['iBGP with multihop', 'ebgp-multihop', replace('/spec/peerASN', 4259840003)],
    ['a router ID that is none', 'metallb-takes', add('/spec/routerID', 'a')],
    ['a source address that is none', 'metallb-takes', add('/spec/sourceAddress', '192.0.2.1/32')],
    ['nodes twice', 'metallb-takes', add('/spec/nodeSelectors/-', { matchLabels: { side: 'a' } })],
  ]),
  ...brokenRows(
    'BGPPeer',
    'fabric',
    [
      ['no hold time', 'changed-fields', replace('/spec/holdTime', '0s')],
      ['nodes of one side', 'kept-fields', add('/spec/nodeSelectors', [{ matchLabels: { side: 'a' } }])],
      ['another password', 'kept-fields', replace('/spec/passwordSecret/name', 'mine')],
    ],
    'peer-scope-global',
  ),
  ...brokenRows('IPAddressPool', 'routeserver-a', [
    ['given to anybody', 'kept-fields', replace('/spec/autoAssign', true)],
    ["the other side's VIP, too", 'kept-fields', add('/spec/addresses/-', '192.168.255.2/32')],
    ['another VIP', 'kept-fields', replace('/spec/addresses/0', '192.168.255.7/32')],
    ['for Services of another namespace', 'kept-fields', add('/spec/serviceAllocation', { namespaces: ['other'] })],
  ]),
  ...brokenRows('BGPAdvertisement', 'routeserver-a', [
    ["the other side's pool", 'kept-fields', replace('/spec/ipAddressPools/0', 'routeserver-b')],
    ['all pools', 'kept-fields', replace('/spec/ipAddressPools', [])],
    ["the other side's router", 'kept-fields', replace('/spec/peers/0', 'routeserver-b-fabric')],
    ["both sides' VIPs in one route", 'kept-fields', add('/spec/aggregationLength', 24)],
    ['nodes of the other side', 'kept-fields', add('/spec/nodeSelectors', [{ matchLabels: { side: 'b' } }])],
  ]),
];

export const broken: readonly BrokenComponent[] = [
  ...ofStatefulSet,
  ...ofService,
  ...others,
  ...brokenObjects,
  ...brokenOfMetallb,
];
