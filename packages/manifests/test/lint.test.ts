import { describe, expect, test } from 'vitest';
import { lintCluster, rules, type LintFinding } from '../src/index.ts';
import { losses } from '../src/lint/kept/kept-field.ts';
import { factsOf, find, objectsOf, set, type Editable } from './support/built.ts';
import { caseNames } from './support/cases.ts';
import { expectGolden, says } from './support/says.ts';

/** A sample that a rule refuses: what is done to the objects of a case, and the findings that come of it. */
interface BrokenSample {
  readonly rule: string;
  readonly name: string;
  /** A case of test/cases; `frr` when left out. */
  readonly base?: string;
  readonly edit: (objects: Editable[]) => void;
  /** "object: message", of this rule alone. */
  readonly expected: readonly string[];
}

const samples: readonly BrokenSample[] = [
  {
    rule: 'readable',
    name: 'containers that are no list',
    edit: (objects) => {
      set(find(objects, 'StatefulSet', 'routeserver-a'), 'spec.template.spec.containers', 'crpd');
    },
    expected: [
      'StatefulSet meshrr/routeserver-a: The object does not match the schema of its kind: spec.template.spec.containers: Invalid input: expected array, received string',
    ],
  },
  {
    rule: 'generated-present',
    name: 'a patch deleted the budget',
    edit: (objects) => {
      remove(objects, 'PodDisruptionBudget', 'meshrr-evpnrs');
    },
    expected: [
      'PodDisruptionBudget meshrr/meshrr-evpnrs: The generated object PodDisruptionBudget meshrr/meshrr-evpnrs is missing from the build.',
    ],
  },
  {
    rule: 'no-secret',
    name: 'a Secret of the user',
    edit: (objects) => {
      objects.push({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'metallb-bgp-a', namespace: 'metallb' } });
    },
    expected: [
      'Secret metallb/metallb-bgp-a: Secret metallb/metallb-bgp-a stands in the repository, where all its readers see what it holds.',
    ],
  },
  {
    rule: 'address-pool-exists',
    name: 'a transformer that renamed the pool',
    edit: (objects) => {
      set(find(objects, 'IPAddressPool', 'routeserver-a'), 'metadata.name', 'prod-routeserver-a');
    },
    expected: [
      'Service meshrr/routeserver-a: The Service names the IPAddressPool routeserver-a, which does not exist in metallb.',
    ],
  },
  {
    rule: 'address-pool-exists',
    name: 'no annotation',
    edit: (objects) => {
      annotate(find(objects, 'Service', 'routeserver-a'), 'metallb.io/address-pool', undefined);
    },
    expected: [
      'Service meshrr/routeserver-a: The Service names no IPAddressPool: it has no annotation metallb.io/address-pool.',
    ],
  },
  {
    rule: 'address-pinned',
    name: 'an address of another pool',
    edit: (objects) => {
      annotate(find(objects, 'Service', 'routeserver-a'), 'metallb.io/loadBalancerIPs', '192.168.255.7');
    },
    expected: [
      'Service meshrr/routeserver-a: The Service asks for 192.168.255.7, which is not in the IPAddressPool routeserver-a.',
    ],
  },
  {
    rule: 'address-pinned',
    name: 'no address',
    edit: (objects) => {
      annotate(find(objects, 'Service', 'routeserver-a'), 'metallb.io/loadBalancerIPs', undefined);
    },
    expected: [
      'Service meshrr/routeserver-a: The Service asks for no address: it has no annotation metallb.io/loadBalancerIPs.',
    ],
  },
  {
    rule: 'address-pinned',
    name: "a Service of the user's that takes its address from a side's pool",
    edit: (objects) => {
      const annotations = { 'metallb.io/address-pool': 'routeserver-a' };
      objects.push({
        ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'mine', namespace: 'meshrr', annotations } },
        spec: { type: 'LoadBalancer', selector: {}, ports: [{ port: 443 }] },
      });
    },
    expected: [
      'Service meshrr/mine: The Service takes its address from the IPAddressPool routeserver-a, which has the VIP of a side and nothing else.',
    ],
  },
  {
    rule: 'pool-advertised',
    name: 'an advertisement of the wrong pool',
    edit: (objects) => {
      set(find(objects, 'BGPAdvertisement', 'routeserver-b'), 'spec.ipAddressPools', ['routeserver-a']);
    },
    expected: [
      'IPAddressPool metallb/routeserver-b: The pool routeserver-b is advertised by nobody: no BGPAdvertisement or L2Advertisement of metallb names it.',
    ],
  },
  {
    rule: 'advertisement-closed',
    name: 'a pool and a peer that are not there',
    edit: (objects) => {
      const advertisement = find(objects, 'BGPAdvertisement', 'routeserver-a');
      set(advertisement, 'spec.ipAddressPools', ['routeserver-a', 'left-over']);
      set(advertisement, 'spec.peers', ['routeserver-a-fabric', 'routeserver-a-gone']);
    },
    expected: [
      'BGPAdvertisement metallb/routeserver-a: The advertisement names the IPAddressPool left-over, which does not exist.',
      'BGPAdvertisement metallb/routeserver-a: The advertisement names the BGPPeer routeserver-a-gone, which does not exist.',
    ],
  },
  {
    rule: 'advertisement-closed',
    name: "the other side's peer",
    edit: (objects) => {
      set(find(objects, 'BGPAdvertisement', 'routeserver-a'), 'spec.peers', ['routeserver-b-fabric']);
    },
    expected: [
      'BGPAdvertisement metallb/routeserver-a: The advertisement is for a VIP of side a, but no node of that side announces it to any of its BGPPeers.',
    ],
  },
  {
    rule: 'advertisement-closed',
    name: 'no peer at all',
    edit: (objects) => {
      remove(objects, 'BGPPeer', 'routeserver-a-fabric');
      remove(objects, 'BGPPeer', 'routeserver-b-fabric');
    },
    expected: [
      'BGPAdvertisement metallb/routeserver-a: The advertisement reaches no router: there is no BGPPeer.',
      'BGPAdvertisement metallb/routeserver-b: The advertisement reaches no router: there is no BGPPeer.',
    ],
  },
  {
    rule: 'bfd-profile-exists',
    name: 'a profile that is not there',
    edit: (objects) => {
      set(find(objects, 'BGPPeer', 'routeserver-a-fabric'), 'spec.bfdProfile', 'fast');
    },
    expected: [
      'BGPPeer metallb/routeserver-a-fabric: The BGPPeer names the BFDProfile fast, which does not exist in metallb.',
    ],
  },
  {
    rule: 'ebgp-multihop',
    name: 'multihop removed',
    edit: (objects) => {
      set(find(objects, 'BGPPeer', 'routeserver-a-fabric'), 'spec.ebgpMultiHop', undefined);
    },
    expected: [
      'BGPPeer metallb/routeserver-a-fabric: The session with AS 4259840002 is eBGP, but spec.ebgpMultiHop is not set.',
    ],
  },
  {
    rule: 'ebgp-multihop',
    name: 'multihop on iBGP',
    edit: (objects) => {
      set(find(objects, 'BGPPeer', 'routeserver-a-fabric'), 'spec.peerASN', 4259840003);
    },
    expected: [
      'BGPPeer metallb/routeserver-a-fabric: The session with AS 4259840003 is iBGP, but spec.ebgpMultiHop is set.',
    ],
  },
  {
    rule: 'peers-on-node',
    name: 'a second peer with the same address',
    edit: (objects) => {
      const peer = structuredClone(find(objects, 'BGPPeer', 'routeserver-a-fabric'));
      objects.push({ ...peer, metadata: { ...peer.metadata, name: 'mine' } });
    },
    expected: [
      'BGPPeer metallb/mine: The BGPPeer has the same address as BGPPeer metallb/routeserver-a-fabric, and some node may have both.',
    ],
  },
  {
    rule: 'peers-on-node',
    name: 'a second AS for MetalLB on one node',
    base: 'two-positions',
    edit: (objects) => {
      set(find(objects, 'BGPPeer', 'routeserver-b-spare'), 'spec.myASN', 64999);
    },
    expected: [
      'BGPPeer metallb/routeserver-b-spare: The BGPPeer has another myASN than BGPPeer metallb/routeserver-b-fabric, and some node may have both.',
    ],
  },
  {
    rule: 'addresses-unique',
    name: 'one address for two Services, and two pools that overlap',
    edit: (objects) => {
      annotate(find(objects, 'Service', 'routeserver-b'), 'metallb.io/loadBalancerIPs', '192.168.255.1');
      set(find(objects, 'IPAddressPool', 'routeserver-b'), 'spec.addresses', ['192.168.255.0-192.168.255.9']);
    },
    expected: [
      'Service meshrr/routeserver-b: The Service asks for 192.168.255.1, for which Service meshrr/routeserver-a asks too.',
      'IPAddressPool metallb/routeserver-b: 192.168.255.0-192.168.255.9 overlaps 192.168.255.1/32 of IPAddressPool metallb/routeserver-a.',
    ],
  },
  {
    rule: 'addresses-unique',
    name: 'an entry of a pool that cannot be read',
    edit: (objects) => {
      set(find(objects, 'IPAddressPool', 'routeserver-b'), 'spec.addresses', ['192.168.255.2/32', '192.168.255.x']);
    },
    expected: ['IPAddressPool metallb/routeserver-b: The entry "192.168.255.x" is neither a prefix nor a range.'],
  },
  {
    rule: 'selector-pods',
    name: 'the sides of the VIPs swapped',
    edit: (objects) => {
      set(find(objects, 'Service', 'routeserver-a'), 'spec.selector.side', 'b');
    },
    expected: [
      'Service meshrr/routeserver-a: The selector does not select exactly the pods that the topology gives it.',
    ],
  },
  {
    rule: 'selector-pods',
    name: 'a VIP over both sides, a Service of the user over both, and one over nobody',
    edit: (objects) => {
      set(find(objects, 'Service', 'routeserver-a'), 'spec.selector', { app: 'meshrr-evpnrs' });
      for (const [name, app] of [
        ['both', 'meshrr-evpnrs'],
        ['nobody', undefined],
      ] as const) {
        objects.push({
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name, namespace: 'meshrr' },
          spec: { type: 'LoadBalancer', selector: app === undefined ? { app: 'meshrr-evpnrs', side: 'c' } : { app } },
        });
      }
    },
    expected: [
      'Service meshrr/routeserver-a: The selector does not select exactly the pods that the topology gives it.',
      'Service meshrr/nobody: The selector selects no pod.',
      'Service meshrr/both: The Service gives one address to route servers of 2 sides.',
    ],
  },
  {
    rule: 'selector-pods',
    name: 'a StatefulSet that takes the pods of another, and one that does not take its own',
    base: 'two-workloads',
    edit: (objects) => {
      set(find(objects, 'StatefulSet', 'routeserver-a'), 'spec.selector.matchLabels', {
        app: 'meshrr-evpnrs',
        side: 'a',
      });
      set(find(objects, 'StatefulSet', 'routeserver-b'), 'spec.selector.matchLabels', { app: 'other' });
    },
    expected: [
      'StatefulSet meshrr/routeserver-a: The selector of the StatefulSet selects the pods of StatefulSet meshrr/routeserver-a-canary too.',
      'StatefulSet meshrr/routeserver-b: The selector of the StatefulSet does not select its own pods.',
    ],
  },
  {
    rule: 'ports-closed',
    name: 'a policy that lets anybody dial BGP, and route servers open sessions',
    edit: (objects) => {
      objects.push({
        ...{
          apiVersion: 'networking.k8s.io/v1',
          kind: 'NetworkPolicy',
          metadata: { name: 'mine', namespace: 'meshrr' },
        },
        spec: {
          podSelector: { matchLabels: { side: 'a' } },
          ingress: [{ ports: [{ port: 170, endPort: 9000 }] }],
          egress: [{}],
        },
      });
    },
    expected: [
      'NetworkPolicy meshrr/mine: The NetworkPolicy lets others reach ports 179, 830 and 8180 of the route servers.',
      'NetworkPolicy meshrr/mine: The NetworkPolicy lets the route servers reach every port of others.',
    ],
  },
  {
    rule: 'side-affinity',
    name: "the other side's nodes as well",
    edit: (objects) => {
      set(
        find(objects, 'StatefulSet', 'routeserver-a'),
        'spec.template.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms.0.matchExpressions.0.values',
        ['a', 'b'],
      );
    },
    expected: [
      'StatefulSet meshrr/routeserver-a: The pods carry the label of side a, but no required node affinity keeps them on nodes of that side.',
    ],
  },
  {
    rule: 'side-affinity',
    name: 'no anti-affinity',
    edit: (objects) => {
      set(find(objects, 'StatefulSet', 'routeserver-a'), 'spec.template.spec.affinity.podAntiAffinity', undefined);
    },
    expected: [
      'StatefulSet meshrr/routeserver-a: No required anti-affinity keeps the pods and those of other route servers on different nodes.',
    ],
  },
  {
    rule: 'side-affinity',
    name: 'the label of the other side',
    edit: (objects) => {
      set(find(objects, 'StatefulSet', 'routeserver-a'), 'spec.template.metadata.labels.side', 'b');
    },
    expected: [
      'StatefulSet meshrr/routeserver-a: The pods carry the label of side b, but the topology puts them on side a.',
      'StatefulSet meshrr/routeserver-a: The pods carry the label of side b, but no required node affinity keeps them on nodes of that side.',
    ],
  },
  {
    rule: 'budget-coverage',
    name: 'a pod in two budgets',
    edit: (objects) => {
      const budget = structuredClone(find(objects, 'PodDisruptionBudget', 'meshrr-evpnrs'));
      set(budget, 'metadata.name', 'mine');
      set(budget, 'spec.selector.matchLabels', { side: 'a' });
      objects.push(budget);
    },
    expected: ['PodDisruptionBudget meshrr/mine: The pod meshrr/routeserver-a-0 is in 2 PodDisruptionBudgets.'],
  },
  {
    rule: 'budget-coverage',
    name: 'a side without a budget',
    edit: (objects) => {
      set(find(objects, 'PodDisruptionBudget', 'meshrr-evpnrs'), 'spec.selector.matchLabels.side', 'a');
    },
    expected: ['StatefulSet meshrr/routeserver-b: No PodDisruptionBudget covers the route server routeserver-b-0.'],
  },
  {
    rule: 'budget-coverage',
    name: 'a budget a side',
    edit: (objects) => {
      const budget = find(objects, 'PodDisruptionBudget', 'meshrr-evpnrs');
      set(budget, 'spec.selector.matchLabels.side', 'a');
      const other = structuredClone(budget);
      set(other, 'metadata.name', 'other');
      set(other, 'spec.selector.matchLabels.side', 'b');
      objects.push(other);
    },
    expected: [
      'PodDisruptionBudget meshrr/other: The route servers are in 2 PodDisruptionBudgets; one route server of each could be evicted at once.',
    ],
  },
  {
    rule: 'namespace-limits',
    name: 'a quota for route servers, and limits for the speakers',
    edit: (objects) => {
      objects.push(
        { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'mine', namespace: 'meshrr' } },
        { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'mine', namespace: 'metallb' } },
      );
    },
    expected: [
      'ResourceQuota meshrr/mine: The ResourceQuota limits the pods of the namespace meshrr, where route servers and gates run.',
      "LimitRange metallb/mine: The LimitRange limits the pods of the namespace metallb, where MetalLB's speakers run.",
    ],
  },
  {
    rule: 'governing-service',
    name: 'a governing Service that is not there',
    edit: (objects) => {
      set(find(objects, 'StatefulSet', 'routeserver-a'), 'spec.serviceName', 'mesh');
    },
    expected: ['StatefulSet meshrr/routeserver-a: The governing Service mesh does not exist in meshrr.'],
  },
  {
    rule: 'governing-service',
    name: 'a mesh that lists ready pods alone',
    edit: (objects) => {
      set(find(objects, 'Service', 'meshrr-core'), 'spec.publishNotReadyAddresses', undefined);
      remove(objects, 'StatefulSet', 'routeserver-b');
    },
    expected: [
      'Service meshrr/meshrr-core: The headless Service of StatefulSet meshrr/routeserver-a does not publish an address for every pod.',
    ],
  },
  {
    rule: 'config-map-exists',
    name: "the user's template is not there",
    base: 'persistence-template',
    edit: () => undefined,
    expected: [
      'StatefulSet meshrr/routeserver-a: The pod reads the ConfigMap meshrr-template, which does not exist in meshrr.',
      'StatefulSet meshrr/routeserver-b: The pod reads the ConfigMap meshrr-template, which does not exist in meshrr.',
    ],
  },
  {
    rule: 'config-map-exists',
    name: 'settings under another key',
    edit: (objects) => {
      set(find(objects, 'ConfigMap', 'routeserver-a-settings'), 'data', { 'meshrr.conf.yaml': '' });
    },
    expected: [
      'StatefulSet meshrr/routeserver-a: The pod reads the key meshrr.conf.yml of the ConfigMap routeserver-a-settings, which has no such key.',
    ],
  },
  {
    rule: 'service-account-exists',
    name: 'an account and a role that are not there',
    edit: (objects) => {
      remove(objects, 'ServiceAccount', 'meshrr-evpnrs');
      remove(objects, 'Role', 'meshrr-evpnrs');
    },
    expected: [
      'StatefulSet meshrr/routeserver-a: The ServiceAccount meshrr-evpnrs does not exist in meshrr.',
      'StatefulSet meshrr/routeserver-b: The ServiceAccount meshrr-evpnrs does not exist in meshrr.',
      'RoleBinding meshrr/meshrr-evpnrs: The ServiceAccount meshrr-evpnrs does not exist in meshrr.',
      'RoleBinding meshrr/meshrr-evpnrs: The Role meshrr-evpnrs does not exist in meshrr.',
    ],
  },
  {
    rule: 'port-name-exists',
    name: 'a Service and a probe with a port that is not named',
    edit: (objects) => {
      set(find(objects, 'Service', 'routeserver-a'), 'spec.ports.0.targetPort', 'bgpd');
      const probe = 'spec.template.spec.initContainers.1.readinessProbe.httpGet.port';
      set(find(objects, 'StatefulSet', 'routeserver-b'), probe, 'http');
    },
    expected: [
      'Service meshrr/routeserver-a: The Service names the port bgpd, which the pods of StatefulSet meshrr/routeserver-a do not have.',
      'StatefulSet meshrr/routeserver-b: The readinessProbe of container meshrr names the port http, which the container does not have.',
    ],
  },
  {
    rule: 'settings-readable',
    name: 'a key with a typing error',
    edit: (objects) => {
      const settings = find(objects, 'ConfigMap', 'routeserver-b-settings');
      const { 'meshrr.conf.yml': text = '' } = settings['data'] as Record<string, string>;
      set(settings, 'data', { 'meshrr.conf.yml': text.replace('prefixes:', 'prefixs:') });
    },
    expected: [
      'ConfigMap meshrr/routeserver-b-settings: meshrr.conf.yml, line 20, bgpgroups[1].prefixs: There is no key "prefixs" here; did you mean "prefixes"?',
    ],
  },
  {
    rule: 'settings-readable',
    name: "a router-id of the fleet's that is none",
    edit: (objects) => {
      const fleet = find(objects, 'ConfigMap', 'meshrr-evpnrs-fleet');
      set(fleet, 'data', { 'fleet.yml': 'routerIds:\n  routeserver-a-0: 192.168.255.256\n' });
    },
    expected: [
      'ConfigMap meshrr/meshrr-evpnrs-fleet: fleet.yml, line 2, routerIds.routeserver-a-0: "192.168.255.256" is not a router-id.',
    ],
  },
  {
    rule: 'readiness-moves-vip',
    name: 'a VIP that lists ready pods alone',
    edit: (objects) => {
      set(find(objects, 'Service', 'routeserver-a'), 'spec.publishNotReadyAddresses', undefined);
    },
    expected: [
      'Service meshrr/routeserver-a: The VIP goes by readiness, and ConfigMap meshrr/routeserver-a-settings has route servers that are not Ready because of their clients.',
    ],
  },
  {
    rule: 'readiness-moves-vip',
    name: 'a second pod behind the VIP',
    edit: (objects) => {
      set(find(objects, 'StatefulSet', 'routeserver-b'), 'spec.replicas', 2);
    },
    expected: [
      'Service meshrr/routeserver-b: The VIP goes by readiness, and ConfigMap meshrr/routeserver-b-settings has route servers that are not Ready because of their clients.',
    ],
  },
  {
    rule: 'readiness-moves-vip',
    name: 'settings of several that are to be unready because of clients',
    base: 'two-replicas',
    edit: (objects) => {
      const settings = find(objects, 'ConfigMap', 'routeserver-b-settings');
      const { 'meshrr.conf.yml': text = '' } = settings['data'] as Record<string, string>;
      set(settings, 'data', { 'meshrr.conf.yml': `${text}readiness: {waitsForClients: true}\n` });
    },
    expected: [
      'Service meshrr/routeserver-b: The VIP goes by readiness, and ConfigMap meshrr/routeserver-b-settings has route servers that are not Ready because of their clients.',
    ],
  },
  {
    rule: 'drain-fits-pod',
    name: 'a grace period of before',
    edit: (objects) => {
      set(find(objects, 'StatefulSet', 'routeserver-a'), 'spec.template.spec.terminationGracePeriodSeconds', 32);
    },
    expected: [
      'StatefulSet meshrr/routeserver-a: The drain that its settings want takes up to 152 s with the stop of the pod, which has 32 s.',
    ],
  },
  {
    rule: 'drain-fits-pod',
    name: 'no grace period',
    edit: (objects) => {
      set(find(objects, 'StatefulSet', 'routeserver-b'), 'spec.template.spec.terminationGracePeriodSeconds', undefined);
    },
    expected: [
      'StatefulSet meshrr/routeserver-b: The drain that its settings want takes up to 152 s with the stop of the pod, which has 30 s.',
    ],
  },
  {
    rule: 'drain-fits-pod',
    name: 'settings that hold for longer',
    edit: (objects) => {
      const settings = find(objects, 'ConfigMap', 'routeserver-a-settings');
      const { 'meshrr.conf.yml': text = '' } = settings['data'] as Record<string, string>;
      set(settings, 'data', { 'meshrr.conf.yml': text.replace('holdSeconds: 120', 'holdSeconds: 121') });
    },
    expected: [
      'StatefulSet meshrr/routeserver-a: The drain that its settings want takes up to 153 s with the stop of the pod, which has 152 s.',
    ],
  },
  {
    rule: 'no-bgp-probe',
    name: "upstream's probe",
    edit: (objects) => {
      set(find(objects, 'StatefulSet', 'routeserver-a'), 'spec.template.spec.containers.0.livenessProbe', {
        tcpSocket: { port: 179 },
      });
    },
    expected: ['StatefulSet meshrr/routeserver-a: The livenessProbe of container frr dials the BGP port, 179.'],
  },
  {
    rule: 'secret-listed',
    name: 'Secrets of which the topology knows nothing',
    edit: (objects) => {
      set(find(objects, 'BGPPeer', 'routeserver-a-fabric'), 'spec.passwordSecret.name', 'other');
      set(find(objects, 'StatefulSet', 'routeserver-a'), 'spec.template.spec.containers.0.env', [
        { name: 'LICENCE', valueFrom: { secretKeyRef: { name: 'registry', key: 'licence' } } },
      ]);
      // Without one that pulls images a pod starts where it needs none.
      set(find(objects, 'StatefulSet', 'routeserver-a'), 'spec.template.spec.imagePullSecrets', [{ name: 'mirror' }]);
    },
    expected: [
      'StatefulSet meshrr/routeserver-a: The object reads the Secret meshrr/registry, which the topology does not name.',
      'BGPPeer metallb/routeserver-a-fabric: The object reads the Secret metallb/other, which the topology does not name.',
    ],
  },
  {
    rule: 'selector-pods',
    name: 'a Service and a budget of the user over gates; a policy may',
    edit: (objects) => {
      const everything = { 'app.kubernetes.io/part-of': 'meshrs' };
      const metadata = { name: 'mine', namespace: 'meshrr' };
      objects.push(
        { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: everything } },
        {
          apiVersion: 'policy/v1',
          kind: 'PodDisruptionBudget',
          metadata,
          spec: { selector: { matchLabels: everything } },
        },
        { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata, spec: { podSelector: {} } },
      );
    },
    expected: [
      'Service meshrr/mine: The selector selects gates, which are not route servers.',
      'PodDisruptionBudget meshrr/mine: The selector selects gates, which are not route servers.',
    ],
  },
  {
    rule: 'sync-order',
    name: "an object of side b in side a's turn, one without a wave, and one in the wave of the gate",
    edit: (objects) => {
      wave(find(objects, 'StatefulSet', 'routeserver-b'), '11');
      wave(find(objects, 'BGPPeer', 'routeserver-b-fabric'), undefined);
      wave(find(objects, 'ConfigMap', 'routeserver-b-settings'), '20');
    },
    expected: [
      "BGPPeer metallb/routeserver-b-fabric: The object belongs to side b, but its sync wave, 0, is outside that side's turn; Argo CD would change it before the gate.",
      "ConfigMap meshrr/routeserver-b-settings: The object belongs to side b, but its sync wave, 20, is outside that side's turn; Argo CD would change it together with the gate.",
      "StatefulSet meshrr/routeserver-b: The object belongs to side b, but its sync wave, 11, is outside that side's turn; Argo CD would change it before the gate.",
    ],
  },
  {
    rule: 'sync-order',
    name: 'router-ids of the fleet that come with the first side, or later',
    edit: (objects) => {
      wave(find(objects, 'ConfigMap', 'meshrr-evpnrs-fleet'), '10');
    },
    expected: [
      'ConfigMap meshrr/meshrr-evpnrs-fleet: The router-ids of the fleet are applied in sync wave 10, not before the first side; the other sides would evict a route server that is new.',
    ],
  },
  {
    rule: 'sync-order',
    name: 'two gates in one wave',
    edit: (objects) => {
      wave(find(objects, 'Pod', 'routeserver-b-gate'), '10');
      for (const object of objects) {
        if (object.metadata.labels?.['side'] === 'b') wave(object, '11');
      }
    },
    expected: [
      'Pod meshrr/routeserver-a-gate: The gate is in the same sync wave as Pod meshrr/routeserver-b-gate; Argo CD would change two sides at the same time.',
      'Pod meshrr/routeserver-b-gate: The gate is in the same sync wave as Pod meshrr/routeserver-a-gate; Argo CD would change two sides at the same time.',
    ],
  },
  {
    rule: 'sync-order',
    name: 'a gate that is no hook',
    edit: (objects) => {
      annotate(find(objects, 'Pod', 'routeserver-b-gate'), 'argocd.argoproj.io/hook', undefined);
      annotate(find(objects, 'Pod', 'routeserver-a-gate'), 'argocd.argoproj.io/hook-delete-policy', 'HookSucceeded');
    },
    expected: [
      'Pod meshrr/routeserver-a-gate: The gate does not run in every sync.',
      'Pod meshrr/routeserver-b-gate: The gate does not run in every sync.',
    ],
  },
  {
    rule: 'side-revision',
    name: 'a patch that takes annotations away, and one that copies those of another side',
    edit: (objects) => {
      annotate(find(objects, 'StatefulSet', 'routeserver-a'), 'meshrs.dev/side-revision', undefined);
      const { annotations } = find(objects, 'Service', 'routeserver-a').metadata;
      annotate(
        find(objects, 'Service', 'routeserver-b'),
        'meshrs.dev/side-revision',
        annotations?.['meshrs.dev/side-revision'],
      );
    },
    expected: [
      'StatefulSet meshrr/routeserver-a: The annotation meshrs.dev/side-revision is not what the gate of side a opens the side for.',
      'Service meshrr/routeserver-b: The annotation meshrs.dev/side-revision is not what the gate of side b opens the side for.',
    ],
  },
  {
    rule: 'gate-arguments',
    name: 'a gate that does not ask for side a',
    edit: (objects) => {
      const gate = find(objects, 'Pod', 'routeserver-b-gate');
      const [container] = (gate['spec'] as { containers: { args: string[] }[] }).containers;
      set(
        gate,
        'spec.containers.0.args',
        container?.args.filter((text) => !text.startsWith('--side=a')),
      );
    },
    expected: ["Pod meshrr/routeserver-b-gate: The gate's arguments are not those that the topology gives."],
  },
  {
    rule: 'gate-arguments',
    name: 'a route server of the user, for which no gate asks',
    edit: (objects) => {
      const copy = structuredClone(find(objects, 'StatefulSet', 'routeserver-b'));
      set(copy, 'metadata.name', 'mine');
      objects.push(copy);
    },
    expected: [
      'StatefulSet meshrr/mine: The pods of the StatefulSet carry the labels of route servers, but no gate checks this StatefulSet.',
    ],
  },
  {
    rule: 'project-permits',
    name: 'a kind that the topology does not list, and a namespace of others',
    edit: (objects) => {
      objects.push(
        { apiVersion: 'monitoring.coreos.com/v1', kind: 'PodMonitor', metadata: { name: 'mine', namespace: 'meshrr' } },
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'mine', namespace: 'monitoring' } },
      );
    },
    expected: [
      'PodMonitor.monitoring.coreos.com meshrr/mine: The AppProject of the route servers does not allow the kind monitoring.coreos.com/PodMonitor.',
      'ConfigMap monitoring/mine: The AppProject of the route servers does not allow the namespace monitoring.',
    ],
  },
  {
    rule: 'generated-present',
    name: 'a copy of the budget',
    edit: (objects) => {
      objects.push(structuredClone(find(objects, 'PodDisruptionBudget', 'meshrr-evpnrs')));
    },
    expected: [
      'PodDisruptionBudget meshrr/meshrr-evpnrs: The build contains PodDisruptionBudget meshrr/meshrr-evpnrs 2 times.',
    ],
  },
  {
    rule: 'address-pinned',
    name: 'a text that is no address, beside one that is',
    edit: (objects) => {
      annotate(
        find(objects, 'Service', 'routeserver-a'),
        'metallb.io/loadBalancerIPs',
        '192.168.255.1, 192.168.255.300',
      );
    },
    expected: [
      'Service meshrr/routeserver-a: The Service asks for 192.168.255.300, which is not in the IPAddressPool routeserver-a.',
    ],
  },
  {
    rule: 'addresses-unique',
    name: 'one IPv6 address in two spellings',
    edit: (objects) => {
      annotate(find(objects, 'Service', 'routeserver-a'), 'metallb.io/loadBalancerIPs', '2001:db8::1');
      annotate(find(objects, 'Service', 'routeserver-b'), 'metallb.io/loadBalancerIPs', '2001:DB8:0:0::1');
    },
    expected: [
      'Service meshrr/routeserver-b: The Service asks for 2001:DB8:0:0::1, for which Service meshrr/routeserver-a asks too.',
    ],
  },
  {
    rule: 'advertisement-closed',
    name: "an advertisement that only the other side's nodes make",
    edit: (objects) => {
      set(find(objects, 'BGPAdvertisement', 'routeserver-a'), 'spec.nodeSelectors', [{ matchLabels: { side: 'b' } }]);
      set(find(objects, 'BGPAdvertisement', 'routeserver-a'), 'spec.peers', undefined);
    },
    expected: [
      'BGPAdvertisement metallb/routeserver-a: The advertisement is for a VIP of side a, but no node of that side announces it to any of its BGPPeers.',
    ],
  },
  {
    rule: 'no-bgp-probe',
    name: 'a readiness and a startup probe, one by the name of the port',
    edit: (objects) => {
      const container = 'spec.template.spec.containers.0';
      const routeServer = find(objects, 'StatefulSet', 'routeserver-a');
      set(routeServer, `${container}.readinessProbe`, { tcpSocket: { port: 'bgp' } });
      set(routeServer, `${container}.startupProbe`, { tcpSocket: { port: 179 } });
    },
    expected: [
      'StatefulSet meshrr/routeserver-a: The readinessProbe of container frr dials the BGP port, 179.',
      'StatefulSet meshrr/routeserver-a: The startupProbe of container frr dials the BGP port, 179.',
    ],
  },
  {
    rule: 'port-name-exists',
    name: 'a port that only an init container has, which has ended when somebody dials it',
    edit: (objects) => {
      set(find(objects, 'StatefulSet', 'routeserver-a'), 'spec.template.spec.initContainers.0.ports', [
        { name: 'bgpd', containerPort: 179 },
      ]);
      set(find(objects, 'Service', 'routeserver-a'), 'spec.ports.0.targetPort', 'bgpd');
    },
    expected: [
      'Service meshrr/routeserver-a: The Service names the port bgpd, which the pods of StatefulSet meshrr/routeserver-a do not have.',
    ],
  },
  {
    rule: 'secret-listed',
    name: 'a Secret that the topology names in another namespace',
    edit: (objects) => {
      set(find(objects, 'StatefulSet', 'routeserver-a'), 'spec.template.spec.containers.0.env', [
        { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'metallb-bgp-a', key: 'password' } } },
      ]);
    },
    expected: [
      'StatefulSet meshrr/routeserver-a: The object reads the Secret meshrr/metallb-bgp-a, which the topology does not name.',
    ],
  },
  {
    rule: 'service-account-exists',
    name: 'an account of a namespace of this build; one of a foreign namespace may exist',
    edit: (objects) => {
      const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' };
      const account = (name: string, namespace: string) => ({ kind: 'ServiceAccount', name, namespace });
      objects.push({
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: { name: 'mine', namespace: 'meshrr' },
        roleRef,
        subjects: [account('prometheus', 'monitoring'), account('prometheus', 'meshrr'), account('default', 'meshrr')],
      });
    },
    expected: ['RoleBinding meshrr/mine: The ServiceAccount prometheus does not exist in meshrr.'],
  },
  {
    rule: 'side-affinity',
    name: 'a second term of the node affinity without the side: one term is enough for the scheduler',
    edit: (objects) => {
      const path =
        'spec.template.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms.1';
      set(find(objects, 'StatefulSet', 'routeserver-a'), path, {
        matchExpressions: [{ key: 'rack', operator: 'In', values: ['r1'] }],
      });
    },
    expected: [
      'StatefulSet meshrr/routeserver-a: The pods carry the label of side a, but no required node affinity keeps them on nodes of that side.',
    ],
  },
  {
    rule: 'side-affinity',
    name: 'an anti-affinity per zone',
    edit: (objects) => {
      const path =
        'spec.template.spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution.0.topologyKey';
      set(find(objects, 'StatefulSet', 'routeserver-a'), path, 'topology.kubernetes.io/zone');
    },
    expected: [
      'StatefulSet meshrr/routeserver-a: No required anti-affinity keeps the pods and those of other route servers on different nodes.',
    ],
  },
  {
    rule: 'sync-order',
    name: "a StatefulSet out of its turn that only its pods' label gives to a side",
    edit: (objects) => {
      const statefulSet = find(objects, 'StatefulSet', 'routeserver-b');
      set(statefulSet, 'metadata.labels.side', undefined);
      wave(statefulSet, '12');
    },
    expected: [
      "StatefulSet meshrr/routeserver-b: The object belongs to side b, but its sync wave, 12, is outside that side's turn; Argo CD would change it before the gate.",
    ],
  },
  {
    rule: 'side-affinity',
    name: 'no node affinity at all',
    edit: (objects) => {
      set(find(objects, 'StatefulSet', 'routeserver-a'), 'spec.template.spec.affinity.nodeAffinity', undefined);
    },
    expected: [
      'StatefulSet meshrr/routeserver-a: The pods carry the label of side a, but no required node affinity keeps them on nodes of that side.',
    ],
  },
  {
    rule: 'pool-advertised',
    name: 'an advertisement in another namespace, where MetalLB does not look',
    edit: (objects) => {
      find(objects, 'BGPAdvertisement', 'routeserver-b').metadata.namespace = 'meshrr';
    },
    expected: [
      'IPAddressPool metallb/routeserver-b: The pool routeserver-b is advertised by nobody: no BGPAdvertisement or L2Advertisement of metallb names it.',
    ],
  },
  {
    rule: 'advertisement-closed',
    name: 'an L2Advertisement of a pool that is not there',
    edit: (objects) => {
      const metadata = { name: 'mine', namespace: 'metallb' };
      objects.push({
        apiVersion: 'metallb.io/v1beta1',
        kind: 'L2Advertisement',
        metadata,
        spec: { ipAddressPools: ['x'] },
      });
    },
    expected: ['L2Advertisement metallb/mine: The advertisement names the IPAddressPool x, which does not exist.'],
  },
  {
    rule: 'addresses-unique',
    name: 'a pool that overlaps itself',
    edit: (objects) => {
      set(find(objects, 'IPAddressPool', 'routeserver-b'), 'spec.addresses', ['192.168.255.2/32', '192.168.255.2/31']);
    },
    expected: ['IPAddressPool metallb/routeserver-b: 192.168.255.2/31 overlaps 192.168.255.2/32 of the same pool.'],
  },
  {
    rule: 'governing-service',
    name: 'a governing Service with an address',
    edit: (objects) => {
      set(find(objects, 'Service', 'meshrr-core'), 'spec.clusterIP', '10.96.0.7');
      remove(objects, 'StatefulSet', 'routeserver-b');
    },
    expected: [
      'Service meshrr/meshrr-core: The headless Service of StatefulSet meshrr/routeserver-a does not publish an address for every pod.',
    ],
  },
  {
    rule: 'port-name-exists',
    name: 'a TCP probe of a port that is not named',
    edit: (objects) => {
      set(find(objects, 'StatefulSet', 'routeserver-a'), 'spec.template.spec.containers.0.startupProbe', {
        tcpSocket: { port: 'bgpd' },
      });
    },
    expected: [
      'StatefulSet meshrr/routeserver-a: The startupProbe of container frr names the port bgpd, which the container does not have.',
    ],
  },
  {
    rule: 'changed-fields',
    name: 'what nobody has said a word for',
    edit: (objects) => {
      const a = find(objects, 'StatefulSet', 'routeserver-a');
      set(a, 'spec.template.spec.hostAliases', [{ ip: '192.0.2.1', hostnames: ['x'] }]);
      set(a, 'spec.template.spec.containers.0.image', 'nginx:1');
      annotate(a, 'reloader.stakater.com/auto', 'true');
    },
    expected: [
      worded('StatefulSet meshrr/routeserver-a', 'metadata.annotations["reloader.stakater.com/auto"]'),
      worded('StatefulSet meshrr/routeserver-a', 'spec.template.spec.containers.frr.image'),
      worded('StatefulSet meshrr/routeserver-a', 'spec.template.spec.hostAliases["#3090529e"]'),
    ],
  },
  {
    rule: 'changed-fields',
    name: 'values of free fields that take away what the promise rests on',
    edit: (objects) => {
      const a = find(objects, 'StatefulSet', 'routeserver-a');
      set(a, 'spec.template.spec.nodeSelector', { side: 'b' });
      set(a, 'spec.template.spec.containers.0.resources.limits.cpu', '10m');
      set(find(objects, 'BGPPeer', 'routeserver-b-fabric'), 'spec.holdTime', '0s');
    },
    expected: [
      kept('StatefulSet meshrr/routeserver-a', 'spec.template.spec.containers.frr.resources.limits.cpu', 'admission'),
      kept('StatefulSet meshrr/routeserver-a', 'spec.template.spec.nodeSelector.side', 'placement'),
      kept('BGPPeer metallb/routeserver-b-fabric', 'spec.holdTime', 'announcement'),
    ],
  },
  {
    rule: 'advertised-once',
    name: 'all pools by layer 2, and the pool of a side by its label',
    edit: (objects) => {
      const metadata = { name: 'mine', namespace: 'metallb' };
      objects.push(
        { apiVersion: 'metallb.io/v1beta1', kind: 'L2Advertisement', metadata, spec: {} },
        {
          ...{ apiVersion: 'metallb.io/v1beta1', kind: 'BGPAdvertisement', metadata },
          spec: { ipAddressPoolSelectors: [{ matchLabels: { side: 'b' } }], aggregationLength: 24 },
        },
      );
    },
    expected: [
      "BGPAdvertisement metallb/mine: The advertisement takes routeserver-b, which the topology's own advertisements announce.",
      "L2Advertisement metallb/mine: The advertisement takes routeserver-a and routeserver-b, which the topology's own advertisements announce.",
    ],
  },
  {
    rule: 'metallb-takes',
    name: 'peers, timers, a BFD profile and a list that MetalLB refuses',
    edit: (objects) => {
      set(find(objects, 'BGPPeer', 'routeserver-a-fabric'), 'spec.dynamicASN', 'external');
      set(find(objects, 'BGPPeer', 'routeserver-a-fabric'), 'spec.holdTime', '2s');
      set(find(objects, 'BGPPeer', 'routeserver-b-fabric'), 'spec.interface', 'eth0');
      set(find(objects, 'BGPPeer', 'routeserver-b-fabric'), 'spec.keepaliveTime', '10s');
      set(find(objects, 'BGPAdvertisement', 'routeserver-a'), 'spec.communities', ['65000:0', '65000:0']);
      const metadata = { name: 'mine', namespace: 'metallb' };
      objects.push(
        {
          ...{ apiVersion: 'metallb.io/v1beta1', kind: 'BFDProfile', metadata },
          spec: { receiveInterval: 9, detectMultiplier: 1 },
        },
        {
          ...{ apiVersion: 'metallb.io/v1beta2', kind: 'BGPPeer', metadata },
          spec: { myASN: 4259840003, peerASN: 65010, peerAddress: 'router.example' },
        },
      );
    },
    expected: [
      'BGPPeer metallb/routeserver-a-fabric: The BGPPeer needs the AS number of the router, or how it is learnt, and not both.',
      'BGPPeer metallb/routeserver-a-fabric: The hold time of the BGPPeer is too short.',
      'BGPPeer metallb/routeserver-b-fabric: The BGPPeer needs the address of the router, or the interface behind which it is, and not both.',
      'BGPPeer metallb/routeserver-b-fabric: The keepalive time of the BGPPeer is longer than its hold time.',
      'BGPPeer metallb/mine: The peerAddress of the BGPPeer is no address.',
      'BFDProfile metallb/mine: MetalLB does not take this detectMultiplier of a BFDProfile.',
      'BFDProfile metallb/mine: MetalLB does not take this receiveInterval of a BFDProfile.',
      'BGPAdvertisement metallb/routeserver-a: The list communities of the advertisement has an entry twice.',
    ],
  },
  {
    rule: 'community-values',
    name: 'communities that nobody defines, or that are none',
    edit: (objects) => {
      set(find(objects, 'BGPAdvertisement', 'routeserver-a'), 'spec.communities', ['65000:0', 'mine', '4259840003:1']);
      const metadata = { name: 'mine', namespace: 'metallb' };
      objects.push({
        ...{ apiVersion: 'metallb.io/v1beta1', kind: 'Community', metadata },
        spec: {
          communities: [
            { name: '65000:0', value: '65535:666' },
            { name: 'one', value: '65000:1' },
            { name: 'one', value: 'two' },
          ],
        },
      });
    },
    expected: [
      'BGPAdvertisement metallb/routeserver-a: The advertisement names the community mine, which no Community defines.',
      'BGPAdvertisement metallb/routeserver-a: 4259840003:1 is no community that MetalLB reads.',
      'Community metallb/mine: The Community gives the community 65000:0 another meaning: each advertisement that has it would have 65535:666.',
      'Community metallb/mine: two is no community that MetalLB reads.',
      'Community metallb/mine: The Community defines one, which it has already.',
    ],
  },
  {
    rule: 'metallb-takes',
    name: 'what MetalLB has with FRR alone',
    base: 'native-backend',
    edit: (objects) => {
      const metadata = { name: 'mine', namespace: 'metallb' };
      objects.push({
        ...{ apiVersion: 'metallb.io/v1beta2', kind: 'BGPPeer', metadata },
        spec: { myASN: 65011, peerASN: 65010, peerAddress: '192.0.2.1', vrf: 'red', connectTime: '5s' },
      });
    },
    expected: [
      "BGPPeer metallb/mine: MetalLB's own BGP has no vrf.",
      "BGPPeer metallb/mine: MetalLB's own BGP has no connectTime.",
    ],
  },
  {
    rule: 'frr-merges',
    name: 'another AS, another hold time for the same router, and a VIP from all nodes of a side',
    edit: (objects) => {
      const metadata = { name: 'mine', namespace: 'metallb' };
      const [kind, apiVersion] = ['FRRConfiguration', 'frrk8s.metallb.io/v1beta1'];
      objects.push(
        {
          ...{ apiVersion, kind, metadata },
          spec: { bgp: { routers: [{ asn: 65010 }] }, nodeSelector: { matchLabels: { side: 'a' } } },
        },
        {
          ...{ apiVersion, kind, metadata: { ...metadata, name: 'other' } },
          spec: {
            nodeSelector: { matchLabels: { side: 'b' } },
            bgp: {
              routers: [
                {
                  asn: 4259840003,
                  prefixes: ['192.168.255.0/24'],
                  neighbors: [{ asn: 4259840002, address: '192.168.255.0', ebgpMultiHop: true }],
                },
              ],
            },
          },
        },
      );
    },
    expected: [
      'FRRConfiguration.frrk8s.metallb.io metallb/mine: The FRRConfiguration wants another AS number in the default VRF than BGPPeer metallb/routeserver-a-fabric, and some node may have both.',
      'FRRConfiguration.frrk8s.metallb.io metallb/other: The FRRConfiguration wants another holdTime of the neighbor 192.168.255.0 in the default VRF than BGPPeer metallb/routeserver-b-fabric, and some node may have both.',
      'FRRConfiguration.frrk8s.metallb.io metallb/other: The FRRConfiguration wants another keepaliveTime of the neighbor 192.168.255.0 in the default VRF than BGPPeer metallb/routeserver-b-fabric, and some node may have both.',
      'FRRConfiguration.frrk8s.metallb.io metallb/other: The FRRConfiguration wants another connectTime of the neighbor 192.168.255.0 in the default VRF than BGPPeer metallb/routeserver-b-fabric, and some node may have both.',
      'FRRConfiguration.frrk8s.metallb.io metallb/other: The FRRConfiguration wants another password of the neighbor 192.168.255.0 in the default VRF than BGPPeer metallb/routeserver-b-fabric, and some node may have both.',
      'FRRConfiguration.frrk8s.metallb.io metallb/other: The FRRConfiguration announces 192.168.255.1, the address of Service meshrr/routeserver-a, from each node that it selects.',
    ],
  },
  {
    rule: 'frr-merges',
    name: 'a router ID for the router of the sides',
    edit: (objects) => {
      objects.push({
        ...{ apiVersion: 'frrk8s.metallb.io/v1beta1', kind: 'FRRConfiguration' },
        metadata: { name: 'mine', namespace: 'metallb' },
        spec: {
          bgp: { routers: [{ asn: 4259840003, id: '9.9.9.9' }] },
          nodeSelector: { matchLabels: { side: 'b' } },
        },
      });
    },
    expected: [
      'FRRConfiguration.frrk8s.metallb.io metallb/mine: The FRRConfiguration gives a router ID to the router of FRR that serves BGPPeer metallb/routeserver-b-fabric, which has none; FRR ends all sessions of a node when that comes, changes or goes.',
    ],
  },
  {
    rule: 'frr-merges',
    name: 'an object that frr-k8s refuses by itself',
    edit: (objects) => {
      objects.push({
        ...{ apiVersion: 'frrk8s.metallb.io/v1beta1', kind: 'FRRConfiguration' },
        metadata: { name: 'mine', namespace: 'metallb' },
        spec: {
          bgp: {
            routers: [
              {
                asn: 4259840003,
                neighbors: [
                  { asn: 4259840003, address: '192.0.2.1', localASN: 65000, holdTime: '9s', bfdProfile: 'gone' },
                ],
              },
            ],
            bfdProfiles: [{ name: 'mine' }, { name: 'mine', detectMultiplier: 5 }],
          },
        },
      });
    },
    expected: [
      'FRRConfiguration.frrk8s.metallb.io metallb/mine: The FRRConfiguration has the BFD profile mine twice.',
      'FRRConfiguration.frrk8s.metallb.io metallb/mine: The session with the neighbor 192.0.2.1 is iBGP, where frr-k8s takes no localASN.',
      'FRRConfiguration.frrk8s.metallb.io metallb/mine: The FRRConfiguration names the BFD profile gone for the neighbor 192.0.2.1, and does not have it.',
      'FRRConfiguration.frrk8s.metallb.io metallb/mine: One of holdTime and keepaliveTime is given for the neighbor 192.0.2.1; frr-k8s takes both or none.',
    ],
  },
  {
    rule: 'frr-merges',
    name: "another BFD profile than MetalLB's",
    base: 'peer-scope-global',
    edit: (objects) => {
      objects.push({
        ...{ apiVersion: 'frrk8s.metallb.io/v1beta1', kind: 'FRRConfiguration' },
        metadata: { name: 'mine', namespace: 'metallb' },
        spec: {
          bgp: { bfdProfiles: [{ name: 'meshrs', receiveInterval: 150, transmitInterval: 300, passiveMode: true }] },
        },
      });
    },
    expected: [
      'FRRConfiguration.frrk8s.metallb.io metallb/mine: The FRRConfiguration wants another detectMultiplier of the BFD profile meshrs than BFDProfile metallb/meshrs, and some node may have both.',
      'FRRConfiguration.frrk8s.metallb.io metallb/mine: The FRRConfiguration wants another passiveMode of the BFD profile meshrs than BFDProfile metallb/meshrs, and some node may have both.',
    ],
  },
  {
    rule: 'frr-lines',
    name: 'lines for some nodes, lines for every speaker, and debug messages',
    edit: (objects) => {
      const metadata = { name: 'mine', namespace: 'metallb' };
      const apiVersion = 'frrk8s.metallb.io/v1beta1';
      objects.push(
        {
          ...{ apiVersion, kind: 'FRRConfiguration', metadata },
          spec: { raw: { rawConfig: 'router bgp 4259840003\n neighbor 192.168.255.0 shutdown\n' } },
        },
        {
          ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...metadata, name: 'bgpextras' } },
          data: { extras: 'no router bgp\n' },
        },
        {
          ...{ apiVersion, kind: 'FRRK8sConfiguration', metadata: { ...metadata, name: 'config' } },
          spec: { logLevel: 'all' },
        },
      );
    },
    expected: [
      'FRRConfiguration.frrk8s.metallb.io metallb/mine: The FRRConfiguration has lines of plain FRR configuration, and some node of BGPPeer metallb/routeserver-a-fabric may have them.',
      'ConfigMap metallb/bgpextras: The ConfigMap has lines of plain FRR configuration for every speaker.',
      'FRRK8sConfiguration.frrk8s.metallb.io metallb/config: FRR of every node would write debug messages.',
    ],
  },
  {
    rule: 'scaled-by-others',
    name: 'an autoscaler',
    edit: (objects) => {
      objects.push({
        ...{ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' },
        metadata: { name: 'mine', namespace: 'meshrr' },
        spec: { scaleTargetRef: { kind: 'StatefulSet', name: 'routeserver-a' } },
      });
    },
    expected: [
      'HorizontalPodAutoscaler.autoscaling meshrr/mine: The HorizontalPodAutoscaler.autoscaling changes StatefulSet meshrr/routeserver-a by itself.',
    ],
  },
  {
    rule: 'selector-pods',
    name: "a Deployment of the user's whose pods the VIP of side a would have",
    edit: (objects) => {
      const labels = { app: 'meshrr-evpnrs', side: 'a', mine: 'yes' };
      objects.push({
        ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'mine', namespace: 'meshrr' } },
        spec: {
          selector: { matchLabels: { mine: 'yes' } },
          template: { metadata: { labels }, spec: { containers: [] } },
        },
      });
    },
    expected: [
      'Service meshrr/meshrr-core',
      'Service meshrr/routeserver-a',
      'PodDisruptionBudget meshrr/meshrr-evpnrs',
      'NetworkPolicy meshrr/routeserver-a',
    ].map((id) => `Deployment meshrr/mine: ${id} selects its pods, and is meant for route servers alone.`),
  },
  {
    rule: 'no-secret',
    name: 'passwords in clear text',
    edit: (objects) => {
      set(find(objects, 'BGPPeer', 'routeserver-a-fabric'), 'spec.password', 'hunter2');
      const neighbors = [{ asn: 65010, address: '192.0.2.1', password: 'hunter2' }];
      objects.push({
        ...{ apiVersion: 'frrk8s.metallb.io/v1beta1', kind: 'FRRConfiguration' },
        metadata: { name: 'mine', namespace: 'metallb' },
        spec: { bgp: { routers: [{ asn: 4259840003, neighbors }] } },
      });
    },
    expected: [
      'BGPPeer metallb/routeserver-a-fabric: spec.password has a password in clear text, which all readers of the repository see.',
      'FRRConfiguration.frrk8s.metallb.io metallb/mine: spec.bgp.routers[0].neighbors[0].password has a password in clear text, which all readers of the repository see.',
    ],
  },
  {
    rule: 'kept-fields',
    name: 'the password of side a for side b, which changes in the turn of side a',
    edit: (objects) => {
      set(find(objects, 'BGPPeer', 'routeserver-b-fabric'), 'spec.passwordSecret.name', 'metallb-bgp-a');
    },
    expected: [kept('BGPPeer metallb/routeserver-b-fabric', 'spec.passwordSecret.name', 'password')],
  },
  {
    rule: 'kept-fields',
    name: 'a budget that holds nobody',
    edit: (objects) => {
      set(find(objects, 'PodDisruptionBudget', 'meshrr-evpnrs'), 'spec.minAvailable', 0);
    },
    expected: [kept('PodDisruptionBudget meshrr/meshrr-evpnrs', 'spec.minAvailable', 'evictions')],
  },
  {
    rule: 'kept-fields',
    name: 'a budget by which all may be away',
    edit: (objects) => {
      const budget = find(objects, 'PodDisruptionBudget', 'meshrr-evpnrs');
      set(budget, 'spec.minAvailable', undefined);
      set(budget, 'spec.maxUnavailable', '100%');
      set(budget, 'spec.unhealthyPodEvictionPolicy', 'AlwaysAllow');
    },
    expected: ['spec.minAvailable', 'spec.maxUnavailable', 'spec.unhealthyPodEvictionPolicy'].map((path) =>
      kept('PodDisruptionBudget meshrr/meshrr-evpnrs', path, 'evictions'),
    ),
  },
  {
    rule: 'kept-fields',
    name: 'a budget that selects side a alone, and one that selects no pod',
    edit: (objects) => {
      set(find(objects, 'PodDisruptionBudget', 'meshrr-evpnrs'), 'spec.selector.matchLabels', { side: 'a', app: 'x' });
    },
    expected: [
      kept('PodDisruptionBudget meshrr/meshrr-evpnrs', 'spec.selector.matchLabels.app', 'evictions'),
      kept('PodDisruptionBudget meshrr/meshrr-evpnrs', 'spec.selector.matchLabels.side', 'evictions'),
    ],
  },
  {
    rule: 'budget-coverage',
    name: 'a budget without a selector',
    edit: (objects) => {
      set(find(objects, 'PodDisruptionBudget', 'meshrr-evpnrs'), 'spec.selector', undefined);
    },
    expected: [
      'StatefulSet meshrr/routeserver-a: No PodDisruptionBudget covers the route server routeserver-a-0.',
      'StatefulSet meshrr/routeserver-b: No PodDisruptionBudget covers the route server routeserver-b-0.',
    ],
  },
  {
    rule: 'kept-fields',
    name: 'a StatefulSet that is rolled in another way',
    edit: (objects) => {
      const a = find(objects, 'StatefulSet', 'routeserver-a');
      set(a, 'spec.updateStrategy', { type: 'OnDelete' });
      set(a, 'spec.podManagementPolicy', 'OrderedReady');
      set(a, 'spec.minReadySeconds', 0);
      set(a, 'spec.replicas', 3);
      const b = find(objects, 'StatefulSet', 'routeserver-b');
      set(b, 'spec.updateStrategy.rollingUpdate', { partition: 1 });
      set(b, 'spec.minReadySeconds', 3600);
      set(b, 'spec.ordinals', { start: 1 });
    },
    expected: [
      kept('StatefulSet meshrr/routeserver-a', 'spec.replicas', 'pods'),
      kept('StatefulSet meshrr/routeserver-a', 'spec.podManagementPolicy', 'rollOut'),
      kept('StatefulSet meshrr/routeserver-a', 'spec.updateStrategy.type', 'rollOut'),
      kept('StatefulSet meshrr/routeserver-a', 'spec.minReadySeconds', 'rollOut'),
      kept('StatefulSet meshrr/routeserver-b', 'spec.ordinals', 'pods'),
      kept('StatefulSet meshrr/routeserver-b', 'spec.updateStrategy.rollingUpdate', 'rollOut'),
    ],
  },
  {
    rule: 'kept-fields',
    name: 'no drain: the preStop, the grace period and the folder of requests are gone',
    edit: (objects) => {
      const a = find(objects, 'StatefulSet', 'routeserver-a');
      set(a, 'spec.template.spec.containers.0.lifecycle', undefined);
      set(a, 'spec.template.spec.terminationGracePeriodSeconds', 5);
      const b = find(objects, 'StatefulSet', 'routeserver-b');
      set(b, 'spec.template.spec.containers.0.lifecycle.preStop', { exec: { command: ['/bin/true'] } });
      set(b, 'spec.template.spec.containers.0.volumeMounts', []);
      set(b, 'spec.template.spec.terminationGracePeriodSeconds', 600);
    },
    expected: [
      kept('StatefulSet meshrr/routeserver-a', 'spec.template.spec.terminationGracePeriodSeconds', 'drain'),
      kept('StatefulSet meshrr/routeserver-a', 'spec.template.spec.containers.frr.lifecycle', 'drain'),
      ...Array.from({ length: 3 }, () =>
        kept('StatefulSet meshrr/routeserver-b', 'spec.template.spec.containers.frr.volumeMounts', 'program'),
      ),
      ...['[0]', '[1]', '[2]'].map((index) =>
        kept(
          'StatefulSet meshrr/routeserver-b',
          `spec.template.spec.containers.frr.lifecycle.preStop.exec.command${index}`,
          'drain',
        ),
      ),
    ],
  },
  {
    rule: 'kept-fields',
    name: 'readiness that says nothing, and an agent that ends with its first end',
    edit: (objects) => {
      const a = find(objects, 'StatefulSet', 'routeserver-a');
      set(a, 'spec.template.spec.initContainers.1.readinessProbe', undefined);
      set(a, 'spec.template.spec.initContainers.1.restartPolicy', undefined);
      set(a, 'spec.template.spec.containers.0.readinessProbe', { exec: { command: ['/bin/true'] } });
      const b = find(objects, 'StatefulSet', 'routeserver-b');
      set(b, 'spec.template.spec.initContainers.1.readinessProbe.httpGet.path', '/healthz');
      set(b, 'spec.template.spec.initContainers.1.startupProbe', { httpGet: { path: '/readyz', port: 'probes' } });
      set(b, 'spec.template.spec.containers.0.livenessProbe.failureThreshold', 1);
      set(b, 'spec.template.spec.containers.0.command', ['/usr/lib/frr/bgpd']);
    },
    expected: [
      kept('StatefulSet meshrr/routeserver-a', 'spec.template.spec.initContainers.meshrr.restartPolicy', 'drain'),
      kept('StatefulSet meshrr/routeserver-a', 'spec.template.spec.initContainers.meshrr.readinessProbe', 'readiness'),
      kept('StatefulSet meshrr/routeserver-a', 'spec.template.spec.containers.frr.readinessProbe', 'readiness'),
      kept(
        'StatefulSet meshrr/routeserver-b',
        'spec.template.spec.initContainers.meshrr.readinessProbe.httpGet.path',
        'readiness',
      ),
      kept('StatefulSet meshrr/routeserver-b', 'spec.template.spec.initContainers.meshrr.startupProbe', 'restarts'),
      ...['[1]', '[2]', '[3]'].map((index) =>
        kept('StatefulSet meshrr/routeserver-b', `spec.template.spec.containers.frr.command${index}`, 'program'),
      ),
      kept(
        'StatefulSet meshrr/routeserver-b',
        'spec.template.spec.containers.frr.livenessProbe.failureThreshold',
        'restarts',
      ),
    ],
  },
  {
    rule: 'kept-fields',
    name: 'pods that are deleted when their kubelet is silent, of less memory, and without a label',
    edit: (objects) => {
      const a = find(objects, 'StatefulSet', 'routeserver-a');
      set(a, 'spec.template.spec.tolerations', [{ key: 'dedicated', operator: 'Exists' }]);
      set(a, 'spec.template.spec.containers.0.resources.limits.memory', '64Mi');
      set(a, 'spec.template.metadata.labels.app', 'mine');
      set(a, 'spec.template.spec.volumes.0', { name: 'settings', emptyDir: {} });
    },
    expected: [
      ...[1, 2].map(() => kept('StatefulSet meshrr/routeserver-a', 'spec.template.spec.tolerations', 'absence')),
      kept('StatefulSet meshrr/routeserver-a', 'spec.template.spec.containers.frr.resources.limits.memory', 'memory'),
      kept('StatefulSet meshrr/routeserver-a', 'spec.template.spec.volumes.settings.projected', 'program'),
      kept('StatefulSet meshrr/routeserver-a', 'spec.template.spec.volumes.settings.emptyDir', 'program'),
      kept('StatefulSet meshrr/routeserver-a', 'spec.template.metadata.labels.app', 'pods'),
    ],
  },
  {
    rule: 'kept-fields',
    name: 'a mesh of those that are ready, and VIPs that are announced by all nodes, or to some clients',
    edit: (objects) => {
      set(find(objects, 'Service', 'meshrr-core'), 'spec.publishNotReadyAddresses', false);
      const a = find(objects, 'Service', 'routeserver-a');
      set(a, 'spec.externalTrafficPolicy', 'Cluster');
      set(a, 'spec.loadBalancerSourceRanges', ['192.0.2.0/24']);
      const b = find(objects, 'Service', 'routeserver-b');
      set(b, 'spec.publishNotReadyAddresses', undefined);
      set(b, 'spec.loadBalancerIP', '192.168.255.2');
      annotate(b, 'metallb.io/loadBalancerIPs', undefined);
    },
    expected: [
      kept('Service meshrr/meshrr-core', 'spec.publishNotReadyAddresses', 'sessions'),
      kept('Service meshrr/routeserver-a', 'spec.externalTrafficPolicy', 'sessions'),
      kept('Service meshrr/routeserver-a', 'spec.loadBalancerSourceRanges', 'sessions'),
      kept('Service meshrr/routeserver-b', 'spec.publishNotReadyAddresses', 'sessions'),
      kept('Service meshrr/routeserver-b', 'spec.loadBalancerIP', 'sessions'),
      kept('Service meshrr/routeserver-b', 'metadata.annotations["metallb.io/loadBalancerIPs"]', 'sessions'),
    ],
  },
  {
    rule: 'kept-fields',
    name: 'a gate that is another program, and nobody who may see the others',
    edit: (objects) => {
      set(find(objects, 'Pod', 'routeserver-b-gate'), 'spec.containers.0.command', ['/bin/true']);
      set(find(objects, 'Role', 'meshrr-evpnrs'), 'rules', []);
      const bindings = objects.filter(
        ({ kind, metadata }) => kind === 'RoleBinding' && metadata.name === 'meshrr-evpnrs-gate',
      );
      for (const binding of bindings) set(binding, 'subjects', []);
    },
    expected: [
      kept('RoleBinding metallb/meshrr-evpnrs-gate', 'subjects', 'rights'),
      kept('RoleBinding meshrr/meshrr-evpnrs-gate', 'subjects', 'rights'),
      // One for each rule that is gone.
      kept('Role meshrr/meshrr-evpnrs', 'rules', 'rights'),
      kept('Role meshrr/meshrr-evpnrs', 'rules', 'rights'),
      kept('Role meshrr/meshrr-evpnrs', 'rules', 'rights'),
      kept('Pod meshrr/routeserver-b-gate', 'spec.containers.gate.command', 'program'),
    ],
  },
  {
    rule: 'kept-fields',
    name: 'objects that Argo CD replaces, makes as hooks, or takes for no side',
    edit: (objects) => {
      annotate(find(objects, 'StatefulSet', 'routeserver-a'), 'argocd.argoproj.io/sync-options', 'Replace=true');
      annotate(find(objects, 'StatefulSet', 'routeserver-a'), 'argocd.argoproj.io/hook', 'Sync');
      annotate(find(objects, 'Service', 'routeserver-a'), 'helm.sh/hook', 'pre-install');
      set(find(objects, 'ConfigMap', 'routeserver-b-settings'), 'metadata.labels.side', undefined);
      wave(find(objects, 'PodDisruptionBudget', 'meshrr-evpnrs'), '40');
    },
    expected: [
      kept('PodDisruptionBudget meshrr/meshrr-evpnrs', 'metadata.annotations["argocd.argoproj.io/sync-wave"]', 'order'),
      kept('Service meshrr/routeserver-a', 'metadata.annotations["helm.sh/hook"]', 'order'),
      kept('StatefulSet meshrr/routeserver-a', 'metadata.annotations["argocd.argoproj.io/sync-options"]', 'order'),
      kept('StatefulSet meshrr/routeserver-a', 'metadata.annotations["argocd.argoproj.io/hook"]', 'order'),
      kept('ConfigMap meshrr/routeserver-b-settings', 'metadata.labels.side', 'order'),
    ],
  },
  {
    rule: 'kept-fields',
    name: 'settings of one side, and a policy that lets no client in',
    edit: (objects) => {
      const settings = find(objects, 'ConfigMap', 'routeserver-b-settings');
      const { 'meshrr.conf.yml': text = '' } = settings['data'] as Record<string, string>;
      set(settings, 'data', { 'meshrr.conf.yml': text.replace('holdSeconds: 120', 'holdSeconds: 0') });
      set(find(objects, 'NetworkPolicy', 'routeserver-a'), 'spec.ingress', []);
    },
    expected: [
      ...[1, 2].map(() => kept('NetworkPolicy meshrr/routeserver-a', 'spec.ingress', 'sessions')),
      kept('ConfigMap meshrr/routeserver-b-settings', 'data["meshrr.conf.yml"]', 'settings'),
    ],
  },
];

