import { set, type Editable } from '@meshrs/manifests/test-support';

export interface Row {
  readonly kind: string;
  readonly what: string;
  readonly name: string;
  readonly edit: (object: Editable) => void;
  readonly expects: {
    /** Left out: it is taken, and nothing happens. */
    readonly happens?: { readonly refused?: true; readonly pods?: true; readonly vip?: true };
    /** Whether a word is said of it at all. */
    readonly isSaid: boolean;
  };
}

type Rows = readonly Omit<Row, 'kind'>[];

const at =
  (path: string, value: unknown) =>
  (object: Editable): void => {
    set(object, path, value);
  };
const annotated =
  (key: string, value: string) =>
  (object: Editable): void => {
    object.metadata.annotations = { ...object.metadata.annotations, [key]: value };
  };
const labelled =
  (key: string, value: string) =>
  (object: Editable): void => {
    object.metadata.labels = { ...object.metadata.labels, [key]: value };
  };

const refused = { happens: { refused: true }, isSaid: true } as const;
const newPods = { happens: { pods: true }, isSaid: true } as const;
const noVip = { happens: { vip: true }, isSaid: true } as const;
/** Something is said, which these servers cannot show: sessions, what a later change does. */
const elsewhere = { isSaid: true } as const;
const nothing = { isSaid: false } as const;

function of(name: string, ...rows: readonly (readonly [string, (object: Editable) => void, Row['expects']])[]): Rows {
  return rows.map(([what, edit, expects]) => ({ what, name, edit, expects }));
}

