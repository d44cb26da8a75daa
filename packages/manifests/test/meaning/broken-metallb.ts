import type { Editable } from '../support/built.ts';
import { refusedByFrrK8s, refusedOfSecrets, routersOf } from './broken-frr-k8s.ts';
import {
  add,
  brokenRows,
  refusedBy,
  refusedObjects,
  remove,
  replace,
  rowsOf,
  withObjects,
  type BrokenComponent,
  type Component,
} from './patch.ts';

/* What MetalLB refuses, in generated objects and in those of the user's. */

const meta = (name: string, namespace = 'metallb') => ({ name, namespace });
const metallb = { apiVersion: 'metallb.io/v1beta1' };

const community = (name: string, value: string, namespace = 'metallb'): Editable => ({
  ...{ ...metallb, kind: 'Community', metadata: meta('mine', namespace) },
  spec: { communities: [{ name, value }] },
});
const withAlias = (what: string, base: string, ...resources: Editable[]): Component => ({
  what: `an alias, ${what}`,
  base,
  patches: [{ kind: 'BGPAdvertisement', name: 'routeserver-a', operations: [add('/spec/communities/-', 'mine')] }],
  resources,
});

const communities = refusedBy('community-values', [
  ...rowsOf('BGPAdvertisement', 'routeserver-a', [
    ['a community without a colon', add('/spec/communities/-', '65000')],
    ['a community that no Community defines', add('/spec/communities/-', 'no-export')],
    ['a community of an AS number of four bytes', add('/spec/communities/-', '4259840003:100')],
    ['a community of the user of asdot', add('/spec/communities/-', '65000.3:100')],
    ['a community that is too large', add('/spec/communities/-', '65000:65536')],
    ['a community with a sign', add('/spec/communities/-', '+65000:1')],
    ['a large community with two numbers', add('/spec/communities/-', 'large:65000:1')],
    ['an extended community', add('/spec/communities/-', 'target:65000:1:1')],
    ['an empty community', add('/spec/communities/-', '')],
  ]),
  ...rowsOf(
    'BGPAdvertisement',
    'routeserver-a',
    [['a large community', add('/spec/communities/-', 'large:65000:0:1')]],
    'native-backend',
  ),
  withAlias('of another namespace', 'frr', community('mine', '65000:1', 'meshrr')),
  withAlias('of a community that is none', 'frr', community('mine', '65000:70000')),
  withAlias('of another alias', 'frr', community('mine', 'other')),
  withAlias('of a large community', 'native-backend', community('mine', 'large:65000:0:1')),
  withAlias('twice', 'frr', community('mine', '65000:1'), {
    ...community('mine', '65000:2'),
    metadata: meta('other'),
  }),
  withObjects('another value for the community of the sides', community('65000:0', '65535:666')),
]);

/** MetalLB would not serve them; and what it is to serve is looked at all the same. */
const classes = [
  ...refusedBy(
    'kept-fields',
    rowsOf('Service', 'routeserver-a', [
      ["a class of MetalLB's", add('/spec/loadBalancerClass', 'metallb.io/metallb')],
      ['a class of a cloud', add('/spec/loadBalancerClass', 'service.k8s.aws/nlb')],
      ['an empty class', add('/spec/loadBalancerClass', '')],
    ]),
  ),
  ...refusedBy('addresses-unique', [
    {
      ...withObjects("another class, and its VIP for a Service of the user's", {
        ...{ apiVersion: 'v1', kind: 'Service' },
        metadata: { ...meta('mine', 'meshrr'), annotations: { 'metallb.io/loadBalancerIPs': '192.168.255.1' } },
        spec: { type: 'LoadBalancer', selector: {}, ports: [{ port: 443 }] },
      }),
      patches: [{ kind: 'Service', name: 'routeserver-a', operations: [add('/spec/loadBalancerClass', 'mine')] }],
    },
  ]),
];

const peerOf = (fields: object): Editable => ({
  ...{ apiVersion: 'metallb.io/v1beta2', kind: 'BGPPeer', metadata: meta('mine') },
  spec: { myASN: 4259840003, peerASN: 65010, peerAddress: '192.0.2.1', ...fields },
});

const times = [
  ...refusedBy('metallb-takes', [
    ...rowsOf('BGPPeer', 'routeserver-a-fabric', [
      ['a hold time without a unit', replace('/spec/holdTime', '90')],
      ['a hold time in days', replace('/spec/holdTime', '1d')],
      ['an empty hold time', replace('/spec/holdTime', '')],
      ['a hold time below nothing', replace('/spec/holdTime', '-9s')],
      ['a keepalive time with a blank', add('/spec/keepaliveTime', '3 s')],
      ['a connect time without a unit', add('/spec/connectTime', '10')],
      ['a connect time of half a second', add('/spec/connectTime', '500ms')],
    ]),
    withObjects('a BGPPeer whose hold time has no unit', peerOf({ holdTime: '90' })),
    withObjects('a BGPPeer whose keepalive time is a word', peerOf({ keepaliveTime: 'fast' })),
    withObjects('a BGPPeer whose keepalive time alone is too short', peerOf({ keepaliveTime: '500ms' })),
    withObjects('a BGPPeer whose connect time is a day', peerOf({ connectTime: '24h' })),
  ]),
  ...refusedBy('readable', [
    ...rowsOf('BGPPeer', 'routeserver-a-fabric', [['a hold time that is a number', replace('/spec/holdTime', 90)]]),
  ]),
];