describe('what is generated', () => {
  test.each(caseNames().filter((name) => name !== 'persistence-template'))('%s obeys every rule', (name) => {
    expect(lintCluster(objectsOf(name), factsOf(name))).toMatchObject({ findings: [], waived: [] });
  });

  test('a template of the user obeys them once it is there', () => {
    const template = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'meshrr-template', namespace: 'meshrr' },
      data: { 'juniper.conf.j2': 'system {}' },
    };

    expect(
      lintCluster([...objectsOf('persistence-template'), template], factsOf('persistence-template')).findings,
    ).toEqual([]);
  });
});

describe('a broken sample is refused', () => {
  test.each(samples)('$rule: $name', ({ rule, base = 'frr', edit, expected }) => {
    const objects = objectsOf(base);
    edit(objects);

    const { findings } = lintCluster(objects, factsOf(base));

    expect(findings.filter((finding) => finding.rule === rule).map(describeFinding)).toEqual(expected);
  });

  test('and says all that stands in lint.txt', () => {
    const said = samples.map(({ rule, name, base = 'frr', edit }) => {
      const objects = objectsOf(base);
      edit(objects);
      const findings = lintCluster(objects, factsOf(base)).findings.filter((finding) => finding.rule === rule);
      return [`# ${rule}: ${name}`, ...findings.map(({ object, ...finding }) => says(object, finding))].join('\n');
    });
    expectGolden('lint.txt', said);
  });

  test('every rule has one', () => {
    expect([...new Set(samples.map(({ rule }) => rule))].sort()).toEqual(rules.map(({ id }) => id).sort());
  });
});

