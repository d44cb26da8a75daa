import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { renderManifests } from '@meshrs/manifests';
import {
  casesFolder,
  find,
  parseFiles,
  readText,
  renderCase,
  set,
  type Editable,
} from '@meshrs/manifests/test-support';
import { compareBuilt, type Comparison } from '../src/index.ts';

/** An edit of a topology, and what is said about it. */
interface Edit {
  readonly name: string;
  /** A case of test/cases; `frr` when left out. */
  readonly base?: string;
  readonly replace: readonly (readonly [string, string])[];
  /** "kind object [sides]: detail". */
  readonly effects: readonly string[];
  readonly disturbedSides?: readonly string[];
  readonly removed?: readonly string[];
}

const edits: readonly Edit[] = [
  {
    name: 'nothing',
    replace: [],
    effects: [],
  },
  {
    name: 'a community, a timer of clients on FRR and a wider client range',
    replace: [
      ['vips: [192.168.255.1]', 'vips: [192.168.255.1]\n    communities: ["65000:7"]'],
      ['prefixes: [192.168.0.0/16]', 'prefixes: [192.168.0.0/16, 192.0.2.0/24]\n    timers: { holdSeconds: 60 }'],
    ],
    effects: [
      'may-reset BGPAdvertisement metallb/routeserver-a [a]: spec.communities[0]: "65000:0" -> "65000:7"; the session stays, but whether routers take the VIP, and pass it on, their policies decide by these: see that each of them takes it with the new ones',
    ],
  },
  {
    name: "one side's VIP",
    replace: [['vips: [192.168.255.2]', 'vips: [192.168.255.9]']],
    effects: [
      'loses IPAddressPool metallb/routeserver-b [b]: the VIP 192.168.255.2',
      'renumbers Service meshrr/routeserver-b [b]: metallb.io/loadBalancerIPs: "192.168.255.2" -> "192.168.255.9"',
    ],
    disturbedSides: ['b'],
  },
  {
    name: "the agent's image",
    replace: [['engine: frr', "engine: frr\n  images: { agent: 'registry.example.com/mesh-agent:2.0.0' }"]],
    effects: [
      'restarts StatefulSet meshrr/routeserver-a [a]: spec.template.spec.initContainers[0].image: "ghcr.io/meshrs/mesh-agent:0.1.0" -> "registry.example.com/mesh-agent:2.0.0", spec.template.spec.initContainers[1].image: "ghcr.io/meshrs/mesh-agent:0.1.0" -> "registry.example.com/mesh-agent:2.0.0"; pods routeserver-a-0',
      'restarts StatefulSet meshrr/routeserver-b [b]: spec.template.spec.initContainers[0].image: "ghcr.io/meshrs/mesh-agent:0.1.0" -> "registry.example.com/mesh-agent:2.0.0", spec.template.spec.initContainers[1].image: "ghcr.io/meshrs/mesh-agent:0.1.0" -> "registry.example.com/mesh-agent:2.0.0"; pods routeserver-b-0',
    ],
    disturbedSides: ['a', 'b'],
  },
  {
    name: "one side's image",
    replace: [['vips: [192.168.255.2]', "vips: [192.168.255.2]\n    images: { frr: 'mirror.example.com/frr:10.7.2' }"]],
    effects: [
      'restarts StatefulSet meshrr/routeserver-b [b]: spec.template.spec.containers[0].image: "quay.io/frrouting/frr:10.7.1" -> "mirror.example.com/frr:10.7.2"; pods routeserver-b-0',
    ],
    disturbedSides: ['b'],
  },
  {
    name: 'a taint that the pods tolerate',
    replace: [['engine: frr', 'engine: frr\n  pods: { tolerations: [{ key: edge, operator: Exists }] }']],
    effects: [
      'restarts StatefulSet meshrr/routeserver-a [a]: spec.template.spec.tolerations[2] added; pods routeserver-a-0',
      'restarts StatefulSet meshrr/routeserver-b [b]: spec.template.spec.tolerations[2] added; pods routeserver-b-0',
    ],
    disturbedSides: ['a', 'b'],
  },
  {
    name: 'another time after which MetalLB dials again',
    replace: [['metallb:\n', 'metallb:\n  connectRetrySeconds: 5\n']],
    effects: [
      'resets BGPPeer metallb/routeserver-a-fabric [a]: spec.connectTime: "10s" -> "5s"; its nodes withdraw the VIP',
      'resets BGPPeer metallb/routeserver-b-fabric [b]: spec.connectTime: "10s" -> "5s"; its nodes withdraw the VIP',
    ],
    disturbedSides: ['a', 'b'],
  },
  {
    name: 'a class of load balancers',
    replace: [['metallb:\n', 'metallb:\n  loadBalancerClass: metallb.io/metallb\n']],
    effects: [
      ...['a', 'b'].flatMap((side) => [
        `resets ConfigMap meshrr/routeserver-${side}-settings [${side}]: meshrs.dev/metallb-revision: 26ff881ea1c70f90f306 -> 0715452a148126987d87; MetalLB's pods on the nodes of the side are replaced node by node, and each withdraws the VIP until its new one has its session`,
        `recreates Service meshrr/routeserver-${side} [${side}]: spec.loadBalancerClass added`,
      ]),
    ],
    disturbedSides: ['a', 'b'],
  },
  {
    name: 'one more port of the API server, and one less',
    replace: [['serviceRanges: [10.96.0.0/12]', 'serviceRanges: [10.96.0.0/12]\n      apiServerPorts: [443, 16443]']],
    effects: [
      'changes NetworkPolicy meshrr/routeserver-a []: no longer allows port 6443 to anywhere',
      'changes NetworkPolicy meshrr/routeserver-b []: no longer allows port 6443 to anywhere',
    ],
  },
  {
    name: 'a volume for /config',
    replace: [['engine: frr', 'engine: frr\n  persistence: {}']],
    effects: [
      'recreates StatefulSet meshrr/routeserver-a [a]: spec.volumeClaimTemplates added; pods routeserver-a-0',
      'recreates StatefulSet meshrr/routeserver-b [b]: spec.volumeClaimTemplates added; pods routeserver-b-0',
    ],
    disturbedSides: ['a', 'b'],
  },
  {
    name: "MetalLB's hold time",
    replace: [['metallb:\n', 'metallb:\n  holdSeconds: 12\n']],
    effects: [
      'resets BGPPeer metallb/routeserver-a-fabric [a]: spec.holdTime: "9s" -> "12s"; its nodes withdraw the VIP',
      'resets BGPPeer metallb/routeserver-b-fabric [b]: spec.holdTime: "9s" -> "12s"; its nodes withdraw the VIP',
    ],
    disturbedSides: ['a', 'b'],
  },
  {
    name: 'a password for each side, by default',
    replace: [['metallb:\n', 'metallb:\n  password: { secrets: { a: metallb-bgp-a, b: metallb-bgp-b } }\n']],
    effects: [],
  },
  {
    name: 'another Secret with the password of side b',
    replace: [['metallb:\n', 'metallb:\n  password: { secrets: { b: metallb-bgp-b2 } }\n']],
    effects: [
      'resets BGPPeer metallb/routeserver-b-fabric [b]: spec.passwordSecret.name: "metallb-bgp-b" -> "metallb-bgp-b2"; its nodes withdraw the VIP; without the Secret metallb-bgp-b2 a speaker that starts anew has no session',
    ],
    disturbedSides: ['b'],
  },
  {
    name: 'from one password of all sides to one for each',
    base: 'native-backend',
    replace: [
      ['password: { secret: routers-md5 }', 'password: { secret: routers-md5, secrets: { a: md5-a, b: md5-b } }'],
    ],
    effects: [
      'resets BGPPeer metallb/routeserver-a-fabric [a]: spec.passwordSecret.name: "routers-md5" -> "md5-a"; its nodes withdraw the VIP; without the Secret md5-a a speaker that starts anew has no session',
      'resets BGPPeer metallb/routeserver-b-fabric [b]: spec.passwordSecret.name: "routers-md5" -> "md5-b"; its nodes withdraw the VIP; without the Secret md5-b a speaker that starts anew has no session',
    ],
    disturbedSides: ['a', 'b'],
  },
  {
    name: 'the name of all sides, which nobody has any more',
    base: 'management',
    replace: [['secret: metallb-bgp, ', '']],
    effects: [],
  },
  {
    name: 'the global peer',
    base: 'peer-scope-global',
    replace: [['receiveMilliseconds: 150', 'receiveMilliseconds: 100']],
    effects: ['resets BFDProfile metallb/meshrs [a,b]: spec.receiveInterval: 150 -> 100; BFD of its sessions restarts'],
    disturbedSides: ['a', 'b'],
  },
  {
    name: 'a router position that goes',
    base: 'two-positions',
    replace: [
      ['    spare: { address: 10.255.0.1, routerAsn: "65000.4", metallbAsn: "65000.3" }\n', ''],
      ['anycast: spare', 'anycast: fabric'],
      ['anycast: spare', 'anycast: fabric'],
      [/ {6}- router: dc.-border2\n( {8}.*\n)+/g, ''],
    ] as unknown as readonly (readonly [string, string])[],
    effects: [
      'resets BGPAdvertisement metallb/routeserver-a [a]: spec.peers[1] removed; the VIP may be withdrawn',
      'resets BGPPeer metallb/routeserver-a-spare [a]: the session with 10.255.0.1 ends; its nodes withdraw the VIP',
      'resets BGPAdvertisement metallb/routeserver-b [b]: spec.peers[1] removed; the VIP may be withdrawn',
      'resets BGPPeer metallb/routeserver-b-spare [b]: the session with 10.255.0.1 ends; its nodes withdraw the VIP',
    ],
    disturbedSides: ['a', 'b'],
  },
  {
    name: 'a client more',
    replace: [['clients:\n', 'clients:\n  dc3-leaf1: { system: eos, asn: "65103", addresses: [192.168.3.11] }\n']],
    effects: [
      'may-reset ConfigMap meshrr/routeserver-a-settings [a]: client dc3-leaf1 (192.168.3.11) is declared now: its session resets, if it has one from a listen range',
      'may-reset ConfigMap meshrr/routeserver-b-settings [b]: client dc3-leaf1 (192.168.3.11) is declared now: its session resets, if it has one from a listen range',
    ],
  },
  {
    name: 'another AS and fewer prefixes of a client, a smaller AS range, fewer hops',
    replace: [
      ['asn: "65101", addresses: [192.168.1.11]', 'asn: "65111", addresses: [192.168.1.11]'],
      ['asn: "65102", addresses: [192.168.2.11]', 'asn: "65102", addresses: [192.168.2.11], maximumPrefixes: 9'],
      ['asns: ["65001-65534"]', 'asns: ["65001-65200"]\n    multihopTtl: 3'],
    ],
    effects: ['a', 'b'].map(
      (side) =>
        `resets ConfigMap meshrr/routeserver-${side}-settings [${side}]: peer group MESHRR-CLIENTS: TTL changed: sessions of dc1-leaf1, dc2-leaf1 and clients from its listen ranges reset; client dc1-leaf1 (192.168.1.11): remote AS changed: its session resets; client dc2-leaf1 (192.168.2.11): maximum-prefix 9: its session resets, if it has more prefixes, and stays down while it sends more; listen range 192.168.0.0/16: AS 65201-65534 no longer allowed: the guard evicts clients that have one`,
    ),
    disturbedSides: ['a', 'b'],
  },
  {
    name: 'a client range cut in two: the same addresses, so that nobody notices',
    replace: [['prefixes: [192.168.0.0/16]', 'prefixes: [192.168.0.0/17, 192.168.128.0/17]']],
    effects: [],
  },
  {
    name: 'a wider client range',
    replace: [['prefixes: [192.168.0.0/16]', 'prefixes: [192.168.0.0/15]']],
    effects: [],
  },
  {
    name: 'an AS range written as two that cover the same',
    replace: [['asns: ["65001-65534"]', 'asns: ["65001-65100", "65101-65534"]']],
    effects: [],
  },
  {
    name: 'drain, readiness: no session notices',
    replace: [['engine: frr', 'engine: frr\n  drain: { gracefulShutdownSeconds: 7 }']],
    effects: expect.not.arrayContaining([expect.stringContaining('ConfigMap')]) as string[],
    disturbedSides: ['a', 'b'],
  },
  {
    name: 'more peers of the mesh than there are route servers',
    replace: [['engine: frr', 'engine: frr\n  mesh: { maximumPeers: 100 }']],
    effects: [],
  },
  {
    name: 'peers of the mesh from the DNS: the agents still reach the API, for the turn',
    replace: [['engine: frr', 'engine: frr\n  mesh: { source: dns }']],
    effects: [],
  },
  {
    name: 'a narrower client range',
    replace: [['prefixes: [192.168.0.0/16]', 'prefixes: [192.168.0.0/18]']],
    effects: ['a', 'b'].flatMap((side) => [
      `resets ConfigMap meshrr/routeserver-${side}-settings [${side}]: listen range 192.168.0.0/16 narrowed to 192.168.0.0/18: sessions of clients in it that are not declared reset; clients outside 192.168.0.0/18 that are not declared are refused from then on`,
      `resets NetworkPolicy meshrr/routeserver-${side} [${side}]: no longer allows port 179 from 192.168.64.0/18 and 192.168.128.0/17`,
    ]),
    disturbedSides: ['a', 'b'],
  },
  {
    name: 'the hold time of clients on cRPD',
    base: 'crpd',
    replace: [['prefixes: [192.168.0.0/16]', 'prefixes: [192.168.0.0/16]\n    timers: { holdSeconds: 60 }']],
    effects: ['a', 'b'].map(
      (side) =>
        `resets ConfigMap meshrr/routeserver-${side}-settings [${side}]: MESHRR-CLIENTS: hold time changed: all its sessions reset`,
    ),
    disturbedSides: ['a', 'b'],
  },
  {
    name: "a router-id of side a: that side's sessions alone",
    replace: [['routerIds: [192.168.255.11]', 'routerIds: [192.168.255.19]']],
    effects: [
      'resets ConfigMap meshrr/routeserver-a-settings [a]: router-id of routeserver-a-0: 192.168.255.11 -> 192.168.255.19: all its sessions reset',
    ],
    disturbedSides: ['a'],
  },
  {
    name: 'a router-id for a replica to come: nobody notices',
    replace: [['routerIds: [192.168.255.11]', 'routerIds: [192.168.255.11, 192.168.255.12]']],
    effects: [],
  },
  {
    name: 'a second route server behind the VIP of side b',
    replace: [
      [
        'routerIds: [192.168.255.21]',
        'replicas: 2\n        routerIds: [192.168.255.21, 192.168.255.22]\n    acceptRehash: true',
      ],
    ],
    effects: [
      'resets StatefulSet meshrr/routeserver-b [b]: 2 route servers behind the VIP instead of 1: routers rehash the clients; some sessions reset',
    ],
    disturbedSides: ['b'],
  },
  {
    name: 'fewer route servers',
    base: 'two-replicas',
    replace: [['replicas: 2', 'replicas: 1']],
    effects: ['loses StatefulSet meshrr/routeserver-b [b]: pods routeserver-b-1'],
    disturbedSides: ['b'],
    removed: ['meshrr/routeserver-b-1'],
  },
  {
    name: 'clients dial the nodes',
    replace: [['engine: frr', 'engine: frr\n  exposure: hostNetwork']],
    effects: expect.arrayContaining([
      'removes Service meshrr/routeserver-a [a]: the address 192.168.255.1',
      'loses IPAddressPool metallb/routeserver-a [a]: the VIP 192.168.255.1',
    ]) as string[],
    disturbedSides: ['a', 'b'],
  },
  {
    name: 'management off: nothing that clients notice',
    base: 'management',
    replace: [['enabled: true', 'enabled: false']],
    effects: [
      'changes L2Advertisement metallb/routeserver-a-mgmt []: spec removed',
      'changes L2Advertisement metallb/routeserver-b-mgmt []: spec removed',
      'changes NetworkPolicy meshrr/routeserver-a []: no longer allows port 22 from anywhere; port 830 from anywhere',
      'changes NetworkPolicy meshrr/routeserver-b []: no longer allows port 22 from anywhere; port 830 from anywhere',
      'removes Service meshrr/routeserver-a-0-mgmt []: the address 192.168.18.3',
      'removes Service meshrr/routeserver-b-0-mgmt []: the address 192.168.18.4',
      'removes Service meshrr/routeserver-b-1-mgmt []: the address 192.168.18.7',
    ],
  },
];

