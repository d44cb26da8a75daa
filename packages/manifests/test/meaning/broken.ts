import { brokenOfMetallb } from './broken-metallb.ts';
import { brokenObjects } from './broken-objects.ts';
import { add, key, remove, replace, rowsOf, type Component } from './patch.ts';

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

const ofStatefulSet = rowsOf('StatefulSet', 'routeserver-a', [
  ['no preStop', remove(`${engine}/lifecycle`)],
  ['a preStop that waits for nobody', replace(`${engine}/lifecycle/preStop/exec/command`, ['/bin/true'])],
  ['a grace period of 5 s', replace(`${spec}/terminationGracePeriodSeconds`, 5)],
  ['no grace period', remove(`${spec}/terminationGracePeriodSeconds`)],
  ['OnDelete', replace('/spec/updateStrategy/type', 'OnDelete')],
  ['a roll-out that stops at a partition', add('/spec/updateStrategy/rollingUpdate', { partition: 1 })],
  ['no minReadySeconds', remove('/spec/minReadySeconds')],
  ['no replicas', replace('/spec/replicas', 0)],
  ['more replicas', replace('/spec/replicas', 3)],
  ['one after the other', replace('/spec/podManagementPolicy', 'OrderedReady')],
  ['another governing Service', replace('/spec/serviceName', 'routeserver-a')],
  ['on the network of its node', add(`${spec}/hostNetwork`, true)],
  ['in the process namespace of its node', add(`${spec}/hostPID`, true)],
  ['no readiness probe', remove(`${agent}/readinessProbe`)],
  ['ready as soon as it is alive', replace(`${agent}/readinessProbe/httpGet/path`, '/healthz')],
  ['a readiness probe of the engine, too', add(`${engine}/readinessProbe`, { tcpSocket: { port: 179 } })],
  ['a readiness gate', add(`${spec}/readinessGates`, [{ conditionType: 'example.com/ok' }])],
  ['a liveness probe that kills at once', replace(`${engine}/livenessProbe/failureThreshold`, 1)],
  ['a startup probe', add(`${agent}/startupProbe`, { httpGet: { path: '/readyz', port: 'probes' } })],
  ['the agent as an ordinary init container', remove(`${agent}/restartPolicy`)],
  ['no agent', remove(agent)],
  ['other arguments of the agent', replace(`${agent}/args`, ['init'])],
  ['another program as the engine', replace(`${engine}/command`, ['/bin/sleep', 'infinity'])],
  ['a privileged engine', add(`${engine}/securityContext/privileged`, true)],
  ['an engine as root', replace(`${spec}/securityContext/runAsUser`, 0)],
  ['a writable root file system', replace(`${engine}/securityContext/readOnlyRootFilesystem`, false)],
  ['a capability', add(`${engine}/securityContext/capabilities/add`, ['NET_ADMIN'])],
  ['no sysctl for port 179', remove(`${spec}/securityContext/sysctls`)],
  ['less memory', replace(`${engine}/resources/limits/memory`, '256Mi')],
  ['no memory limit for the agent', remove(`${agent}/resources/limits`)],
  ['more memory asked for than there may be', replace(`${agent}/resources/requests/memory`, '1Gi')],
  ['less CPU than is asked for', add(`${engine}/resources/limits/cpu`, '100m')],
  ['another address of its own', replace(`${agent}/env/0/valueFrom/fieldRef/fieldPath`, 'status.hostIP')],
  ['a second POD_IP', add(`${agent}/env/-`, { name: 'POD_IP', value: '192.0.2.1' })],
  ['another mode of the agent', add(`${agent}/env/-`, { name: 'MESHRR_MODE', value: 'ipv4rr' })],
  ['no turn to close', remove(`${agent}/env/3`)],
  ['no tolerations', remove(`${spec}/tolerations`)],
  [
    'away from a node that is not seen for 30 s',
    add(`${spec}/tolerations/0`, {
      key: 'node.kubernetes.io/unreachable',
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: 30,
    }),
  ],
  [
    'away from any node for 60 s',
    add(`${spec}/tolerations/0`, { operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 }),
  ],
  [
    'away from any node for 60 s, by an empty key',
    add(`${spec}/tolerations/1`, { key: '', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 }),
  ],
  [
    'away from a node that is not ready at once',
    add(`${spec}/tolerations/0`, { key: 'node.kubernetes.io/not-ready', effect: 'NoExecute', tolerationSeconds: 0 }),
  ],
  [
    'a time for what evicts nobody',
    add(`${spec}/tolerations/-`, { key: 'dedicated', operator: 'Exists', effect: 'NoSchedule', tolerationSeconds: 60 }),
  ],
  ['no key', add(`${spec}/tolerations/-`, { value: 'network', effect: 'NoSchedule' })],
  ['nodes of no side', add(`${nodeTerm}/matchExpressions/-`, { key: 'side', operator: 'NotIn', values: ['a'] })],
  ['nodes without the label', add(`${nodeTerm}/matchExpressions/-`, { key: 'side', operator: 'DoesNotExist' })],
  [
    'nodes of Windows',
    add(`${nodeTerm}/matchExpressions/-`, { key: 'kubernetes.io/os', operator: 'In', values: ['windows'] }),
  ],
  [
    'nodes of anything but Linux',
    add(`${nodeTerm}/matchExpressions/-`, { key: 'kubernetes.io/os', operator: 'NotIn', values: ['linux'] }),
  ],
  [
    'nodes with a number for a side',
    add(`${nodeTerm}/matchExpressions/-`, { key: 'side', operator: 'Gt', values: ['1'] }),
  ],
  [
    'nodes with and without a label',
    add(`${nodeTerm}/matchExpressions/-`, { key: 'pool', operator: 'DoesNotExist' }),
    add(`${nodeTerm}/matchExpressions/-`, { key: 'pool', operator: 'Exists' }),
  ],
  [
    'a node selector that its affinity shuts out',
    add(`${spec}/nodeSelector`, { pool: 'network' }),
    add(`${nodeTerm}/matchExpressions/-`, { key: 'pool', operator: 'NotIn', values: ['network'] }),
  ],
  ["on the other side's nodes", add(`${spec}/nodeSelector`, { side: 'b' })],
  ['on Windows', add(`${spec}/nodeSelector`, { 'kubernetes.io/os': 'windows' })],
  ['no node affinity', remove(`${spec}/affinity/nodeAffinity`)],
  ['no anti-affinity', remove(`${spec}/affinity/podAntiAffinity`)],
  [
    'apart from the pods of another namespace',
    add(`${spec}/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution/0/namespaces`, ['other']),
  ],
  [
    'nodes of either side',
    add(
      `${spec}/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/0/matchExpressions/0/values/-`,
      'b',
    ),
  ],
  ['a deadline', add(`${spec}/activeDeadlineSeconds`, 3600)],
  ['another account', replace(`${spec}/serviceAccountName`, 'default')],
  ['the label of the other side', replace('/spec/template/metadata/labels/side', 'b')],
  ['settings from elsewhere', replace(`${spec}/volumes/0`, { name: 'settings', emptyDir: {} })],
  ['no folder of requests', remove(`${engine}/volumeMounts/3`)],
  ['a folder over all that is mounted', add(`${agent}/volumeMounts/-`, { name: 'scratch', mountPath: '/opt/meshrr' })],
  ['a folder of the node', add(`${spec}/volumes/-`, { name: 'node', hostPath: { path: '/' } })],
  ['a port of the node', add(`${engine}/ports/-`, { name: 'metrics', containerPort: 9342, hostPort: 9342 })],
  [
    'a container on the port of BGP',
    add(`${spec}/containers/-`, {
      name: 'gobgp',
      image: 'gobgp',
      securityContext: restricted,
      ports: [{ containerPort: 179 }],
    }),
  ],
  [
    'a container with the port of BGP by its name',
    add(`${spec}/containers/0`, {
      ...{ name: 'first', image: 'first', securityContext: restricted },
      ports: [{ name: 'bgp', containerPort: 1790 }],
    }),
  ],
  [
    'a container with the port of the probes, without a name',
    add(`${spec}/containers/-`, {
      ...{ name: 'other', image: 'other', securityContext: restricted },
      ports: [{ containerPort: 8180 }],
    }),
  ],
  [
    'a container on a port of the node',
    add(`${spec}/containers/-`, {
      ...{ name: 'other', image: 'other', securityContext: restricted },
      ports: [{ name: 'mine', containerPort: 9, hostPort: 9 }],
    }),
  ],
  ['the port of the agent by its name', add(`${engine}/ports/-`, { name: 'agent', containerPort: 9179 })],
  ['the port of BGP without a name', add(`${agent}/ports/-`, { containerPort: 179 })],
  ['a port of the node without a name', add(`${engine}/ports/-`, { containerPort: 9342, hostPort: 9342 })],
  [
    'a folder over the settings, in another spelling',
    add(`${agent}/volumeMounts/-`, { name: 'scratch', mountPath: '/opt/meshrr/conf/' }),
  ],
  [
    'a folder over the configuration, by a detour',
    add(`${engine}/volumeMounts/-`, { name: 'requests', mountPath: '/tmp/..//config' }),
  ],
  ['a folder over all', add(`${engine}/volumeMounts/-`, { name: 'requests', mountPath: '/..' })],
  ['a relative folder', add(`${engine}/volumeMounts/-`, { name: 'requests', mountPath: 'config' })],
  ["an end's message over the configuration", add(`${engine}/terminationMessagePath`, '/config')],
  ["an end's message over all that is mounted", add(`${agent}/terminationMessagePath`, '/opt/meshrr/.')],
  [
    'a volume for each pod',
    add('/spec/volumeClaimTemplates', [{ metadata: { name: 'state' }, spec: { accessModes: ['ReadWriteOnce'] } }]),
  ],
  ['SELinux options that nobody takes', add(`${spec}/securityContext/seLinuxOptions`, { type: 'spc_t' })],
  ['a user of SELinux', add(`${engine}/securityContext/seLinuxOptions`, { user: 'system_u' })],
  ['no way of setting the group', add(`${spec}/securityContext/fsGroupChangePolicy`, 'Never')],
  ['another group', replace(`${spec}/securityContext/fsGroup`, 0)],
  [
    'more disk asked for than there may be',
    add(`${engine}/resources/requests/ephemeral-storage`, '4Gi'),
    add(`${engine}/resources/limits/ephemeral-storage`, '2Gi'),
  ],
  ['pods without their application', replace('/spec/template/metadata/labels/app', 'mine')],
  [
    'apart from nobody real',
    add(`${antiAffinity}/matchExpressions`, [{ key: 'meshrs.dev/workload', operator: 'DoesNotExist' }]),
  ],
  [
    'apart from its own side alone',
    add(`${antiAffinity}/matchExpressions`, [{ key: 'side', operator: 'NotIn', values: ['b'] }]),
  ],
  [
    'apart from one pod',
    add(`${antiAffinity}/matchExpressions`, [
      { key: 'statefulset.kubernetes.io/pod-name', operator: 'NotIn', values: ['routeserver-b-0'] },
    ]),
  ],
  [
    'a volume with a name that there is',
    add(`${spec}/volumes/-`, { name: 'settings', configMap: { name: 'mine', optional: true } }),
  ],
  [
    'two volumes of one name',
    add(`${spec}/volumes/-`, { name: 'mine', emptyDir: {} }),
    add(`${spec}/volumes/-`, { name: 'mine', emptyDir: {} }),
  ],
  ['a volume that is not there', add(`${engine}/volumeMounts/-`, { name: 'gone', mountPath: '/mine' })],
  ['a volume that is not there, of the agent', add(`${agent}/volumeMounts/-`, { name: 'gone', mountPath: '/mine' })],
  [
    'a container with a volume that is not there',
    add(`${spec}/containers/-`, {
      ...{ name: 'other', image: 'other', securityContext: restricted },
      volumeMounts: [{ name: 'gone', mountPath: '/mine' }],
    }),
  ],
  [
    'two containers of one name',
    add(`${spec}/containers/-`, { name: 'other', image: 'other', securityContext: restricted }),
    add(`${spec}/containers/-`, { name: 'other', image: 'other', securityContext: restricted }),
  ],
  ['a second engine', add(`${spec}/containers/-`, { name: 'frr', image: 'other', securityContext: restricted })],
  [
    'a container with the name of the agent',
    add(`${spec}/containers/-`, { name: 'meshrr', image: 'other', securityContext: restricted }),
  ],
  ['a container as root', add(`${spec}/containers/-`, { name: 'tools', image: 'tools' })],
  ['an owner that is not there', add('/metadata/ownerReferences', [{ kind: 'Pod', name: 'x', uid: '1' }])],
  ['a finalizer', add('/metadata/finalizers', ['example.com/wait'])],
  ['replaced by Argo CD', replace(annotation('argocd.argoproj.io/sync-options'), 'Replace=true')],
  ['a hook', add(annotation('argocd.argoproj.io/hook'), 'Sync')],
  ["in the other side's wave", replace(annotation('argocd.argoproj.io/sync-wave'), '22')],
  ['no revision', remove(annotation('meshrs.dev/side-revision'))],
]);