describe('what a rule must not refuse', () => {
  test.each<[string, string, (objects: Editable[]) => void]>([
    [
      'an advertisement of all pools, to all BGPPeers',
      'pool-advertised',
      (objects) => {
        set(find(objects, 'BGPAdvertisement', 'routeserver-b'), 'spec.ipAddressPools', []);
        set(find(objects, 'BGPAdvertisement', 'routeserver-b'), 'spec.peers', undefined);
      },
    ],
    [
      'an advertisement that selects its pools by label',
      'pool-advertised',
      (objects) => {
        const { spec } = find(objects, 'BGPAdvertisement', 'routeserver-b') as unknown as { spec: object };
        Object.assign(spec, { ipAddressPools: [], ipAddressPoolSelectors: [{ matchLabels: { side: 'b' } }] });
      },
    ],
    [
      'an advertisement without a list of BGPPeers',
      'advertisement-closed',
      (objects) => {
        set(find(objects, 'BGPAdvertisement', 'routeserver-a'), 'spec.peers', undefined);
      },
    ],
    [
      'a ConfigMap that a pod can start without, and a binary key',
      'config-map-exists',
      (objects) => {
        const optional = { name: 'mine', configMap: { name: 'not-there', optional: true } };
        const binary = { name: 'binary', configMap: { name: 'binary', items: [{ key: 'logo' }] } };
        set(find(objects, 'StatefulSet', 'routeserver-a'), 'spec.template.spec.volumes', [optional, binary]);
        const metadata = { name: 'binary', namespace: 'meshrr' };
        objects.push({ apiVersion: 'v1', kind: 'ConfigMap', metadata, binaryData: { logo: 'AA==' } });
      },
    ],
    [
      "another application's pods on nodes of any other application, as long as they are bound to the side",
      'side-affinity',
      (objects) => {
        const other = structuredClone(find(objects, 'StatefulSet', 'routeserver-a'));
        set(other, 'metadata.name', 'mine');
        set(other, 'spec.template.metadata.labels.app', 'mine');
        set(other, 'spec.template.spec.affinity.podAntiAffinity', undefined);
        objects.push(other);
      },
    ],
    [
      'a workload of another namespace with the same labels',
      'selector-pods',
      (objects) => {
        const other = structuredClone(find(objects, 'StatefulSet', 'routeserver-a'));
        other.metadata.namespace = 'staging';
        objects.push(other);
      },
    ],
    [
      'a BGPPeer whose AS MetalLB learns',
      'ebgp-multihop',
      (objects) => {
        set(find(objects, 'BGPPeer', 'routeserver-a-fabric'), 'spec.peerASN', undefined);
      },
    ],
  ])('%s (%s)', (_, rule, edit) => {
    const objects = objectsOf('frr');
    edit(objects);

    expect(findingsOf(rule, objects)).toEqual([]);
  });

  test('what a component adds to a generated object, and a time that is longer', () => {
    const objects = objectsOf('frr');
    const routeServer = find(objects, 'StatefulSet', 'routeserver-a') as unknown as {
      spec: { template: { metadata: { annotations: object }; spec: Record<string, unknown[]> } };
    };
    const { metadata, spec } = routeServer.spec.template;
    Object.assign(metadata.annotations, { 'prometheus.io/scrape': 'true' });
    spec['tolerations']?.push({ key: 'dedicated', operator: 'Exists', effect: 'NoSchedule' });
    spec['containers']?.push({ name: 'exporter', image: 'exporter' });
    spec['volumes']?.push({ name: 'mine', emptyDir: {} });
    const agent = spec['initContainers']?.[1] as { image: string; env: object[]; ports: object[] };
    agent.image = 'mirror.example/mesh-agent:1';
    agent.env.push({ name: 'TZ', value: 'UTC' });
    agent.ports.push({ name: 'mine', containerPort: 9 });
    Object.assign(spec, {
      priorityClassName: 'high',
      imagePullSecrets: [{ name: 'mirror' }],
      terminationGracePeriodSeconds: 900,
    });
    wave(find(objects, 'Service', 'routeserver-b'), '22');

    expect(findingsOf('kept-fields', objects)).toEqual([]);
  });

  test('a StatefulSet of another application needs no gate', () => {
    const objects = objectsOf('frr');
    const other = structuredClone(find(objects, 'StatefulSet', 'routeserver-b'));
    set(other, 'metadata.name', 'mine');
    set(other, 'spec.template.metadata.labels.app', 'mine');
    objects.push(other);

    expect(findingsOf('gate-arguments', objects)).toEqual([]);
  });

  test('a selector by the index that Kubernetes gives to the pods of a StatefulSet', () => {
    const objects = objectsOf('two-replicas');
    const selector = { app: 'meshrr-evpnrs', side: 'b', 'apps.kubernetes.io/pod-index': '1' };
    const metadata = { name: 'second', namespace: 'meshrr' };
    objects.push({ apiVersion: 'v1', kind: 'Service', metadata, spec: { selector, ports: [{ port: 1 }] } });

    expect(findingsOf('selector-pods', objects, 'two-replicas')).toEqual([]);
    set(objects.at(-1) ?? expect.unreachable(), 'spec.selector', { ...selector, 'apps.kubernetes.io/pod-index': '7' });
    expect(findingsOf('selector-pods', objects, 'two-replicas')).not.toEqual([]);
  });
});

