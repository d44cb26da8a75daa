import type { Editable } from '@meshrs/manifests/test-support';

/** Objects of the user's that are applied one after the other, and what MetalLB refuses of them. */
export interface MetallbRow {
  readonly what: string;
  readonly objects: readonly Editable[];
  /** Whether its webhook refuses the last one, or gives it no address. */
  readonly isRefused: boolean;
}

const ours = { myASN: 4259840003 };

function object(kind: string, name: string, spec: object): Editable {
  const apiVersion = kind === 'BGPPeer' ? 'metallb.io/v1beta2' : 'metallb.io/v1beta1';
  return { ...{ apiVersion, kind, metadata: { name, namespace: 'metallb' } }, spec };
}

const peer = (name: string, spec: object): Editable => object('BGPPeer', name, { ...ours, ...spec });
const direct = { peerASN: 65010, peerAddress: '192.0.2.1' };
const on = (labels: Record<string, string>): object => ({ nodeSelectors: [{ matchLabels: labels }] });
const rows = (isRefused: boolean, list: readonly (readonly [string, ...Editable[]])[]): MetallbRow[] =>
  list.map(([what, ...objects]) => ({ what, objects, isRefused }));

const service = (name: string, key: string | undefined, port: number): Editable => ({
  ...{ apiVersion: 'v1', kind: 'Service' },
  metadata: {
    ...{ name, namespace: 'meshrr' },
    annotations: {
      'metallb.universe.tf/address-pool': 'mine',
      'metallb.io/loadBalancerIPs': '203.0.113.1',
      ...(key !== undefined && { 'metallb.io/allow-shared-ip': key }),
    },
  },
  spec: { type: 'LoadBalancer', selector: { app: 'mine' }, ports: [{ port, protocol: 'TCP' }] },
});
const pool = object('IPAddressPool', 'mine', { addresses: ['203.0.113.0/28'] });

const racks = (...values: readonly string[]): object => ({
  matchExpressions: [{ key: 'rack', operator: 'In', values }],
});
const announced = (spec: object, name = 'mine'): Editable =>
  object('BGPAdvertisement', name, { ipAddressPools: ['mine'], ...spec });
const names = (name: string, value: string): Editable =>
  object('Community', name, { communities: [{ name: 'own', value }] });