const ofService = rowsOf('Service', 'routeserver-a', [
  ['announced by all nodes', replace('/spec/externalTrafficPolicy', 'Cluster')],
  ['the VIP goes by readiness', replace('/spec/publishNotReadyAddresses', false)],
  ['pods of the other side', replace('/spec/selector/side', 'b')],
  ['pods of both sides', remove('/spec/selector/side')],
  ['no LoadBalancer', replace('/spec/type', 'ClusterIP')],
  ['an address beside the annotation', add('/spec/loadBalancerIP', '192.168.255.1')],
  ['for some clients', add('/spec/loadBalancerSourceRanges', ['192.0.2.0/24'])],
  ["the other side's VIP", replace(annotation('metallb.io/loadBalancerIPs'), '192.168.255.2')],
  ["the other side's pool by the old annotation", add(annotation('metallb.universe.tf/address-pool'), 'routeserver-b')],
  ['an address for others, too', add(annotation('metallb.io/allow-shared-ip'), 'mine')],
  ['another port', replace('/spec/ports/0/port', 1179)],
  ['the VIPs of both as external addresses', add('/spec/externalIPs', ['192.168.255.2'])],
  ['another family', replace('/spec/ipFamilies', ['IPv6'])],
]);

const others = [
  ...rowsOf('Service', 'meshrr-core', [
    ['a mesh of those that are ready', remove('/spec/publishNotReadyAddresses')],
    ['a mesh with an address', remove('/spec/clusterIP')],
  ]),
  ...rowsOf('PodDisruptionBudget', 'meshrr-evpnrs', [
    ['two at a time', add('/spec/maxUnavailable', 2), remove('/spec/minAvailable')],
    ['nobody held', replace('/spec/minAvailable', 0)],
    ['one side', add('/spec/selector/matchLabels/side', 'a')],
    ['unready pods always', replace('/spec/unhealthyPodEvictionPolicy', 'AlwaysAllow')],
  ]),
  ...rowsOf('Pod', 'routeserver-b-gate', [
    ['another program', add('/spec/containers/0/command', ['/bin/true'])],
    ['other arguments', replace('/spec/containers/0/args', ['gate'])],
    ['no hook', remove(annotation('argocd.argoproj.io/hook'))],
    ["the first side's wave", replace(annotation('argocd.argoproj.io/sync-wave'), '10')],
    ['tried again and again', replace('/spec/restartPolicy', 'OnFailure')],
    ['a second of time', replace('/spec/activeDeadlineSeconds', 1)],
    ['an account that sees nobody', replace('/spec/serviceAccountName', 'default')],
    ['less memory', replace('/spec/containers/0/resources/limits/memory', '16Mi')],
  ]),
  ...rowsOf('Pod', 'meshrr-evpnrs-begin-turn', [
    ['no hook', remove(annotation('argocd.argoproj.io/hook'))],
    ['after the sync', replace(annotation('argocd.argoproj.io/hook'), 'PostSync')],
    ['there for ever', replace(annotation('argocd.argoproj.io/hook-delete-policy'), 'HookFailed')],
    ['other arguments', replace('/spec/containers/0/args', ['close-turn'])],
  ]),
  ...rowsOf('Pod', 'meshrr-evpnrs-close-turn', [
    ['no hook', remove(annotation('argocd.argoproj.io/hook'))],
    ['where a sync fails', replace(annotation('argocd.argoproj.io/hook'), 'SyncFail')],
    ['never deleted', remove(annotation('argocd.argoproj.io/hook-delete-policy'))],
  ]),
  ...rowsOf('Pod', 'meshrr-evpnrs-removal-gate', [
    ['no hook', remove(annotation('argocd.argoproj.io/hook'))],
    ['left out', replace(annotation('argocd.argoproj.io/hook'), 'Skip')],
    ['never deleted', remove(annotation('argocd.argoproj.io/hook-delete-policy'))],
  ]),
  ...rowsOf('Pod', 'routeserver-b-gate', [
    ['the label of route servers', add('/metadata/labels/app', 'meshrr-evpnrs')],
    ['the label of a side', add('/metadata/labels/side', 'b')],
  ]),
  ...rowsOf(
    'Namespace',
    'meshrr',
    [
      ['pods that it no longer takes', replace(enforced, 'restricted')],
      ['pods that it hardly takes', replace(enforced, 'baseline')],
      ['a level that there is not', replace(enforced, 'none')],
    ],
    'crpd',
  ),
  ...rowsOf('Role', 'meshrr-evpnrs', [
    ['no rules', replace('/rules', [])],
    ['EndpointSlices not seen', remove('/rules/0')],
  ]),
  ...rowsOf('RoleBinding', 'meshrr-evpnrs', [['nobody bound', replace('/subjects', [])]]),
  ...rowsOf('NetworkPolicy', 'routeserver-a', [
    ['no client', remove('/spec/ingress/0')],
    ['no mesh', remove('/spec/egress/0')],
    ['no API server', remove('/spec/egress/2')],
    ['no pod', replace('/spec/podSelector/matchLabels', { app: 'other' })],
  ]),
  ...rowsOf('ConfigMap', 'routeserver-a-settings', [
    ['settings that nobody checked', replace('/data/meshrr.conf.yml', 'asn: "1"\n')],
    ['settings that stay', add('/immutable', true)],
  ]),
  ...rowsOf('BGPPeer', 'routeserver-a-fabric', [
    ['another router', replace('/spec/peerAddress', '192.168.255.9')],
    ['another AS of the router', replace('/spec/peerASN', 65010)],
    ['another AS of MetalLB', replace('/spec/myASN', 65010)],
    ["the other side's nodes", replace('/spec/nodeSelectors/0/matchLabels/side', 'b')],
    ['all nodes', remove('/spec/nodeSelectors')],
    ['no password', remove('/spec/passwordSecret')],
    ["the other side's password", replace('/spec/passwordSecret/name', 'metallb-bgp-b')],
    ['a password that all can read', remove('/spec/passwordSecret'), add('/spec/password', 'secret')],
    ['no hold time', replace('/spec/holdTime', '0s')],
    ['a hold time that MetalLB refuses', replace('/spec/holdTime', '2s')],
    ['a longer keepalive than hold time', add('/spec/keepaliveTime', '20s')],
    ['a VRF', add('/spec/vrf', 'red')],
    ['both families', add('/spec/dualStackAddressFamily', true)],
    ['one family alone', add('/spec/disableMP', true)],
    ['a BFD profile that is not there', add('/spec/bfdProfile', 'gone')],
    ['iBGP with multihop', replace('/spec/peerASN', 4259840003)],
    ['a router ID that is none', add('/spec/routerID', 'a')],
    ['a source address that is none', add('/spec/sourceAddress', '192.0.2.1/32')],
    ['nodes twice', add('/spec/nodeSelectors/-', { matchLabels: { side: 'a' } })],
  ]),
  ...rowsOf(
    'BGPPeer',
    'fabric',
    [
      ['no hold time', replace('/spec/holdTime', '0s')],
      ['nodes of one side', add('/spec/nodeSelectors', [{ matchLabels: { side: 'a' } }])],
      ['another password', replace('/spec/passwordSecret/name', 'mine')],
    ],
    'peer-scope-global',
  ),
  ...rowsOf('IPAddressPool', 'routeserver-a', [
    ['given to anybody', replace('/spec/autoAssign', true)],
    ["the other side's VIP, too", add('/spec/addresses/-', '192.168.255.2/32')],
    ['another VIP', replace('/spec/addresses/0', '192.168.255.7/32')],
    ['for Services of another namespace', add('/spec/serviceAllocation', { namespaces: ['other'] })],
  ]),
  ...rowsOf('BGPAdvertisement', 'routeserver-a', [
    ["the other side's pool", replace('/spec/ipAddressPools/0', 'routeserver-b')],
    ['all pools', replace('/spec/ipAddressPools', [])],
    ["the other side's router", replace('/spec/peers/0', 'routeserver-b-fabric')],
    ["both sides' VIPs in one route", add('/spec/aggregationLength', 24)],
    ['nodes of the other side', add('/spec/nodeSelectors', [{ matchLabels: { side: 'b' } }])],
  ]),
];

export const broken: readonly Component[] = [
  ...ofStatefulSet,
  ...ofService,
  ...others,
  ...brokenObjects,
  ...brokenOfMetallb,
];