const multihop = refusedBy('kept-fields', [
  ...rowsOf('BGPPeer', 'routeserver-a-fabric', [
    ['no multihop', remove('/spec/ebgpMultiHop')],
    ['a session over one hop', replace('/spec/ebgpMultiHop', false)],
  ]),
  ...rowsOf('BGPPeer', 'fabric', [['no multihop', remove('/spec/ebgpMultiHop')]], 'peer-scope-global'),
]);

/** What a base has that the others do not. */
const bases = [
  ...brokenRows(
    'BGPPeer',
    'routeserver-a-fabric',
    [
      ['a keepalive time', 'metallb-takes', add('/spec/keepaliveTime', '30s')],
      ['a connect time', 'metallb-takes', add('/spec/connectTime', '5s')],
      ['a BFD profile', 'metallb-takes', add('/spec/bfdProfile', 'mine')],
      ['a hold time of 2 s', 'metallb-takes', replace('/spec/holdTime', '2s')],
    ],
    'native-backend',
  ),
  ...brokenRows(
    'IPAddressPool',
    'routeserver-a',
    [
      ['no IPv6 VIP', 'kept-fields', remove('/spec/addresses/1')],
      ["the other side's IPv6 VIP, too", 'addresses-unique', add('/spec/addresses/-', 'fd00:255::2/128')],
    ],
    'dual-stack',
  ),
  ...brokenRows(
    'BGPAdvertisement',
    'routeserver-a',
    [
      ['IPv6 VIPs put together', 'kept-fields', add('/spec/aggregationLengthV6', 64)],
      ['IPv6 VIPs put together by less than they are', 'metallb-takes', add('/spec/aggregationLengthV6', 127)],
    ],
    'dual-stack',
  ),
  {
    ...refusedObjects('addresses-unique', 'an IPv6 VIP as an external address', {
      ...{ apiVersion: 'v1', kind: 'Service', metadata: meta('mine', 'meshrr') },
      spec: { selector: {}, externalIPs: ['fd00:255::1'], ports: [{ port: 179 }] },
    }),
    base: 'dual-stack',
  },
  {
    ...refusedObjects('frr-merges', 'an IPv6 VIP announced by FRR', {
      ...routersOf({ asn: 4259840003, prefixes: ['fd00:255::/64'] }),
    }),
    base: 'dual-stack',
  },
];

const echo: Editable = {
  ...{ ...metallb, kind: 'BFDProfile', metadata: meta('mine') },
  spec: { echoMode: true },
};
const poolOf = (addresses: readonly string[], fields: object = {}): Editable => ({
  ...{ ...metallb, kind: 'IPAddressPool', metadata: meta('mine') },
  spec: { addresses, ...fields },
});
const advertisementOf = (fields: object, name = 'mine'): Editable => ({
  ...{ ...metallb, kind: 'BGPAdvertisement', metadata: meta(name) },
  spec: { ipAddressPools: ['mine'], ...fields },
});

const echoes = refusedBy('metallb-takes', [
  {
    ...withObjects('the echo mode for the router of the sides, with IPv6 VIPs', echo),
    base: 'dual-stack',
    patches: [{ kind: 'BGPPeer', name: 'routeserver-a-fabric', operations: [add('/spec/bfdProfile', 'mine')] }],
  },
  {
    ...withObjects(
      "the echo mode in MetalLB's own profile, with an IPv6 pool of the user's",
      ...[poolOf(['fd00:1::/120']), advertisementOf({})],
    ),
    base: 'peer-scope-global',
    patches: [{ kind: 'BFDProfile', name: 'meshrs', operations: [add('/spec/echoMode', true)] }],
  },
  withObjects(
    "the echo mode for a router of the user's, with an IPv6 pool by its name",
    ...[echo, peerOf({ bfdProfile: 'mine' }), poolOf(['192.0.2.0/28', 'fd00:1::1-fd00:1::9'])],
    advertisementOf({ peers: ['mine'] }),
  ),
]);

const rack = (...values: readonly string[]) => ({ matchExpressions: [{ key: 'rack', operator: 'In', values }] });
const pool = poolOf(['203.0.113.0/28']);
const L2: Editable = { ...{ ...metallb, kind: 'L2Advertisement', metadata: meta('mine') }, spec: {} };