describe('a waiver', () => {
  test('lets a rule through on one object, with its reason', () => {
    const objects = objectsOf('frr');
    objects.push(openPolicy('waive.meshrs.dev/ports-closed', 'our own looking glass'));

    const { findings, waived } = lintCluster(objects, factsOf('frr'));

    expect(findings).toEqual([]);
    expect(waived.map(({ rule, object, reason }) => ({ rule, object, reason }))).toEqual([
      { rule: 'ports-closed', object: 'NetworkPolicy meshrr/mine', reason: 'our own looking glass' },
    ]);
  });

  test.each([
    ['ports-closed', ' ', 'The waiver has no reason.'],
    ['ports-closeds', 'because', 'There is no rule "ports-closeds".'],
    ['ebgp-multihop', 'because', 'The rule ebgp-multihop cannot be waived.'],
    ['no-secret', 'because', 'The rule no-secret cannot be waived.'],
    ['kept-fields', 'because', 'The rule kept-fields cannot be waived.'],
    ['budget-coverage', 'because', 'The rule budget-coverage cannot be waived.'],
    ['side-affinity', 'because', 'The rule side-affinity cannot be waived.'],
    ['ports-closed', 'because', 'The rule ports-closed finds no fault here, so there is nothing to waive.'],
  ])('of %s with the reason "%s" is refused', (rule, reason, message) => {
    const objects = objectsOf('frr');
    annotate(find(objects, 'BGPPeer', 'routeserver-a-fabric'), `waive.meshrs.dev/${rule}`, reason);

    expect(lintCluster(objects, factsOf('frr')).findings.map(describeFinding)).toEqual([
      `BGPPeer metallb/routeserver-a-fabric: ${message}`,
    ]);
  });

  test('names each field that it lets through, and no other one', () => {
    const objects = objectsOf('frr');
    const a = find(objects, 'StatefulSet', 'routeserver-a');
    set(a, 'spec.template.spec.hostAliases', [{ ip: '192.0.2.1', hostnames: ['x'] }]);
    set(a, 'spec.template.spec.dnsPolicy', 'Default');
    const lines = [
      'spec.template.spec.hostAliases["#3090529e"]: the licence server has no name',
      'spec.template.spec.schedulerName: mine',
      'spec.template.spec.dnsPolicy:',
      'because I say so',
    ];
    annotate(a, 'waive.meshrs.dev/changed-fields', lines.join('\n'));

    const { findings, waived } = lintCluster(objects, factsOf('frr'));

    expect(waived.map(({ field, reason }) => [field, reason])).toEqual([
      ['spec.template.spec.hostAliases["#3090529e"]', 'the licence server has no name'],
    ]);
    expect(findings.map(describeFinding)).toEqual([
      worded('StatefulSet meshrr/routeserver-a', 'spec.template.spec.dnsPolicy'),
      'StatefulSet meshrr/routeserver-a: The rule changed-fields finds no fault in spec.template.spec.schedulerName, so there is nothing to waive.',
      'StatefulSet meshrr/routeserver-a: The waiver has no reason for spec.template.spec.dnsPolicy.',
      'StatefulSet meshrr/routeserver-a: A line of the waiver names no field.',
    ]);
  });

  test('lets an element of a list through, and none that is added later', () => {
    const objects = objectsOf('frr');
    const peer = find(objects, 'BGPAdvertisement', 'routeserver-a');
    set(peer, 'spec.communities', ['65000:0', '65535:65282', '65535:65281']);
    const policy = find(objects, 'NetworkPolicy', 'routeserver-a');
    const { ingress } = policy['spec'] as { readonly ingress: unknown[] };
    ingress.push({ ports: [{ port: 1000 }] }, {});
    annotate(peer, 'waive.meshrs.dev/changed-fields', 'spec.communities["65535:65282"]: kept by the fabric');
    annotate(policy, 'waive.meshrs.dev/changed-fields', 'spec.ingress: tools');

    const { findings, waived } = lintCluster(objects, factsOf('frr'));

    expect(waived.map(({ field }) => field)).toEqual(['spec.communities["65535:65282"]']);
    expect(findings.map(describeFinding)).toEqual([
      worded('BGPAdvertisement metallb/routeserver-a', 'spec.communities["65535:65281"]'),
      worded('NetworkPolicy meshrr/routeserver-a', 'spec.ingress["#44136fa3"]'),
      'NetworkPolicy meshrr/routeserver-a: The rule changed-fields finds no fault in spec.ingress, so there is nothing to waive.',
    ]);
  });

  test('does not let through what the promise rests on', () => {
    const objects = objectsOf('frr');
    const a = find(objects, 'StatefulSet', 'routeserver-a');
    set(a, 'spec.template.spec.nodeSelector', { side: 'b' });
    annotate(a, 'waive.meshrs.dev/changed-fields', 'spec.template.spec.nodeSelector.side: because');

    expect(lintCluster(objects, factsOf('frr')).findings.map(({ rule }) => rule)).toEqual(['changed-fields', 'waiver']);
  });

  test('without a reason lets nothing through', () => {
    const objects = objectsOf('frr');
    objects.push(openPolicy('waive.meshrs.dev/ports-closed', ''));

    expect(lintCluster(objects, factsOf('frr')).findings.map(({ rule }) => rule)).toEqual(['ports-closed', 'waiver']);
  });
});