describe('an edit of the topology', () => {
  test.each(edits)('$name', ({ base = 'frr', replace, effects, disturbedSides = [], removed = [] }) => {
    const source = readFileSync(join(casesFolder, base, 'topology.yaml'), 'utf8');
    const edited = replace.reduce((text, [from, to]) => {
      const next = text.replace(from, to);
      expect(next, from).not.toBe(text);
      return next;
    }, source);

    const comparison = compareBuilt(objectsOf(source), objectsOf(edited));

    expect(described(comparison)).toEqual(effects);
    expect(comparison.disturbedSides).toEqual(disturbedSides);
    expect(comparison.removedRouteServers).toEqual(removed);
  });
});

describe('a change of both sides', () => {
  const image = "engine: frr\n  images: { agent: 'registry.example.com/mesh-agent:2.0.0' }";

  test.each([
    ['the image', 'frr', 'engine: frr', image],
    ["MetalLB's hold time", 'frr', 'metallb:\n', 'metallb:\n  holdSeconds: 12\n'],
    ['a setting', 'frr', 'asns: ["65001-65534"]', 'asns: ["65001-65200"]\n    multihopTtl: 3'],
  ])('%s is made one side at a time', (_, base, from, to) => {
    const comparison = compareEdit(base, from, to);

    expect(comparison.disturbedSides).toEqual(['a', 'b']);
    expect(comparison.effects.map(({ sides, turn }) => [sides, turn])).toEqual(
      comparison.effects.map(({ sides }) => [sides, sides[0]]),
    );
    expect(comparison).toMatchObject({ unordered: [], turns: ['a', 'b'] });
  });

  test.each([
    [
      'what all share',
      'peer-scope-global',
      'receiveMilliseconds: 150',
      'receiveMilliseconds: 100',
      ['BFDProfile metallb/meshrs'],
    ],
    [
      'what must be made anew',
      'frr',
      'engine: frr',
      'engine: frr\n  persistence: {}',
      ['StatefulSet meshrr/routeserver-a', 'StatefulSet meshrr/routeserver-b'],
    ],
  ])('%s no wave orders', (_, base, from, to, unordered) => {
    const comparison = compareEdit(base, from, to);

    expect(comparison.unordered.map(({ object }) => object)).toEqual(unordered);
    expect(comparison.turns).toEqual([]);
  });

  test('what goes of each side goes in its turn, and a VIP, a route server or what bears no revision in none', () => {
    const before = objectsOf(readFileSync(join(casesFolder, 'frr/topology.yaml'), 'utf8'));
    const without = (kind: string): typeof before => before.filter((object) => object.kind !== kind);
    for (const kind of ['BGPPeer', 'BGPAdvertisement']) {
      expect(compareBuilt(before, without(kind))).toMatchObject({ unordered: [], turns: ['a', 'b'] });
    }
    for (const kind of ['IPAddressPool', 'StatefulSet', 'Service']) {
      expect(compareBuilt(before, without(kind)).unordered.length).toBeGreaterThan(1);
    }
    const unmarked = structuredClone(before);
    for (const object of unmarked) {
      if (object.kind === 'BGPPeer') delete object.metadata.annotations?.['meshrs.dev/side-revision'];
    }
    expect(compareBuilt(unmarked, without('BGPPeer')).unordered).toHaveLength(2);
  });

  test('an object that comes outside its turn is not ordered, as one whose gate is gone', () => {
    const before = objectsOf(readFileSync(join(casesFolder, 'frr/topology.yaml'), 'utf8'));
    const after = structuredClone(before);
    for (const side of ['a', 'b']) {
      set(find(after, 'StatefulSet', `routeserver-${side}`), 'spec.template.spec.priorityClassName', 'high');
    }
    expect(compareBuilt(before, after)).toMatchObject({ unordered: [], turns: ['a', 'b'] });

    const early = structuredClone(after);
    const annotations = find(early, 'StatefulSet', 'routeserver-b').metadata.annotations ?? {};
    annotations['argocd.argoproj.io/sync-wave'] = '12';
    const ungated = after.filter(({ metadata: { name } }) => name !== 'routeserver-b-gate');

    for (const objects of [early, ungated]) {
      expect(compareBuilt(before, objects).unordered.map(({ object }) => object)).toEqual([
        'StatefulSet meshrr/routeserver-b',
      ]);
    }
  });

  test('what may reset a session of both sides is made one side at a time, too', () => {
    const client = 'dc3-leaf1: { system: eos, asn: "65103", addresses: [192.168.3.11] }';

    expect(compareEdit('frr', 'clients:\n', `clients:\n  ${client}\n`)).toMatchObject({
      effects: [
        { kind: 'may-reset', turn: 'a' },
        { kind: 'may-reset', turn: 'b' },
      ],
      disturbedSides: [],
      turns: ['a', 'b'],
    });
  });

  test('a side that is disturbed at any moment has no turn before a side whose sessions may reset', () => {
    const source = readFileSync(join(casesFolder, 'frr/topology.yaml'), 'utf8');
    const client = 'dc3-leaf1: { system: eos, asn: "65103", addresses: [192.168.3.11] }';
    const after = objectsOf(source.replace('clients:\n', `clients:\n  ${client}\n`));
    after.splice(after.indexOf(find(after, 'Service', 'routeserver-b')), 1);

    expect(compareBuilt(objectsOf(source), after)).toMatchObject({
      disturbedSides: ['b'],
      unordered: [],
      turns: ['b'],
    });
  });

  test('what disturbs one side needs no order', () => {
    expect(compareEdit('frr', 'vips: [192.168.255.2]', 'vips: [192.168.255.9]')).toMatchObject({
      disturbedSides: ['b'],
      unordered: [],
      turns: ['b'],
    });
  });

  function compareEdit(base: string, from: string, to: string): Comparison {
    const source = readFileSync(join(casesFolder, base, 'topology.yaml'), 'utf8');
    const edited = source.replace(from, to);
    expect(edited).not.toBe(source);
    return compareBuilt(objectsOf(source), objectsOf(edited));
  }
});