/** Of each row it is held whether `check` says the same. */
export const metallbRows: readonly MetallbRow[] = [
  ...rows(false, [
    ['a router that is directly attached', peer('one', direct)],
    ['one address in two VRFs', peer('one', direct), peer('two', { ...direct, vrf: 'red' })],
    [
      'two interfaces',
      peer('one', { peerASN: 65010, interface: 'eth1' }),
      peer('two', { peerASN: 65010, interface: 'eth2' }),
    ],
    ['another AS in a VRF', peer('one', { ...direct, vrf: 'red', myASN: 64999 })],
    ['an AS that is learnt', peer('one', { dynamicASN: 'external', peerAddress: '192.0.2.1' })],
    [
      'one address on the nodes of each side',
      peer('one', { ...direct, ...on({ side: 'a' }) }),
      peer('two', { ...direct, ...on({ side: 'b' }) }),
    ],
    [
      'one address on the nodes of each rack',
      peer('one', { ...direct, ...on({ rack: '1' }) }),
      peer('two', { ...direct, ...on({ rack: '2' }) }),
    ],
    ['no hold time', peer('one', { ...direct, holdTime: '0s', keepaliveTime: '0s' })],
    ['times in minutes', peer('one', { ...direct, holdTime: '1m30s', keepaliveTime: '30s' })],
    ['a pool beside the VIPs', pool],
    ['times with a sign and a fraction', peer('one', { ...direct, holdTime: '+1.5m', keepaliveTime: '30s' })],
    ['a keepalive time that counts as none', peer('one', { ...direct, keepaliveTime: '100ms' })],
    ['nodes of two racks', peer('one', { ...direct, nodeSelectors: [racks('1', '2'), racks('1')] })],
    ['communities of both kinds', pool, announced({ communities: ['064512:1', 'large:65000:0:1'] })],
    ['a name of a community', names('one', '65000:1'), pool, announced({ communities: ['own'] })],
    ['a pool put together by its whole prefix', pool, announced({ aggregationLength: 28 })],
    [
      'a pool of the other family than what is put together',
      object('IPAddressPool', 'mine', { addresses: ['fd00:1::/120'] }),
      announced({ aggregationLength: 8 }),
    ],
    [
      'two preferences of other lengths',
      ...[pool, announced({ localPref: 100 }), announced({ localPref: 200, aggregationLength: 30 }, 'other')],
    ],
    [
      'two preferences for two routers',
      ...[peer('one', direct), peer('two', { ...direct, peerAddress: '192.0.2.2' }), pool],
      ...[announced({ localPref: 100, peers: ['one'] }), announced({ localPref: 200, peers: ['two'] }, 'other')],
    ],
    [
      'two preferences of some Services',
      ...[pool, announced({ localPref: 100 })],
      announced({ localPref: 200, serviceSelectors: [{ matchLabels: { a: 'b' } }] }, 'other'),
    ],
    ['an address that is shared', pool, service('one', 'mine', 80), service('two', 'mine', 443)],
  ]),
  ...rows(true, [
    ['one address twice', peer('one', direct), peer('two', { ...direct, ebgpMultiHop: true })],
    [
      'one interface twice',
      peer('one', { peerASN: 65010, interface: 'eth1' }),
      peer('two', { peerASN: 65011, interface: 'eth1' }),
    ],
    ['one address on nodes of one side', peer('one', direct), peer('two', { ...direct, ...on({ side: 'b' }) })],
    ['another AS on the nodes of a side', peer('one', { ...direct, myASN: 64999, ...on({ side: 'a' }) })],
    ['another router ID', peer('one', { ...direct, routerID: '192.0.2.9' })],
    ['no AS at all', peer('one', { peerAddress: '192.0.2.1' })],
    ['two kinds of AS', peer('one', { ...direct, dynamicASN: 'external' })],
    ['no address', peer('one', { peerASN: 65010 })],
    ['an address and an interface', peer('one', { ...direct, interface: 'eth1' })],
    ['an address that is none', peer('one', { ...direct, peerAddress: 'router.example' })],
    ['a hold time of two seconds', peer('one', { ...direct, holdTime: '2s' })],
    ['a keepalive time beyond the hold time', peer('one', { ...direct, holdTime: '9s', keepaliveTime: '10s' })],
    ['iBGP with multihop', peer('one', { ...direct, peerASN: 4259840003, ebgpMultiHop: true })],
    ['no AS of its own', peer('one', { ...direct, myASN: 0 })],
    ['an AS that is learnt in another way', peer('one', { peerAddress: '192.0.2.1', dynamicASN: 'any' })],
    ['a hold time without a unit', peer('one', { ...direct, holdTime: '90' })],
    ['a hold time in days', peer('one', { ...direct, holdTime: '1d' })],
    ['a hold time below nothing', peer('one', { ...direct, holdTime: '-9s' })],
    ['a keepalive time alone that is too short', peer('one', { ...direct, keepaliveTime: '500ms' })],
    ['a connect time of half a second', peer('one', { ...direct, connectTime: '500ms' })],
    ['a connect time of a day', peer('one', { ...direct, connectTime: '24h' })],
    ['nodes twice, in another order', peer('one', { ...direct, nodeSelectors: [racks('1', '2'), racks('2', '1')] })],
    ['a rack twice', peer('one', { ...direct, nodeSelectors: [racks('1', '1')] })],
    ['racks without a value', peer('one', { ...direct, nodeSelectors: [racks()] })],
    ['a rack that no label has', peer('one', { ...direct, nodeSelectors: [racks('first rack')] })],
    ['a community of an AS of four bytes', pool, announced({ communities: ['4259840003:1'] })],
    ['an extended community', pool, announced({ communities: ['target:65000:1:1'] })],
    ['a large community with two numbers', pool, announced({ communities: ['large:65000:1'] })],
    ['a name for what is no community', names('one', '65000:70000')],
    ['a name for a name', names('one', 'other')],
    ['a name twice', names('one', '65000:1'), names('two', '65000:2')],
    ['a pool without addresses', object('IPAddressPool', 'mine', { addresses: [] })],
    [
      'a namespace of a pool twice',
      object('IPAddressPool', 'mine', { addresses: ['203.0.113.0/28'], serviceAllocation: { namespaces: ['a', 'a'] } }),
    ],
    [
      'Services of a pool twice',
      object('IPAddressPool', 'mine', {
        addresses: ['203.0.113.0/28'],
        serviceAllocation: { serviceSelectors: [racks('1', '2'), racks('2', '1')] },
      }),
    ],
    ['more put together than the pool has', pool, announced({ aggregationLength: 27 })],
    [
      'more put together than a range has',
      object('IPAddressPool', 'mine', { addresses: ['203.0.113.1-203.0.113.14'] }),
      announced({ aggregationLength: 28 }),
    ],
    ['a prefix of 33 bits', pool, announced({ aggregationLength: 33 })],
    ['some Services put together', pool, announced({ serviceSelectors: [racks('1')], aggregationLength: 30 })],
    ['two preferences', pool, announced({ localPref: 100 }), announced({ localPref: 200 }, 'other')],
    ['nodes of an advertisement twice', pool, announced({ nodeSelectors: [racks('1'), racks('1')] })],
    ['a pool by layer 2 twice', pool, object('L2Advertisement', 'mine', { ipAddressPools: ['mine', 'mine'] })],
    ['a BFD profile that is too fast', object('BFDProfile', 'mine', { receiveInterval: 9 })],
    ['a pool over the VIPs', object('IPAddressPool', 'mine', { addresses: ['192.168.255.0/24'] })],
    ['a pool of one address without its length', object('IPAddressPool', 'mine', { addresses: ['203.0.113.1'] })],
    [
      'a community twice',
      object('BGPAdvertisement', 'mine', { ipAddressPools: ['mine'], communities: ['65000:1', '65000:1'] }),
    ],
    ['an address that another Service has', pool, service('one', undefined, 80), service('two', undefined, 443)],
    ['an address that is shared by another key', pool, service('one', 'mine', 80), service('two', 'other', 443)],
    ['a shared address with one port', pool, service('one', 'mine', 80), service('two', 'mine', 80)],
  ]),
];
