import { describe, expect, test } from 'vitest';
import { find, objectsOf, set, type Editable } from '@meshrs/manifests/test-support';
import { compareBuilt } from '../src/index.ts';

/** An edit of a build's objects, as a component of the user may make it, and what is said about it. */
interface Edit {
  readonly name: string;
  readonly edit: (objects: Editable[]) => void;
  /** "kind object [sides]: detail". */
  readonly effects: readonly string[];
}

const bgpFrom = (cidr: string) => ({ from: [{ ipBlock: { cidr } }], ports: [{ port: 179, protocol: 'TCP' }] });

/** One policy over the route servers of side b that opens the BGP port for these prefixes. */
function onlyPolicy(objects: Editable[], ingress: readonly object[]): void {
  const policy = find(objects, 'NetworkPolicy', 'routeserver-b');
  set(policy, 'spec.ingress', ingress);
  set(policy, 'spec.egress', []);
}

const edits: readonly Edit[] = [
  {
    name: 'nothing',
    edit: () => undefined,
    effects: [],
  },
  {
    name: "a VIP's Service that selects other pods",
    edit: (objects) => {
      set(find(objects, 'Service', 'routeserver-b'), 'spec.selector.track', 'canary');
    },
    effects: ['resets Service meshrr/routeserver-b [b]: spec.selector.track added; sessions through it reset'],
  },
  {
    name: 'a class of load balancers',
    edit: (objects) => {
      set(find(objects, 'Service', 'routeserver-b'), 'spec.loadBalancerClass', 'metallb');
    },
    effects: ['recreates Service meshrr/routeserver-b [b]: spec.loadBalancerClass added'],
  },
  {
    name: 'a VIP that moves to another pool',
    edit: (objects) => {
      const service = find(objects, 'Service', 'routeserver-b');
      service.metadata.annotations = { ...service.metadata.annotations, 'metallb.io/address-pool': 'spare' };
    },
    effects: ['renumbers Service meshrr/routeserver-b [b]: metallb.io/address-pool: "routeserver-b" -> "spare"'],
  },
  {
    name: 'a VIP that every node may receive',
    edit: (objects) => {
      set(find(objects, 'Service', 'routeserver-a'), 'spec.externalTrafficPolicy', 'Cluster');
    },
    effects: [
      'resets Service meshrr/routeserver-a [a]: spec.externalTrafficPolicy: "Local" -> "Cluster"; sessions through it reset',
    ],
  },
  {
    name: 'a StatefulSet that selects by one more label, which Kubernetes refuses',
    edit: (objects) => {
      const statefulSet = find(objects, 'StatefulSet', 'routeserver-b');
      set(statefulSet, 'spec.selector.matchLabels.track', 'one');
      set(statefulSet, 'spec.template.metadata.labels.track', 'one');
    },
    effects: [
      'recreates StatefulSet meshrr/routeserver-b [b]: spec.selector.matchLabels.track added; pods routeserver-b-0',
    ],
  },
  {
    name: 'a namespace that goes, with everything in it',
    edit: (objects) => {
      objects.splice(objects.indexOf(find(objects, 'Namespace', 'meshrr')), 1);
    },
    effects: ['removes Namespace meshrr [a,b]: everything in it'],
  },
  {
    name: 'more than three changes of one object: three are named, and how many more there are',
    edit: (objects) => {
      const peer = find(objects, 'BGPPeer', 'routeserver-b-fabric');
      for (const [key, value] of Object.entries({
        bfdProfile: 'x',
        keepaliveTime: '1s',
        routerID: '10.0.0.1',
        vrf: 'v',
      })) {
        set(peer, `spec.${key}`, value);
      }
    },
    effects: [
      'resets BGPPeer metallb/routeserver-b-fabric [b]: spec.bfdProfile added, spec.keepaliveTime added, spec.routerID added and 1 more; its nodes withdraw the VIP',
    ],
  },
  {
    name: 'a list where a mapping was',
    edit: (objects) => {
      set(find(objects, 'BGPPeer', 'routeserver-b-fabric'), 'spec.nodeSelectors.0.matchLabels', ['b']);
    },
    // Not readable as a BGPPeer any more: its session ends.
    effects: [
      'resets BGPPeer metallb/routeserver-b-fabric [b]: the session with 192.168.255.0 ends; its nodes withdraw the VIP',
      'unknown BGPPeer metallb/routeserver-b-fabric [b]: it cannot be read: spec.nodeSelectors.0.matchLabels: Invalid input: expected record, received array',
    ],
  },
  {
    name: 'routes of an advertisement put together',
    edit: (objects) => {
      set(find(objects, 'BGPAdvertisement', 'routeserver-b'), 'spec.aggregationLength', 24);
    },
    effects: [
      'resets BGPAdvertisement metallb/routeserver-b [b]: spec.aggregationLength added; the VIP may be withdrawn',
    ],
  },
  {
    name: 'local preference: an update of a route that stays',
    edit: (objects) => {
      set(find(objects, 'BGPAdvertisement', 'routeserver-b'), 'spec.localPref', 200);
    },
    effects: [],
  },
  ...[
    {
      kind: 'IPAddressPool',
      spec: { addresses: ['203.0.113.0/28'] },
      says: 'MetalLB may give 203.0.113.0/28 to Services, and nodes announce what it gave',
    },
    {
      kind: 'BGPAdvertisement',
      spec: { ipAddressPools: ['mine'] },
      says: 'nodes announce what Services have of mine to their routers',
    },
    { kind: 'BGPAdvertisement', spec: {}, says: 'nodes announce what Services have of any pool to their routers' },
    {
      kind: 'L2Advertisement',
      spec: { ipAddressPools: ['mine'] },
      says: 'nodes answer for what Services have of mine (ARP, NDP)',
    },
  ].map(({ kind, spec, says }): Edit => ({
    name: `a new ${kind} of the user's: ${says}`,
    edit: (objects) => {
      objects.push({
        ...{ apiVersion: 'metallb.io/v1beta1', kind, metadata: { name: 'mine', namespace: 'metallb' } },
        spec,
      });
    },
    effects: [`comes ${kind} metallb/mine []: ${says}`],
  })),
  {
    name: "a new Service of the user's with an external address",
    edit: (objects) => {
      objects.push({
        ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'mine', namespace: 'meshrr' } },
        spec: { selector: {}, externalIPs: ['203.0.113.1'], ports: [{ port: 443 }] },
      });
    },
    effects: ['comes Service meshrr/mine []: nodes take what goes to 203.0.113.1'],
  },
];