const template = 'spec.template';
const claim = {
  metadata: { name: 'data' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
};

/** At least ten of each kind of which MetalLB or the StatefulSet controller shows something; the others are in quiet-rows.ts. */
export const rows: Readonly<Record<string, Rows>> = {
  StatefulSet: of(
    'routeserver-b',
    ['another image', at(`${template}.spec.containers.0.image`, 'registry.example.com/other:1'), newPods],
    ['a priority', at(`${template}.spec.priorityClassName`, 'system-cluster-critical'), newPods],
    ['an annotation of its pods', at(`${template}.metadata.annotations`, { x: 'why' }), newPods],
    ['other resources', at(`${template}.spec.containers.0.resources`, { requests: { cpu: '7m' } }), newPods],
    ['a toleration', at(`${template}.spec.tolerations`, [{ key: 'x', operator: 'Exists' }]), newPods],
    ['another grace period', at(`${template}.spec.terminationGracePeriodSeconds`, 7), newPods],
    ['a pull secret', at(`${template}.spec.imagePullSecrets`, [{ name: 'x' }]), newPods],
    ['another serviceName', at('spec.serviceName', 'other'), refused],
    ['another podManagementPolicy', at('spec.podManagementPolicy', 'OrderedReady'), refused],
    ['another selector', at('spec.selector.matchLabels.more', 'x'), refused],
    ['volume claims', at('spec.volumeClaimTemplates', [claim]), refused],
    ['another update strategy', at('spec.updateStrategy', { type: 'OnDelete' }), elsewhere],
    ['minReadySeconds', at('spec.minReadySeconds', 7), nothing],
    ['revisionHistoryLimit', at('spec.revisionHistoryLimit', 3), nothing],
    [
      'what becomes of volumes',
      at('spec.persistentVolumeClaimRetentionPolicy', { whenDeleted: 'Delete', whenScaled: 'Retain' }),
      nothing,
    ],
    ['ordinals', at('spec.ordinals', { start: 1 }), { happens: { pods: true }, isSaid: true }],
    ['no pod', at('spec.replicas', 0), { happens: { pods: true }, isSaid: true }],
    ['a label of its own', labelled('team', 'network'), nothing],
    ['an annotation of its own', annotated('note', 'x'), nothing],
  ),
  Service: of(
    'routeserver-b',
    ['another address', annotated('metallb.io/loadBalancerIPs', '192.168.255.9'), noVip],
    [
      'another address, by the old name as well',
      annotated('metallb.universe.tf/loadBalancerIPs', '192.168.255.9'),
      nothing,
    ],
    ['spec.loadBalancerIP beside the annotation', at('spec.loadBalancerIP', '192.168.255.9'), elsewhere],
    ['another pool', annotated('metallb.io/address-pool', 'routeserver-a'), { happens: { vip: true }, isSaid: true }],
    ['a class', at('spec.loadBalancerClass', 'other.example.com/lb'), refused],
    ['another family', at('spec.ipFamilies', ['IPv6']), refused],
    ['another cluster address', at('spec.clusterIP', '10.96.7.7'), refused],
    ['traffic of all nodes', at('spec.externalTrafficPolicy', 'Cluster'), elsewhere],
    ['source ranges', at('spec.loadBalancerSourceRanges', ['192.0.2.0/24']), elsewhere],
    ['affinity', at('spec.sessionAffinity', 'ClientIP'), elsewhere],
    ['another selector', at('spec.selector', { app: 'other' }), elsewhere],
    ['another target port', at('spec.ports.0.targetPort', 1179), elsewhere],
    [
      'a port more',
      (object) => (object['spec'] as { ports: object[] }).ports.push({ name: 'more', port: 1, protocol: 'TCP' }),
      nothing,
    ],
    ['no node ports', at('spec.allocateLoadBalancerNodePorts', false), nothing],
    ['publishNotReadyAddresses', at('spec.publishNotReadyAddresses', false), nothing],
    ['internalTrafficPolicy', at('spec.internalTrafficPolicy', 'Local'), nothing],
    ['trafficDistribution', at('spec.trafficDistribution', 'PreferClose'), nothing],
    ['a label of its own', labelled('team', 'network'), nothing],
  ),
  IPAddressPool: of(
    'routeserver-b',
    ['other addresses', at('spec.addresses', ['192.168.255.9/32']), noVip],
    ['a range beside the VIP', at('spec.addresses', ['192.168.255.3-192.168.255.9']), noVip],
    ['a range around the VIP', at('spec.addresses', ['192.168.255.2-192.168.255.9']), nothing],
    ['one range more', at('spec.addresses', ['198.51.100.0/24', '192.168.255.2/32']), nothing],
    ['the address of side a', at('spec.addresses', ['192.168.255.1/32', '192.168.255.2/32']), refused],
    ['autoAssign', at('spec.autoAssign', true), nothing],
    ['no first and last addresses', at('spec.avoidBuggyIPs', true), nothing],
    ['Services of another namespace', at('spec.serviceAllocation', { namespaces: ['other'] }), noVip],
    ['Services of its namespace', at('spec.serviceAllocation', { namespaces: ['meshrr'], priority: 1 }), nothing],
    [
      'Services with another label',
      at('spec.serviceAllocation', { serviceSelectors: [{ matchLabels: { x: 'why' } }] }),
      noVip,
    ],
    [
      'Services with its label',
      at('spec.serviceAllocation', { serviceSelectors: [{ matchLabels: { side: 'b' } }] }),
      nothing,
    ],
    ['an annotation of its own', annotated('note', 'x'), nothing],
  ),
  BGPPeer: of(
    'routeserver-b-fabric',
    ['another hold time', at('spec.holdTime', '12s'), elsewhere],
    ['another router', at('spec.peerAddress', '192.168.255.250'), elsewhere],
    ['another AS of the router', at('spec.peerASN', 65000), elsewhere],
    ['another AS', at('spec.myASN', 65009), elsewhere],
    ['no multihop', at('spec.ebgpMultiHop', false), elsewhere],
    ['another Secret', at('spec.passwordSecret', { name: 'other' }), elsewhere],
    ['a source address', at('spec.sourceAddress', '192.0.2.1'), elsewhere],
    ['a router-id', at('spec.routerID', '192.0.2.1'), elsewhere],
    ['graceful restart', at('spec.enableGracefulRestart', true), elsewhere],
    ['nodes of no side', at('spec.nodeSelectors', [{ matchLabels: { side: 'c' } }]), elsewhere],
    ['a keepalive time', at('spec.keepaliveTime', '3s'), elsewhere],
    ['an annotation of its own', annotated('note', 'x'), nothing],
  ),
  BGPAdvertisement: of(
    'routeserver-b',
    ['communities', at('spec.communities', ['65000:7']), elsewhere],
    ['a local preference', at('spec.localPref', 200), nothing],
    ['routes put together', at('spec.aggregationLength', 24), refused],
    ['routes of IPv6 put together', at('spec.aggregationLengthV6', 64), elsewhere],
    ['other peers', at('spec.peers', ['other']), elsewhere],
    ['other pools', at('spec.ipAddressPools', ['other']), elsewhere],
    ['pools by their labels', at('spec.ipAddressPoolSelectors', [{ matchLabels: { x: 'why' } }]), elsewhere],
    ['nodes of no side', at('spec.nodeSelectors', [{ matchLabels: { side: 'c' } }]), elsewhere],
    ['a label of its own', labelled('team', 'network'), nothing],
    ['an annotation of its own', annotated('note', 'x'), nothing],
  ),
  BFDProfile: of(
    'routeserver-b',
    ['slower to receive', at('spec.receiveInterval', 500), elsewhere],
    ['faster to receive', at('spec.receiveInterval', 50), elsewhere],
    ['slower to send', at('spec.transmitInterval', 500), elsewhere],
    ['faster to send', at('spec.transmitInterval', 50), elsewhere],
    ['another multiplier', at('spec.detectMultiplier', 5), elsewhere],
    ['echo', at('spec.echoMode', true), elsewhere],
    ['an interval of echo', at('spec.echoInterval', 100), elsewhere],
    ['passive', at('spec.passiveMode', true), elsewhere],
    ['a smallest TTL', at('spec.minimumTtl', 200), elsewhere],
    ['no interval of its own', at('spec.receiveInterval', undefined), elsewhere],
    ['a label of its own', labelled('team', 'network'), nothing],
    ['an annotation of its own', annotated('note', 'x'), nothing],
  ),
  L2Advertisement: of(
    'routeserver-b-mgmt',
    ['another interface', at('spec.interfaces', ['eth9']), elsewhere],
    ['one interface more', at('spec.interfaces', ['ens3', 'eth9']), elsewhere],
    ['all interfaces', at('spec.interfaces', undefined), elsewhere],
    ['another pool', at('spec.ipAddressPools', ['other']), elsewhere],
    ['the pool of the VIP as well', at('spec.ipAddressPools', ['routeserver-b-mgmt', 'routeserver-b']), elsewhere],
    ['all pools', at('spec.ipAddressPools', undefined), elsewhere],
    ['pools by their labels', at('spec.ipAddressPoolSelectors', [{ matchLabels: { x: 'why' } }]), elsewhere],
    ['nodes of no side', at('spec.nodeSelectors', [{ matchLabels: { side: 'c' } }]), elsewhere],
    ['all nodes', at('spec.nodeSelectors', undefined), elsewhere],
    ['a label of its own', labelled('team', 'network'), nothing],
    ['an annotation of its own', annotated('note', 'x'), nothing],
  ),
};

const pool = (objects: readonly Editable[], side: string): Editable => {
  const found = objects.find(
    ({ kind, metadata }) => kind === 'IPAddressPool' && metadata.name === `routeserver-${side}`,
  );
  if (!found) throw new Error(`no pool of ${side}`);
  return found;
};
const peer = (objects: readonly Editable[], side: string): Editable => {
  const found = objects.find(
    ({ kind, metadata }) => kind === 'BGPPeer' && metadata.name.startsWith(`routeserver-${side}-`),
  );
  if (!found) throw new Error(`no peer of ${side}`);
  return found;
};
const renamed = (objects: Editable[], object: Editable, name: string): void => {
  const copy = structuredClone(object);
  copy.metadata.name = name;
  objects.splice(objects.indexOf(object), 1, copy);
};

/** Objects of one commit, and at which of them a sync sticks. */
export const swaps: readonly {
  readonly what: string;
  readonly edit: (objects: Editable[]) => void;
  readonly refused: readonly string[];
}[] = [
  {
    what: 'two sides that swap their VIPs',
    edit: (objects) => {
      set(pool(objects, 'a'), 'spec.addresses', ['192.168.255.2/32']);
      set(pool(objects, 'b'), 'spec.addresses', ['192.168.255.1/32']);
    },
    refused: ['IPAddressPool routeserver-a'],
  },
  {
    what: 'a pool with another name',
    edit: (objects) => {
      renamed(objects, pool(objects, 'b'), 'rs-b');
    },
    refused: ['IPAddressPool rs-b'],
  },
  {
    what: 'a peer with another name',
    edit: (objects) => {
      renamed(objects, peer(objects, 'b'), 'routeserver-b-spine');
    },
    refused: ['BGPPeer routeserver-b-spine'],
  },
  {
    what: 'a peer of all nodes instead',
    edit: (objects) => {
      const all = structuredClone(peer(objects, 'a'));
      for (const side of ['a', 'b']) objects.splice(objects.indexOf(peer(objects, side)), 1);
      all.metadata.name = 'fabric';
      set(all, 'spec.nodeSelectors', undefined);
      objects.push(all);
    },
    refused: ['BGPPeer fabric'],
  },
  {
    what: 'b that gets the address which a gives up before',
    edit: (objects) => {
      set(pool(objects, 'a'), 'spec.addresses', ['192.168.255.9/32']);
      set(pool(objects, 'b'), 'spec.addresses', ['192.168.255.1/32', '192.168.255.2/32']);
    },
    refused: [],
  },
  {
    what: 'peers of both sides that change their AS',
    edit: (objects) => {
      for (const side of ['a', 'b']) set(peer(objects, side), 'spec.myASN', 65077);
    },
    refused: [],
  },
];