test('a first build disturbs nobody, and a last one everybody', () => {
  const objects = parseFiles(renderCase('frr').files);

  expect(compareBuilt([], objects)).toEqual({
    effects: [],
    disturbedSides: [],
    unordered: [],
    turns: [],
    removedRouteServers: [],
    looseBudgets: [],
    fixedChoices: [],
    metallbRefusals: [],
    movedObjects: [],
    stuckGates: [],
    acts: [],
    clients: {},
  });
  expect(compareBuilt(objects, [])).toMatchObject({
    disturbedSides: ['a', 'b'],
    removedRouteServers: ['meshrr/routeserver-a-0', 'meshrr/routeserver-b-0'],
  });
});

test('a policy of the user over route servers that had one is compared by what it closes', () => {
  const objects = parseFiles(renderCase('frr').files);
  const policy = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'mine', namespace: 'meshrr' },
    spec: { podSelector: { matchLabels: { side: 'b' } }, policyTypes: ['Ingress'] },
  };

  expect(described(compareBuilt(objects, [...objects, policy]))).toEqual([]);
});

test('one more port of the mesh disturbs nobody, the BGP port moved disturbs all sides', () => {
  const objects = parseFiles(renderCase('frr').files);
  const withPorts = (ports: readonly object[]): Editable[] => {
    const copy = structuredClone(objects);
    set(find(copy, 'Service', 'meshrr-core'), 'spec.ports', ports);
    return copy;
  };
  const bgp = { name: 'bgp', port: 179, targetPort: 'bgp', protocol: 'TCP' };
  const agent = { name: 'agent', port: 8179, targetPort: 'agent', protocol: 'TCP' };

  expect(compareBuilt(objects, withPorts([bgp, agent, { name: 'more', port: 1 }])).effects).toEqual([]);
  expect(compareBuilt(objects, withPorts([{ ...bgp, targetPort: 1179 }, agent])).disturbedSides).toEqual(['a', 'b']);
});

function objectsOf(text: string): Editable[] {
  const fleet = { file: 'topologies/dci.yaml', topology: readText(text) };
  return parseFiles(renderManifests([fleet], () => false).files);
}

function described({ effects }: Comparison): string[] {
  return effects.map(({ kind, object, sides, detail }) => `${kind} ${object} [${sides.join()}]: ${detail}`);
}
