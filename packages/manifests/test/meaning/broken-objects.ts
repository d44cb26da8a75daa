import type { Editable } from '../support/built.ts';
import { refusedBy, refusedObjects, withObjects, type BrokenComponent } from './patch.ts';

/* Objects of the user's that break the promise, or that no program takes. */

const meta = (name: string, namespace = 'meshrr') => ({ name, namespace });
const metallb = { apiVersion: 'metallb.io/v1beta1' };
const addressOf = (address: string) => ({ ...meta('mine'), annotations: { 'metallb.io/loadBalancerIPs': address } });

const serviceOf = (annotations: Record<string, string>, fields: object = {}): Editable => ({
  ...{ apiVersion: 'v1', kind: 'Service', metadata: { ...meta('mine'), annotations } },
  spec: { type: 'LoadBalancer', selector: {}, ports: [{ port: 443 }], ...fields },
});
const frrOf = (fields: object): Editable => ({
  ...{ apiVersion: 'frrk8s.metallb.io/v1beta1', kind: 'FRRConfiguration', metadata: meta('mine', 'metallb') },
  spec: fields,
});
const rack = [{ matchLabels: { rack: 'one' } }];
const peerOf = (fields: object): Editable => ({
  ...{ apiVersion: 'metallb.io/v1beta2', kind: 'BGPPeer', metadata: meta('mine', 'metallb') },
  spec: { myASN: 4259840003, peerASN: 65010, ...fields },
});
const routerOf = (neighbor: object) => ({ asn: 4259840003, neighbors: [neighbor] });
const mine = { address: '192.0.2.1', asn: 65010 };
/** The router of the sides as MetalLB has it. */
const fabric = {
  ...{ address: '192.168.255.0', asn: 4259840002, ebgpMultiHop: true, passwordSecret: { name: 'metallb-bgp-a' } },
  ...{ holdTime: '9s', keepaliveTime: '3s', connectTime: '10s' },
};
/** MetalLB's profile of the case `peer-scope-global`. */
const bfd = { name: 'meshrs', receiveInterval: 150, transmitInterval: 300, detectMultiplier: 3 };

const limits: readonly BrokenComponent[] = refusedBy('namespace-limits', [
  withObjects('a quota of pods', {
    ...{ apiVersion: 'v1', kind: 'ResourceQuota', metadata: meta('mine') },
    spec: { hard: { pods: '2' } },
  }),
  withObjects('a quota of limits', {
    ...{ apiVersion: 'v1', kind: 'ResourceQuota', metadata: meta('mine') },
    spec: { hard: { 'limits.cpu': '4' } },
  }),
  withObjects('a limit that containers have by default', {
    ...{ apiVersion: 'v1', kind: 'LimitRange', metadata: meta('mine') },
    spec: { limits: [{ type: 'Container', default: { cpu: '100m' } }] },
  }),
  withObjects('limits for the speakers', {
    ...{ apiVersion: 'v1', kind: 'LimitRange', metadata: meta('mine', 'metallb') },
    spec: { limits: [{ type: 'Pod', max: { memory: '64Mi' } }] },
  }),
]);