describe('an edit of what is built', () => {
  test.each(edits)('$name', ({ edit, effects }) => {
    expect(effectsOf(edit)).toEqual(effects);
  });
});

describe('a name of a community', () => {
  const named = (value: string): Editable => ({
    ...{ apiVersion: 'metallb.io/v1beta1', kind: 'Community', metadata: { name: 'mine', namespace: 'metallb' } },
    spec: { communities: [{ name: 'own', value }] },
  });
  const used =
    (value: string | undefined, names: readonly string[]) =>
    (objects: Editable[]): void => {
      set(find(objects, 'BGPAdvertisement', 'routeserver-b'), 'spec.communities', names);
      if (value !== undefined) objects.push(named(value));
    };

  test('that an announcement of a VIP has is told, and one that none has disturbs nobody', () => {
    expect(effectsOf(used('65000:7', ['own']), used('65000:0', ['own']))).toMatchObject([
      expect.stringMatching(/^may-reset Community metallb\/mine \[b\]: spec.communities\[0\].value: /),
    ]);
    expect(effectsOf(used(undefined, ['own']), used('65000:0', ['own']))).toMatchObject([
      expect.stringMatching(/^may-reset Community metallb\/mine \[b\]: it goes; /),
    ]);
    expect(effectsOf(used('65000:7', ['65000:0']), used('65000:0', ['65000:0']))).toMatchObject([
      expect.stringMatching(/^changes Community metallb\/mine \[\]: /),
    ]);
    expect(effectsOf(used('65000:7', ['65000:0']), used(undefined, ['65000:0']))).toEqual([
      'changes Community metallb/mine []: it comes',
    ]);
  });
});

describe('a BFD profile', () => {
  const withProfile =
    (isUsed: boolean, receiveInterval: number | undefined) =>
    (objects: Editable[]): void => {
      if (isUsed) set(find(objects, 'BGPPeer', 'routeserver-b-fabric'), 'spec.bfdProfile', 'mine');
      if (receiveInterval === undefined) return;
      objects.push({
        ...{ apiVersion: 'metallb.io/v1beta1', kind: 'BFDProfile', metadata: { name: 'mine', namespace: 'metallb' } },
        spec: { receiveInterval },
      });
    };

  test('resets sessions where a peer has it, and goes unnoticed where none has', () => {
    expect(effectsOf(withProfile(true, 50), withProfile(true, 300))).toEqual([
      'resets BFDProfile metallb/mine [a,b]: spec.receiveInterval: 300 -> 50; BFD of its sessions restarts',
    ]);
    expect(effectsOf(withProfile(false, 50), withProfile(false, 300))).toEqual([
      'changes BFDProfile metallb/mine []: spec.receiveInterval: 300 -> 50',
    ]);
    expect(effectsOf(withProfile(false, undefined), withProfile(false, 300))).toEqual([
      'changes BFDProfile metallb/mine []: spec removed',
    ]);
  });
});

