import type { Editable } from '../support/built.ts';
import { replace, withObjects, type Component } from './patch.ts';

/* Objects of the user's about which no rule may say a word. */

const meta = (name: string, namespace = 'meshrr') => ({ name, namespace });
const core = { apiVersion: 'v1' };
const vip = { type: 'LoadBalancer', ports: [{ port: 443 }] };

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

const frrOf = (fields: object): Editable => ({
  ...{ apiVersion: 'frrk8s.metallb.io/v1beta1', kind: 'FRRConfiguration', metadata: meta('mine', 'metallb') },
  spec: fields,
});
const fabricOf = (holdTime: string, keepaliveTime: string) => ({
  asn: 4259840003,
  neighbors: [
    {
      ...{ address: '192.168.255.0', asn: 4259840002, ebgpMultiHop: true, passwordSecret: { name: 'metallb-bgp-a' } },
      ...{ holdTime, keepaliveTime, connectTime: '10s' },
    },
  ],
});

export const welcomeObjects: readonly Component[] = [
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
  withObjects('a policy of both sides that lets nothing more in', {
    ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: meta('mine') },
    spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'], ingress: [] },
  }),
  withObjects('rules of a direction that the policy does not have', {
    ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: meta('mine') },
    spec: { podSelector: {}, policyTypes: ['Egress'], ingress: [{ ports: [{ port: 179 }] }] },
  }),
  withObjects('BGP of another namespace', {
    ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: meta('mine', 'metallb') },
    spec: { podSelector: {}, ingress: [{ ports: [{ port: 179 }] }] },
  }),
  ...(
    [
      ['with a side of its own', 'meshrr', { app: 'cache', side: 'left' }],
      ['with a side and no application', 'meshrr', { side: 'left' }],
      ["of another namespace, with the fleet's application", 'metallb', { app: 'meshrr-evpnrs', side: 'left' }],
    ] as const
  ).map(([what, namespace, labels]) =>
    withObjects(`a Deployment ${what}`, {
      ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: meta('mine', namespace) },
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'mine', image: 'mine' }] } },
      },
    }),
  ),
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
  withObjects('advice about resources', {
    ...{ apiVersion: 'autoscaling.k8s.io/v1', kind: 'VerticalPodAutoscaler', metadata: meta('mine') },
    spec: { targetRef: { kind: 'StatefulSet', name: 'routeserver-b' }, updatePolicy: { updateMode: 'Off' } },
  }),
  withObjects('a router with a BFD profile', peerOf('mine', { peerAddress: '192.0.2.1', bfdProfile: 'mine' }), {
    ...{ apiVersion: 'metallb.io/v1beta1', kind: 'BFDProfile', metadata: meta('mine', 'metallb') },
    spec: { detectMultiplier: 3 },
  }),
  withObjects(
    'the echo mode for a router that learns IPv4 addresses',
    ...[pool, peerOf('mine', { peerAddress: '192.0.2.1', bfdProfile: 'mine' })],
    { ...advertisement, spec: { ipAddressPools: ['mine'], peers: ['mine'] } },
    {
      ...{ apiVersion: 'metallb.io/v1beta1', kind: 'BFDProfile', metadata: meta('mine', 'metallb') },
      spec: { echoMode: true },
    },
  ),
  ...(
    [
      ['put together by its whole prefix', [{ aggregationLength: 28 }]],
      ['twice, with one preference', [{ localPref: 100 }, { localPref: 100 }]],
      ['with two preferences of other lengths', [{ localPref: 100 }, { localPref: 200, aggregationLength: 30 }]],
      [
        'with two preferences on nodes of their own',
        [
          { localPref: 100, nodeSelectors: [{ matchLabels: { rack: 'one' } }] },
          { localPref: 200, nodeSelectors: [{ matchLabels: { rack: 'two' } }] },
        ],
      ],
      [
        'with two preferences of some Services',
        [{ localPref: 100 }, { localPref: 200, serviceSelectors: [{ matchLabels: { app: 'mine' } }] }],
      ],
      ['for two kinds of nodes', [{ nodeSelectors: [{ matchLabels: { a: 'b' } }, { matchLabels: { a: 'c' } }] }]],
    ] as const
  ).map(([what, specs]) =>
    withObjects(
      `a pool advertised ${what}`,
      pool,
      ...specs.map((spec, index) => ({
        ...{ ...advertisement, metadata: meta(`mine-${String(index)}`, 'metallb') },
        spec: { ipAddressPools: ['mine'], ...spec },
      })),
    ),
  ),
  withObjects('IPv6 addresses that nobody announces by BGP', {
    ...{ ...pool, spec: { addresses: ['fd00:1::/120'] } },
    metadata: {
      ...meta('mine', 'metallb'),
      annotations: { 'waive.meshrs.dev/pool-advertised': 'by layer 2 elsewhere' },
    },
  }),
  withObjects('lines of FRR for nodes of no side', {
    ...frrOf({
      raw: { rawConfig: 'ip prefix-list x' },
      nodeSelector: { matchExpressions: [{ key: 'side', operator: 'DoesNotExist' }] },
    }),
  }),
  ...(
    [
      ['prefixes of the router', { allowed: { prefixes: ['192.0.2.0/24'] } }, {}],
      ['all prefixes', { allowed: { mode: 'all' }, nextHop: { ipv4: '192.0.2.9' } }, {}],
      [
        'prefixes of both families',
        { allowed: { prefixes: ['192.0.2.0/24', '2001:db8::/32'] }, nextHop: { ipv6: '2001:db8::1' } },
        { dualStackAddressFamily: true },
      ],
      [
        'a preference and communities',
        {
          allowed: { mode: 'all' },
          withLocalPref: [{ localPref: 200, prefixes: ['192.0.2.0/24'] }],
          withCommunity: [
            { community: '65000:1', prefixes: ['192.0.2.0/24'] },
            { community: 'large:65000:1:1', prefixes: ['192.0.2.0/24'] },
          ],
        },
        {},
      ],
      ['prefixes of another VRF', { allowed: { prefixes: ['198.51.100.0/24'] } }, {}],
    ] as const
  ).map(([what, toAdvertise, fields]) =>
    withObjects(
      `a neighbor of FRR that learns ${what}`,
      frrOf({
        bgp: {
          routers: [
            {
              ...{ asn: 4259840003, prefixes: ['192.0.2.0/24', '2001:db8::/32'], imports: [{ vrf: 'red' }] },
              neighbors: [{ asn: 65010, address: '192.0.2.1', toAdvertise, ...fields }],
            },
            { asn: 65011, vrf: 'red', prefixes: ['198.51.100.0/24'], imports: [{ vrf: 'default' }] },
          ],
        },
      }),
    ),
  ),
  withObjects(
    'what FRR learns',
    frrOf({
      bgp: {
        routers: [
          {
            asn: 4259840003,
            neighbors: [
              {
                ...{ asn: 65010, interface: 'eth1' },
                toReceive: {
                  allowed: {
                    prefixes: [
                      { prefix: '10.0.0.0/16', ge: 24, le: 28 },
                      { prefix: '2001:db8::/32', le: 48 },
                    ],
                  },
                },
              },
            ],
          },
        ],
      },
    }),
  ),
  withObjects(
    'a router ID of a VRF of its own',
    frrOf({ bgp: { routers: [{ asn: 65011, id: '192.0.2.9', vrf: 'red' }] } }),
  ),
  withObjects(
    'a router ID of nodes of no side',
    frrOf({
      bgp: { routers: [{ asn: 4259840003, id: '192.0.2.9' }] },
      nodeSelector: { matchExpressions: [{ key: 'side', operator: 'DoesNotExist' }] },
    }),
  ),
  withObjects('no lines of FRR', frrOf({ raw: { rawConfig: '' } })),
  withObjects('the router of the sides as MetalLB has it', frrOf({ bgp: { routers: [fabricOf('9s', '3s')] } })),
  {
    what: "objects of the user's: the router of the sides, whose keepalive time is no whole second",
    patches: [{ kind: 'BGPPeer', name: 'routeserver-a-fabric', operations: [replace('/spec/holdTime', '10s')] }],
    resources: [frrOf({ bgp: { routers: [fabricOf('10s', '3s')] }, nodeSelector: { matchLabels: { side: 'a' } } })],
  },
  {
    ...withObjects("MetalLB's BFD profile as it is, and one more", {
      ...frrOf({
        bgp: {
          bfdProfiles: [
            { name: 'meshrs', receiveInterval: 150, transmitInterval: 300, detectMultiplier: 3, echoMode: false },
            { name: 'mine', receiveInterval: 50 },
          ],
        },
      }),
    }),
    base: 'peer-scope-global',
  },
  withObjects('fewer messages of FRR', {
    ...{ apiVersion: 'frrk8s.metallb.io/v1beta1', kind: 'FRRK8sConfiguration', metadata: meta('config', 'metallb') },
    spec: { logLevel: 'warn' },
  }),
  withObjects('a ConfigMap of MetalLB', {
    ...{ ...core, kind: 'ConfigMap', metadata: meta('bgpextras') },
    data: { extras: 'of another namespace' },
  }),
];
