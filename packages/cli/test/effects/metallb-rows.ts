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