describe('policies over route servers', () => {
  const opened =
    (...cidrs: readonly string[]) =>
    (objects: Editable[]) => {
      onlyPolicy(objects, cidrs.map(bgpFrom));
    };

  test('a first policy closes what it does not name', () => {
    const without = (objects: Editable[]) => {
      objects.splice(objects.indexOf(find(objects, 'NetworkPolicy', 'routeserver-b')), 1);
    };

    expect(effectsOf(() => undefined, without)).toEqual([
      'resets NetworkPolicy meshrr/routeserver-b [b]: a new NetworkPolicy blocks all traffic that it does not allow',
    ]);
  });

  test.each([
    ['two halves', ['192.168.0.0/17', '192.168.128.0/17'], []],
    ['more than before', ['192.168.0.0/15'], []],
    [
      'all but one address',
      ['192.168.0.0/32', '192.168.0.2/31', '192.168.0.4/30', '192.168.0.8/29', '192.168.0.16/28', '192.168.0.32/27']
        .concat(['192.168.0.64/26', '192.168.0.128/25', '192.168.1.0/24', '192.168.2.0/23', '192.168.4.0/22'])
        .concat(['192.168.8.0/21', '192.168.16.0/20', '192.168.32.0/19', '192.168.64.0/18', '192.168.128.0/17']),
      ['resets NetworkPolicy meshrr/routeserver-b [b]: no longer allows port 179 from 192.168.0.1/32'],
    ],
    [
      'half',
      ['192.168.0.0/17'],
      ['resets NetworkPolicy meshrr/routeserver-b [b]: no longer allows port 179 from 192.168.128.0/17'],
    ],
  ])('a prefix cut into %s', (_, cidrs, effects) => {
    expect(effectsOf(opened(...cidrs), opened('192.168.0.0/16'))).toEqual(effects);
  });

  test('any port closed carries BGP, too; another port does not', () => {
    const from = [{ ipBlock: { cidr: '192.168.0.0/16' } }];
    const anyPort = (objects: Editable[]) => {
      onlyPolicy(objects, [{ from }]);
    };
    const range = (first: number, last: number) => (objects: Editable[]) => {
      onlyPolicy(objects, [{ from, ports: [{ port: first, endPort: last, protocol: 'TCP' }] }]);
    };
    const none = (objects: Editable[]) => {
      onlyPolicy(objects, []);
    };

    expect(effectsOf(none, anyPort)).toEqual([
      'resets NetworkPolicy meshrr/routeserver-b [b]: no longer allows any port from 192.168.0.0/16',
    ]);
    expect(effectsOf(none, range(100, 200))).toEqual([
      'resets NetworkPolicy meshrr/routeserver-b [b]: no longer allows port 100 from 192.168.0.0/16',
    ]);
    expect(effectsOf(none, range(180, 200))).toEqual([
      'changes NetworkPolicy meshrr/routeserver-b []: no longer allows port 180 from 192.168.0.0/16',
    ]);
  });
});

test('an object of two sides is in the turn of neither', () => {
  const shared = (objects: Editable[]) => {
    const peer = find(objects, 'BGPPeer', 'routeserver-a-fabric');
    set(peer, 'spec.nodeSelectors', [{ matchExpressions: [{ key: 'side', operator: 'In', values: ['a', 'b'] }] }]);
  };
  const before = objectsOf('frr');
  shared(before);
  const after = structuredClone(before);
  set(find(after, 'BGPPeer', 'routeserver-a-fabric'), 'spec.holdTime', '12s');

  expect(compareBuilt(before, after)).toMatchObject({
    effects: [{ object: 'BGPPeer metallb/routeserver-a-fabric', sides: ['a', 'b'], turn: undefined }],
    disturbedSides: ['a', 'b'],
    unordered: [{ object: 'BGPPeer metallb/routeserver-a-fabric' }],
    turns: [],
  });
});

/** What an edit of the case `frr` is said to do; `first` is made on both builds. */
function effectsOf(
  edit: (objects: Editable[]) => void,
  first: (objects: Editable[]) => void = () => undefined,
): string[] {
  const before = objectsOf('frr');
  first(before);
  const after = objectsOf('frr');
  edit(after);
  return compareBuilt(before, after).effects.map(
    ({ kind, object, sides, detail }) => `${kind} ${object} [${sides.join()}]: ${detail}`,
  );
}