const refused = refusedBy('metallb-takes', [
  withObjects('a BGPPeer with the AS number 0', peerOf({ myASN: 0 })),
  withObjects('a BGPPeer whose router has the AS number 0', peerOf({ peerASN: 0 })),
  withObjects('a BGPPeer whose AS number MetalLB learns in another way', peerOf({ peerASN: 0, dynamicASN: 'any' })),
  withObjects('a BGPPeer with an empty dynamicASN alone', peerOf({ peerASN: 0, dynamicASN: '' })),
  withObjects(
    'a BGPPeer with racks twice, in another order',
    peerOf({ nodeSelectors: [rack('one', 'two'), rack('two', 'one')] }),
  ),
  withObjects('a BGPPeer with a rack twice', peerOf({ nodeSelectors: [rack('one', 'one')] })),
  withObjects(
    'a BGPPeer with an expression twice',
    peerOf({
      nodeSelectors: [{ matchExpressions: [...rack('one').matchExpressions, ...rack('one').matchExpressions] }],
    }),
  ),
  withObjects('a BGPPeer for racks without a value', peerOf({ nodeSelectors: [rack()] })),
  withObjects(
    'a BGPPeer for racks above a number',
    peerOf({ nodeSelectors: [{ matchExpressions: [{ key: 'rack', operator: 'Gt', values: ['1'] }] }] }),
  ),
  withObjects('a BGPPeer for a rack whose name no label has', peerOf({ nodeSelectors: [rack('first rack')] })),
  withObjects(
    'a BGPPeer for a label that there cannot be',
    peerOf({ nodeSelectors: [{ matchLabels: { 'example.com/a/b': 'c' } }] }),
  ),
  withObjects('a pool without addresses', poolOf([])),
  withObjects(
    'a namespace of a pool twice',
    poolOf(['203.0.113.0/28'], { serviceAllocation: { namespaces: ['a', 'a'] } }),
  ),
  withObjects(
    'Services of a pool twice',
    poolOf(['203.0.113.0/28'], {
      serviceAllocation: { serviceSelectors: [{ matchLabels: { a: 'b' } }, { matchLabels: { a: 'b' } }] },
    }),
  ),
  withObjects(
    'namespaces of a pool twice, in another order',
    poolOf(['203.0.113.0/28'], { serviceAllocation: { namespaceSelectors: [rack('a', 'b'), rack('b', 'a')] } }),
  ),
  {
    ...withObjects("IPv6 with MetalLB's own BGP", poolOf(['203.0.113.0/28', 'fd00:1::/120']), advertisementOf({})),
    base: 'native-backend',
  },
  withObjects('a shorter prefix than the pool', pool, advertisementOf({ aggregationLength: 27 })),
  withObjects(
    'a shorter prefix than a range',
    poolOf(['203.0.113.1-203.0.113.14']),
    advertisementOf({ aggregationLength: 28 }),
  ),
  withObjects('a shorter prefix of IPv6', poolOf(['fd00:1::/120']), advertisementOf({ aggregationLengthV6: 119 })),
  withObjects('a prefix of 33 bits', pool, advertisementOf({ aggregationLength: 33 })),
  withObjects(
    'some Services put together',
    ...[pool, advertisementOf({ serviceSelectors: [{ matchLabels: { a: 'b' } }], aggregationLength: 30 })],
  ),
  withObjects(
    'two preferences',
    pool,
    advertisementOf({ localPref: 100 }),
    advertisementOf({ localPref: 200 }, 'other'),
  ),
  withObjects(
    'a preference and none, for one router',
    ...[pool, peerOf({}), advertisementOf({ localPref: 100 }), advertisementOf({ peers: ['mine'] }, 'other')],
  ),
  withObjects(
    'two preferences of a pool of both families, of which one has other lengths',
    ...[poolOf(['203.0.113.0/28', 'fd00:1::/120']), advertisementOf({ localPref: 100 })],
    advertisementOf({ localPref: 200, aggregationLength: 30 }, 'other'),
  ),
  withObjects('an advertisement with a router twice', pool, peerOf({}), advertisementOf({ peers: ['mine', 'mine'] })),
  withObjects('an advertisement with nodes twice', pool, advertisementOf({ nodeSelectors: [rack('a'), rack('a')] })),
  withObjects(
    'an advertisement with Services twice',
    ...[pool, advertisementOf({ serviceSelectors: [rack('a', 'b'), rack('b', 'a')] })],
  ),
  withObjects('an announcement by layer 2 with a pool twice', pool, {
    ...L2,
    spec: { ipAddressPools: ['mine', 'mine'] },
  }),
  withObjects('an announcement by layer 2 with nodes twice', pool, {
    ...L2,
    spec: { ipAddressPools: ['mine'], nodeSelectors: [rack('a'), rack('a')] },
  }),
]);

export const brokenOfMetallb: readonly BrokenComponent[] = [
  ...bases,
  ...refusedByFrrK8s,
  ...refusedOfSecrets,
  ...refused,
  ...communities,
  ...classes,
  ...times,
  ...multihop,
  ...echoes,
];