function findingsOf(rule: string, objects: readonly Editable[], base = 'frr'): string[] {
  const { findings } = lintCluster(objects, factsOf(base));
  return findings.filter((finding) => finding.rule === rule).map(describeFinding);
}

/** A policy of the user's that lets anybody dial BGP, with an annotation. */
function openPolicy(key: string, value: string): Editable {
  return {
    ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
    metadata: { name: 'mine', namespace: 'meshrr', annotations: { [key]: value } },
    spec: { podSelector: {}, ingress: [{ ports: [{ port: 179 }] }] },
  };
}

/** What the rule changed-fields says of a field that needs a word. */
function worded(object: string, path: string): string {
  return `${object}: ${path} is not what the topology gives, and is not a field that a component changes freely.`;
}

/** What the rule kept-fields says of a field. */
function kept(object: string, path: string, loss: keyof typeof losses): string {
  return `${object}: ${path} is not what the topology gives. ${losses[loss]}`;
}

function describeFinding({ object, message }: LintFinding): string {
  return `${object}: ${message}`;
}

function remove(objects: Editable[], kind: string, name: string): void {
  objects.splice(objects.indexOf(find(objects, kind, name)), 1);
}

function wave(object: Editable, value: string | undefined): void {
  annotate(object, 'argocd.argoproj.io/sync-wave', value);
}

function annotate(object: Editable, key: string, value: string | undefined): void {
  const others = Object.entries(object.metadata.annotations ?? {}).filter(([name]) => name !== key);
  object.metadata.annotations = Object.fromEntries(value === undefined ? others : [...others, [key, value]]);
}