export const brokenObjects: readonly BrokenComponent[] = [
  ...limits,
  refusedObjects('budget-coverage', 'a second budget', {
    ...{ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: meta('mine') },
    spec: { maxUnavailable: 1, selector: { matchLabels: { side: 'a' } } },
  }),
  refusedObjects('selector-pods', 'one address for both sides', {
    ...{ apiVersion: 'v1', kind: 'Service', metadata: meta('mine') },
    spec: { type: 'LoadBalancer', selector: { app: 'meshrr-evpnrs' }, ports: [{ port: 179 }] },
  }),
  refusedObjects('no-secret', 'a Secret', {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: meta('mine'),
    stringData: { password: 'x' },
  }),
  refusedObjects('no-secret', 'a password in clear text', {
    ...{ apiVersion: 'metallb.io/v1beta2', kind: 'BGPPeer', metadata: meta('mine', 'metallb') },
    spec: { myASN: 4259840003, peerASN: 65010, peerAddress: '192.0.2.1', password: 'secret' },
  }),
  refusedObjects('addresses-unique', "another Service's VIP, by the old annotation", {
    ...{ apiVersion: 'v1', kind: 'Service' },
    metadata: { ...meta('mine'), annotations: { 'metallb.universe.tf/loadBalancerIPs': '192.168.255.1' } },
    spec: { type: 'LoadBalancer', selector: {}, ports: [{ port: 443 }] },
  }),
  refusedObjects('addresses-unique', "another Service's VIP", {
    ...{ apiVersion: 'v1', kind: 'Service', metadata: addressOf('192.168.255.1') },
    spec: { type: 'LoadBalancer', selector: {}, ports: [{ port: 443 }] },
  }),
  refusedObjects('addresses-unique', "another Service's VIP as an external address", {
    ...{ apiVersion: 'v1', kind: 'Service', metadata: meta('mine') },
    spec: { selector: {}, externalIPs: ['192.168.255.1'], ports: [{ port: 179 }] },
  }),
  ...(
    [
      ["a client's prefix", '192.168.1.11/32'],
      ['a network of clients', '192.168.1.0/24'],
      ['a range with a loopback of a router', '192.168.1.1-192.168.1.9'],
      ['all that there is', '0.0.0.0/0'],
    ] as const
  ).map(([what, entry]) =>
    refusedObjects(
      'addresses-unique',
      `a pool of ${what}, which is announced`,
      {
        ...{ ...metallb, kind: 'IPAddressPool', metadata: meta('mine', 'metallb') },
        spec: { addresses: [entry] },
      },
      {
        ...{ ...metallb, kind: 'BGPAdvertisement', metadata: meta('mine', 'metallb') },
        spec: { ipAddressPools: ['mine'] },
      },
    ),
  ),
  refusedObjects('addresses-unique', "a client's address", {
    ...{ apiVersion: 'v1', kind: 'Service', metadata: addressOf('192.168.1.11') },
    spec: { type: 'LoadBalancer', selector: {}, ports: [{ port: 443 }] },
  }),
  refusedObjects('addresses-unique', "a router's loopback beside another address", {
    ...{ apiVersion: 'v1', kind: 'Service', metadata: addressOf('203.0.113.1,192.168.1.3') },
    spec: { type: 'LoadBalancer', selector: {}, ports: [{ port: 443 }] },
  }),
  refusedObjects('addresses-unique', "a client's address as an external address", {
    ...{ apiVersion: 'v1', kind: 'Service', metadata: meta('mine') },
    spec: { selector: {}, externalIPs: ['::ffff:192.168.1.11', '192.168.1.11'], ports: [{ port: 443 }] },
  }),
  refusedObjects('addresses-unique', "the routers' anycast loopback", {
    ...{ apiVersion: 'v1', kind: 'Service', metadata: addressOf('192.168.255.0') },
    spec: { type: 'LoadBalancer', selector: {}, ports: [{ port: 443 }] },
  }),
  refusedObjects('addresses-unique', 'a pool over the VIPs', {
    ...{ ...metallb, kind: 'IPAddressPool', metadata: meta('mine', 'metallb') },
    spec: { addresses: ['192.168.255.0/24'] },
  }),
  refusedObjects('advertised-once', 'an announcement of all pools by layer 2', {
    ...{ ...metallb, kind: 'L2Advertisement', metadata: meta('mine', 'metallb') },
    spec: {},
  }),
  refusedObjects('metallb-takes', 'an announcement of all pools, put together', {
    ...{ ...metallb, kind: 'BGPAdvertisement', metadata: meta('mine', 'metallb') },
    spec: { aggregationLength: 24 },
  }),
  refusedObjects('scaled-by-others', 'more and fewer pods by load', {
    ...{ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: meta('mine') },
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'routeserver-a' }, maxReplicas: 3 },
  }),
  refusedObjects('scaled-by-others', 'other resources by a program', {
    ...{ apiVersion: 'autoscaling.k8s.io/v1', kind: 'VerticalPodAutoscaler', metadata: meta('mine') },
    spec: { targetRef: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'routeserver-b' } },
  }),
  refusedObjects('frr-merges', 'another AS of FRR on the nodes of a side', {
    ...{ apiVersion: 'frrk8s.metallb.io/v1beta1', kind: 'FRRConfiguration', metadata: meta('mine', 'metallb') },
    spec: { bgp: { routers: [{ asn: 65010 }] }, nodeSelector: { matchLabels: { side: 'a' } } },
  }),
  refusedObjects('no-secret', 'a password of FRR in clear text', {
    ...{ apiVersion: 'frrk8s.metallb.io/v1beta1', kind: 'FRRConfiguration', metadata: meta('mine', 'metallb') },
    spec: { bgp: { routers: [{ asn: 4259840003, neighbors: [{ asn: 65010, address: '192.0.2.1', password: 'x' }] }] } },
  }),
  refusedObjects(
    'address-pinned',
    "a side's pool without an address",
    serviceOf({ 'metallb.io/address-pool': 'routeserver-a' }, { selector: { app: 'mine' } }),
  ),
  refusedObjects(
    'address-pinned',
    "a side's pool, by the old annotation",
    serviceOf({ 'metallb.universe.tf/address-pool': 'routeserver-b' }),
  ),
  refusedObjects('address-pinned', "a side's pool and an address outside of it", {
    ...serviceOf({ 'metallb.io/address-pool': 'routeserver-a', 'metallb.io/loadBalancerIPs': '192.0.2.7' }),
  }),
  ...(
    [
      ["a side's router on nodes of any rack", 'peers-on-node', { peerAddress: '192.168.255.0', nodeSelectors: rack }],
      [
        'another AS of MetalLB on nodes of any rack',
        'peers-on-node',
        { peerAddress: '192.0.2.1', myASN: 65011, nodeSelectors: rack },
      ],
      [
        'a router ID on nodes of any rack',
        'peers-on-node',
        { peerAddress: '192.0.2.1', routerID: '192.0.2.9', nodeSelectors: rack },
      ],
      ['iBGP with multihop', 'ebgp-multihop', { peerAddress: '192.0.2.1', peerASN: 4259840003, ebgpMultiHop: true }],
      [
        'another AS of its own for iBGP',
        'metallb-takes',
        { peerAddress: '192.0.2.1', peerASN: 4259840003, localASN: 65000 },
      ],
    ] as const
  ).map(([what, rule, fields]) => refusedObjects(rule, `a BGPPeer, ${what}`, peerOf(fields))),
  refusedObjects(
    'bfd-profile-exists',
    'a BFD profile of another namespace',
    peerOf({ peerAddress: '192.0.2.1', bfdProfile: 'mine' }),
    {
      ...{ ...metallb, kind: 'BFDProfile', metadata: meta('mine', 'default') },
      spec: {},
    },
  ),
  refusedObjects(
    'bfd-profile-exists',
    'a BFD profile of another program',
    peerOf({ peerAddress: '192.0.2.1', bfdProfile: 'mine' }),
    {
      ...{ apiVersion: 'example.com/v1', kind: 'BFDProfile', metadata: meta('mine', 'metallb') },
      spec: {},
    },
  ),
  ...['Auto', 'Initial', 'Recreate'].map((updateMode) =>
    refusedObjects('scaled-by-others', `resources by a program, ${updateMode}`, {
      ...{ apiVersion: 'autoscaling.k8s.io/v1', kind: 'VerticalPodAutoscaler', metadata: meta('mine') },
      spec: { targetRef: { kind: 'StatefulSet', name: 'routeserver-b' }, updatePolicy: { updateMode } },
    }),
  ),
  refusedObjects(
    'frr-lines',
    'lines of plain FRR configuration',
    frrOf({ raw: { rawConfig: 'router bgp 4259840003\n' } }),
  ),
  refusedObjects('frr-lines', 'lines of plain FRR configuration for the nodes of a side', {
    ...frrOf({ raw: { rawConfig: 'ip prefix-list x', priority: 5 }, nodeSelector: { matchLabels: { side: 'a' } } }),
  }),
  refusedObjects('frr-lines', 'lines of plain FRR configuration for some nodes', {
    ...frrOf({ raw: { rawConfig: 'no bgp' }, nodeSelector: { matchLabels: { rack: 'one' } } }),
  }),
  refusedObjects('no-secret', 'a password in lines of FRR for nodes of no side', {
    ...frrOf({
      raw: { rawConfig: 'router bgp 65000 vrf red\n neighbor 192.0.2.1 password secret' },
      nodeSelector: { matchExpressions: [{ key: 'side', operator: 'DoesNotExist' }] },
    }),
  }),
  refusedObjects('frr-lines', 'lines for every speaker', {
    ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: meta('bgpextras', 'metallb') },
    data: { extras: 'router bgp 65000' },
  }),
  refusedObjects('frr-lines', 'debug messages of FRR', {
    ...{ apiVersion: 'frrk8s.metallb.io/v1beta1', kind: 'FRRK8sConfiguration', metadata: meta('config', 'metallb') },
    spec: { logLevel: 'debug' },
  }),
  {
    ...refusedObjects('frr-merges', "a BFD profile of MetalLB's with another time", {
      ...frrOf({ bgp: { bfdProfiles: [{ ...bfd, transmitInterval: 150 }] } }),
    }),
    base: 'peer-scope-global',
  },
  {
    ...refusedObjects('frr-merges', "a BFD profile of MetalLB's that is passive", {
      ...frrOf({ bgp: { bfdProfiles: [{ ...bfd, passiveMode: true }] } }),
    }),
    base: 'peer-scope-global',
  },
  {
    ...refusedObjects('frr-merges', 'another BFD profile for the router of the sides', {
      ...frrOf({
        bgp: {
          routers: [routerOf({ ...fabric, bfdProfile: 'mine' })],
          bfdProfiles: [{ ...bfd, name: 'mine' }],
        },
      }),
    }),
    base: 'peer-scope-global',
  },
  ...(
    [
      ['one BFD profile twice', { bfdProfiles: [bfd, { ...bfd, detectMultiplier: 5 }] }],
      ['a BFD profile that is not there', { routers: [routerOf({ ...mine, bfdProfile: 'gone' })] }],
      ['a hold time alone', { routers: [routerOf({ ...mine, holdTime: '9s' })] }],
      ['a keepalive time alone', { routers: [routerOf({ ...mine, keepaliveTime: '3s' })] }],
      ['another AS of its own for iBGP', { routers: [routerOf({ ...mine, asn: 4259840003, localASN: 65000 })] }],
      [
        'both families for the router of the sides',
        { routers: [routerOf({ ...fabric, dualStackAddressFamily: true })] },
      ],
      ['no password for the router of the sides', { routers: [routerOf({ ...fabric, passwordSecret: undefined })] }],
      ['a longer time for the router of the sides', { routers: [routerOf({ ...fabric, keepaliveTime: '4s' })] }],
      ['another connect time for the router of the sides', { routers: [routerOf({ ...fabric, connectTime: '60s' })] }],
      ['no connect time for the router of the sides', { routers: [routerOf({ ...fabric, connectTime: undefined })] }],
      ['a router ID alone', { routers: [{ asn: 4259840003, id: '192.0.2.9' }] }],
      ['a router ID beside a neighbor of its own', { routers: [{ ...routerOf(mine), id: '192.0.2.9' }] }],
    ] as const
  ).map(([what, bgp]) => refusedObjects('frr-merges', what, frrOf({ bgp }))),
];
