import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatIssue } from '@meshrs/strict-yaml';
import { describe, expect, it } from 'vitest';
import { issuesAfter, put, readEdited, type Draft } from './edits.ts';

const golden = join(import.meta.dirname, 'rules.txt');

type Case = readonly [what: string, edits: Readonly<Record<string, unknown>>, issues: readonly string[]];

const link = 'nodes.meshrr-kube1.links.0';
const group = 'clientGroups.MESHRR-CLIENTS';
const apiPortIssue = 'api-server-port-missing placement.clusters.dci.apiServerPorts';
const memoryIssue = 'engine-memory-too-small routeServers.resources.engineMemory';

/** A second link of the first node, to a router of its own position. */
const secondRouter: Readonly<Record<string, unknown>> = {
  'metallb.anycastLoopbacks.second': { address: '192.168.255.9', routerAsn: '65000.2', metallbAsn: '65000.3' },
  'routers.dc1-border2': { system: 'eos', loopbacks: ['192.168.1.4'], anycast: 'second' },
};
const linkTo = (router: string, port: number): Readonly<Record<string, unknown>> => ({
  router,
  routerPort: `ge-0/0/${String(port)}`,
  routerAddresses: [`172.16.9.${String(2 * port)}/31`],
  nodePort: `eth${String(port)}`,
  nodeAddresses: [`172.16.9.${String(2 * port + 1)}/31`],
});

/** Each is the smallest valid topology with a change, and every issue of it. */
const rules: Readonly<Record<string, readonly Case[]>> = {
  'an address belongs to one thing': [
    [
      'router and client',
      { 'routers.dc1-border1.loopbacks': ['192.168.1.11'] },
      ['duplicate-address clients.dc1-leaf1.addresses[0]'],
    ],
    [
      'two routers',
      { 'routers.dc2-border1.loopbacks': ['192.168.1.3'] },
      ['duplicate-address routers.dc2-border1.loopbacks[0]'],
    ],
    [
      'VIP and router',
      { 'routers.dc2-border1.loopbacks': ['192.168.255.2'] },
      ['duplicate-address routers.dc2-border1.loopbacks[0]'],
    ],
    [
      'two management addresses',
      { 'management.addresses.routeserver-b-0': '192.168.18.3' },
      ['duplicate-address management.addresses.routeserver-b-0'],
    ],
    [
      'client and management',
      { 'clients.dc1-leaf1.addresses': ['192.168.18.3'] },
      ['duplicate-address management.addresses.routeserver-a-0'],
    ],
    [
      'both ends of a link',
      { [`${link}.nodeAddresses`]: ['172.16.1.12/31'] },
      ['duplicate-address nodes.meshrr-kube1.links[0].nodeAddresses[0]'],
    ],
    [
      'ends of two links',
      {
        'nodes.meshrr-kube3.links.0.routerAddresses': ['172.16.1.12/31'],
        'nodes.meshrr-kube3.links.0.nodeAddresses': ['172.16.1.13/31'],
      },
      [
        'duplicate-address nodes.meshrr-kube3.links[0].routerAddresses[0]',
        'duplicate-address nodes.meshrr-kube3.links[0].nodeAddresses[0]',
      ],
    ],
    [
      'without management nothing of it counts',
      { management: undefined, 'clients.dc1-leaf1.addresses': ['192.168.18.3'] },
      [],
    ],
  ],
  'a session can end at an address': [
    ['a VIP', { 'sides.a.vips': ['224.0.0.1'] }, ['special-address sides.a.vips[0]']],
    [
      'an anycast loopback',
      { 'metallb.anycastLoopbacks.fabric.address': '127.0.0.9' },
      ['special-address metallb.anycastLoopbacks.fabric.address'],
    ],
    [
      'a loopback of a router, and no link-local link',
      {
        'routers.dc1-border1.loopbacks': ['0.0.0.1'],
        [`${link}.routerAddresses`]: ['169.254.1.12/31'],
        [`${link}.nodeAddresses`]: ['169.254.1.13/31'],
        'placement.clusters.dci.nodeRanges': ['172.16.0.0/16', '169.254.0.0/16'],
      },
      ['special-address routers.dc1-border1.loopbacks[0]'],
    ],
    [
      'a client, whose address lies in no prefix, which is not told beside it',
      { 'clients.dc1-leaf1.addresses': ['fe80::1', '192.168.1.11'] },
      ['special-address clients.dc1-leaf1.addresses[0]'],
    ],
    [
      'a prefix of clients',
      { 'clientGroups.MESHRR-CLIENTS.prefixes': ['192.168.0.0/16', '239.0.0.0/8', 'e000::/3'] },
      [
        'special-address clientGroups.MESHRR-CLIENTS.prefixes[1]',
        'special-address clientGroups.MESHRR-CLIENTS.prefixes[2]',
      ],
    ],
  ],
  'the mesh is full': [
    [
      'fewer than the others',
      {
        'routeServers.mesh.maximumPeers': 2,
        'sides.a.statefulSets.routeserver-a.routerIds': ['10.0.0.1', '10.0.0.2', '10.0.0.3'],
      },
      ['partial-mesh routeServers.mesh.maximumPeers'],
    ],
    [
      'as many as the others',
      { 'routeServers.mesh.maximumPeers': 2, 'sides.a.statefulSets.routeserver-a.routerIds': ['10.0.0.1', '10.0.0.2'] },
      [],
    ],
  ],
  'a list has one address of a family': [
    [
      'a router',
      { 'routers.dc1-border1.loopbacks': ['192.168.1.3', '192.168.1.33'] },
      ['family-twice routers.dc1-border1.loopbacks[1]'],
    ],
    [
      'a client',
      { 'clients.dc1-leaf1.addresses': ['192.168.1.11', '192.168.1.12'] },
      ['family-twice clients.dc1-leaf1.addresses[1]'],
    ],
    [
      'the node of a link',
      {
        [`${link}.routerAddresses`]: ['172.16.1.12/30'],
        [`${link}.nodeAddresses`]: ['172.16.1.13/30', '172.16.1.14/30'],
        'nodes.meshrr-kube2.links.0.routerAddresses': ['172.16.1.24/31'],
        'nodes.meshrr-kube2.links.0.nodeAddresses': ['172.16.1.25/31'],
      },
      ['family-twice nodes.meshrr-kube1.links[0].nodeAddresses[1]'],
    ],
    [
      'the router of a link',
      { [`${link}.routerAddresses`]: ['172.16.1.12/31', '172.16.9.12/31'] },
      ['family-twice nodes.meshrr-kube1.links[0].routerAddresses[1]'],
    ],
    [
      'the IPv6 addresses count for themselves',
      {
        'clients.dc1-leaf1.addresses': ['2001:db8::1', '192.168.1.11', '2001:db8::2'],
        'clientGroups.MESHRR-CLIENTS.prefixes': ['192.168.0.0/16', '2001:db8::/32'],
      },
      ['family-twice clients.dc1-leaf1.addresses[2]'],
    ],
  ],
  'both ends of a link are in one subnet': [
    [
      'the second address too',
      {
        [`${link}.routerAddresses`]: ['172.16.1.12/31', '2001:db8::/127'],
        [`${link}.nodeAddresses`]: ['172.16.1.13/31', '2001:db8:1::1/127'],
        'placement.clusters.dci.nodeRanges': ['172.16.0.0/16', '2001:db8::/32'],
      },
      ['link-subnet-mismatch nodes.meshrr-kube1.links[0].nodeAddresses[1]'],
    ],
    [
      'in any order',
      {
        [`${link}.routerAddresses`]: ['2001:db8::/127', '172.16.1.12/31'],
        [`${link}.nodeAddresses`]: ['172.16.1.13/31', '2001:db8::1/127'],
        'placement.clusters.dci.nodeRanges': ['172.16.0.0/16', '2001:db8::/32'],
      },
      [],
    ],
    [
      'the length counts',
      { [`${link}.nodeAddresses`]: ['172.16.1.13/30'] },
      ['link-subnet-mismatch nodes.meshrr-kube1.links[0].nodeAddresses[0]'],
    ],
  ],
  'a node has one router at an anycast loopback': [
    ['two links to one router are one', { 'nodes.meshrr-kube1.links.1': linkTo('dc1-border1', 9) }, []],
    [
      'the router of the other site is another',
      { 'nodes.meshrr-kube1.links.1': linkTo('dc2-border1', 9) },
      ['anycast-twice-on-node nodes.meshrr-kube1.links[1].router'],
    ],
    [
      'of three links to two routers one is told',
      {
        'nodes.meshrr-kube1.links.1': linkTo('dc2-border1', 9),
        'nodes.meshrr-kube1.links.2': linkTo('dc2-border1', 8),
      },
      ['anycast-twice-on-node nodes.meshrr-kube1.links[1].router'],
    ],
  ],
  'every node of a BGPPeer has a router at its position': [
    [
      'of a side, with one peer per side',
      { ...secondRouter, 'nodes.meshrr-kube1.links.1': linkTo('dc1-border2', 9) },
      ['position-missing nodes.meshrr-kube2.links'],
    ],
    [
      'not of the other side',
      {
        ...secondRouter,
        'nodes.meshrr-kube1.links.1': linkTo('dc1-border2', 9),
        'nodes.meshrr-kube2.links.1': linkTo('dc1-border2', 8),
      },
      [],
    ],
    [
      'of the fleet, with one peer for all',
      {
        ...secondRouter,
        'metallb.peerScope': 'global',
        'metallb.password': {},
        'nodes.meshrr-kube1.links.1': linkTo('dc1-border2', 9),
        'nodes.meshrr-kube2.links.1': linkTo('dc1-border2', 8),
      },
      ['position-missing nodes.meshrr-kube3.links', 'position-missing nodes.meshrr-kube4.links'],
    ],
    [
      'silent while a router is unknown',
      { ...secondRouter, 'nodes.meshrr-kube1.links.1': linkTo('dc1-border9', 9) },
      ['unknown-router nodes.meshrr-kube1.links[1].router'],
    ],
  ],
  'a port has one cable': [
    [
      'of the router',
      { 'nodes.meshrr-kube2.links.0.routerPort': 'ge-0/0/2' },
      ['duplicate-port nodes.meshrr-kube2.links[0].routerPort'],
    ],
    [
      'of the node',
      { 'nodes.meshrr-kube1.links.1': { ...linkTo('dc1-border1', 9), nodePort: 'eth1' } },
      ['duplicate-port nodes.meshrr-kube1.links[1].nodePort'],
    ],
    [
      'another router has the same port',
      { 'nodes.meshrr-kube3.links.0.routerPort': 'ge-0/0/3', 'nodes.meshrr-kube4.links.0.routerPort': 'ge-0/0/2' },
      [],
    ],
  ],
  'nodes of a side have routers of their own': [
    [
      'every link of every node',
      {
        'nodes.meshrr-kube3.links.0': linkTo('dc1-border1', 7),
        'nodes.meshrr-kube4.links.0': linkTo('dc1-border1', 8),
      },
      ['shared-router routers.dc1-border1'],
    ],
    ['one node elsewhere is enough', { 'nodes.meshrr-kube3.links.0': linkTo('dc1-border1', 7) }, []],
    [
      'one link elsewhere is enough',
      {
        ...secondRouter,
        'nodes.meshrr-kube3.links': [linkTo('dc1-border1', 7), linkTo('dc1-border2', 5)],
        'nodes.meshrr-kube4.links': [linkTo('dc1-border1', 8)],
      },
      ['position-missing nodes.meshrr-kube4.links'],
    ],
    [
      'unless it is accepted',
      {
        'placement.acceptSharedRouter': true,
        'nodes.meshrr-kube3.links.0': linkTo('dc1-border1', 7),
        'nodes.meshrr-kube4.links.0': linkTo('dc1-border1', 8),
      },
      [],
    ],
  ],
  'the licence covers mesh and clients': [
    [
      'exactly enough',
      { 'routeServers.engine': 'crpd', 'routeServers.crpd.licensedPeers': 6 },
      ['engine-not-supported routeServers.engine'],
    ],
    [
      'one too few',
      { 'routeServers.engine': 'crpd', 'routeServers.crpd.licensedPeers': 5 },
      ['engine-not-supported routeServers.engine', 'licensed-peers routeServers.crpd.licensedPeers'],
    ],
    ['of another engine there is none', { 'routeServers.engine': 'frr', 'routeServers.crpd.licensedPeers': 5 }, []],
  ],
  'no client fills the memory of the engine': [
    ['the default limit, and memory kept for it', {}, []],
    ['the most that memory is kept for', { [`${group}.maximumPrefixes`]: 209_715 }, []],
    ['one more', { [`${group}.maximumPrefixes`]: 209_716 }, [memoryIssue]],
    ['a limit of one client alone', { 'clients.dc1-leaf1.maximumPrefixes': 1_000_000 }, [memoryIssue]],
    [
      'more, with memory',
      { [`${group}.maximumPrefixes`]: 209_716, 'routeServers.resources.engineMemory': '4354Mi' },
      [],
    ],
    [
      'more, with a MiB too little',
      { [`${group}.maximumPrefixes`]: 209_716, 'routeServers.resources.engineMemory': '4353Mi' },
      [memoryIssue],
    ],
    ['the usual memory of a small engine', { 'routeServers.resources.engineMemory': '1Gi' }, [memoryIssue]],
    [
      'a limit that fits it',
      { 'routeServers.resources.engineMemory': '1Gi', [`${group}.maximumPrefixes`]: 39_270 },
      [],
    ],
    [
      'one that does not',
      { 'routeServers.resources.engineMemory': '1Gi', [`${group}.maximumPrefixes`]: 39_271 },
      [memoryIssue],
    ],
    ['not even room for bgpd', { 'routeServers.resources.engineMemory': '100000000' }, [memoryIssue]],
    [
      'of another engine nothing is known',
      { 'routeServers.engine': 'crpd', 'routeServers.resources.engineMemory': '1Gi' },
      ['engine-not-supported routeServers.engine'],
    ],
  ],
  'a route server has a node of its own': [
    ['as many nodes as route servers', { 'nodes.meshrr-kube2': undefined }, ['no-spare-node sides.a.statefulSets']],
    [
      'no node',
      { 'nodes.meshrr-kube1': undefined, 'nodes.meshrr-kube2': undefined },
      ['too-few-nodes sides.a.statefulSets'],
    ],
    [
      'no StatefulSet',
      { 'sides.a.statefulSets': {}, 'management.addresses': { 'routeserver-b-0': '192.168.18.4' } },
      ['nothing-behind-vip sides.a.statefulSets'],
    ],
    [
      'no StatefulSet and no node',
      {
        'sides.a.statefulSets': {},
        'management.addresses': { 'routeserver-b-0': '192.168.18.4' },
        'nodes.meshrr-kube1': undefined,
        'nodes.meshrr-kube2': undefined,
      },
      ['nothing-behind-vip sides.a.statefulSets'],
    ],
    [
      'two replicas on two nodes',
      { 'sides.a.statefulSets.routeserver-a': { replicas: 2, routerIds: ['192.168.255.11', '192.168.255.12'] } },
      ['rehash-not-accepted sides.a', 'no-spare-node sides.a.statefulSets'],
    ],
    [
      'two StatefulSets count together',
      {
        'sides.a.acceptRehash': true,
        'sides.a.statefulSets.routeserver-c': { replicas: 2, routerIds: ['192.168.255.12', '192.168.255.13'] },
      },
      ['too-few-nodes sides.a.statefulSets'],
    ],
    [
      'more router-ids than replicas are room to grow',
      { 'sides.a.statefulSets.routeserver-a.routerIds': ['192.168.255.11', '192.168.255.12'] },
      [],
    ],
  ],
  'there are two sides': [
    [
      'one',
      {
        'sides.b': undefined,
        'placement.clusters.dci.sides': ['a'],
        'nodes.meshrr-kube3': undefined,
        'nodes.meshrr-kube4': undefined,
        'management.addresses': {},
        'metallb.password': {},
      },
      ['too-few-sides sides'],
    ],
    [
      'one with two route servers, all on one router',
      {
        'sides.b': undefined,
        'placement.clusters.dci.sides': ['a'],
        'nodes.meshrr-kube3.side': 'a',
        'nodes.meshrr-kube3.links.0': linkTo('dc1-border1', 7),
        'nodes.meshrr-kube4': undefined,
        'management.addresses': {},
        'metallb.password': {},
        'sides.a.acceptRehash': true,
        'sides.a.statefulSets.routeserver-a': { replicas: 2, routerIds: ['192.168.255.11', '192.168.255.12'] },
      },
      ['too-few-sides sides'],
    ],
    [
      'none',
      { sides: {}, nodes: {}, 'management.addresses': {}, 'metallb.password': {} },
      [
        'too-few-sides sides',
        'unknown-side placement.clusters.dci.sides[0]',
        'unknown-side placement.clusters.dci.sides[1]',
      ],
    ],
    [
      'one on a second cluster',
      {
        'placement.clusters.two': {
          sides: ['b'],
          nodeRanges: ['172.17.0.0/16'],
          podRanges: ['10.245.0.0/16'],
          serviceRanges: ['10.96.0.0/12'],
        },
      },
      [
        'destination-twice placement.clusters.two',
        'several-clusters-not-supported placement.clusters',
        'side-on-two-clusters placement.clusters.two.sides[0]',
      ],
    ],
  ],
  'a VIP has one route server': [
    [
      'on all sides at once',
      Object.fromEntries([
        ...['a', 'b'].flatMap((side, index) => [
          [`sides.${side}.acceptRehash`, true],
          [
            `sides.${side}.statefulSets.routeserver-${side}`,
            { replicas: 2, routerIds: [1, 2].map((id) => `192.168.255.${String(10 * index + 10 + id)}`) },
          ],
          [
            `nodes.meshrr-kube${String(index + 5)}`,
            { side, links: [linkTo(`dc${String(index + 1)}-border1`, index + 5)] },
          ],
        ]),
      ]),
      ['rehash-on-all-sides sides'],
    ],
  ],
  'names are told apart': [
    [
      'a node and a router',
      { 'nodes.dc1-border1': { side: 'a', links: [linkTo('dc1-border1', 9)] } },
      ['duplicate-name nodes.dc1-border1'],
    ],
    [
      'a node and a client',
      { 'nodes.dc1-leaf1': { side: 'a', links: [linkTo('dc1-border1', 9)] } },
      ['duplicate-name nodes.dc1-leaf1'],
    ],
    [
      'whatever the case',
      { 'clients.DC1-LEAF1': { system: 'frr', asn: '65109', addresses: ['192.168.9.11'] } },
      ['duplicate-name clients.DC1-LEAF1'],
    ],
    [
      'a node and a node',
      { 'nodes.MESHRR-KUBE1': { side: 'a', links: [linkTo('dc1-border1', 9)] } },
      ['wrong-format nodes.MESHRR-KUBE1'],
    ],
    ['a side and the mesh', { 'sides.a.service': 'meshrr-core' }, ['duplicate-name sides.a.service']],
    [
      'the name that a side has by default',
      { 'sides.a.service': undefined, 'sides.b.service': 'routeserver-a' },
      ['duplicate-name sides.b.service'],
    ],
  ],
  'ranges share no address': [
    [
      'Service ranges of one cluster',
      { 'placement.clusters.dci.serviceRanges': ['10.96.0.0/12', '10.100.0.0/16'] },
      ['overlapping-ranges placement.clusters.dci.serviceRanges[1]'],
    ],
    [
      'Service ranges of two clusters may be the same',
      {
        'placement.clusters.dci.sides': ['a'],
        'placement.clusters.two': {
          sides: ['b'],
          nodeRanges: ['172.17.0.0/16'],
          podRanges: ['10.245.0.0/16'],
          serviceRanges: ['10.96.0.0/12'],
          destination: 'two',
        },
        'nodes.meshrr-kube3.links.0.routerAddresses': ['172.17.2.12/31'],
        'nodes.meshrr-kube3.links.0.nodeAddresses': ['172.17.2.13/31'],
        'nodes.meshrr-kube4.links.0.routerAddresses': ['172.17.2.14/31'],
        'nodes.meshrr-kube4.links.0.nodeAddresses': ['172.17.2.15/31'],
      },
      ['several-clusters-not-supported placement.clusters'],
    ],
    [
      'pod ranges of two clusters may not',
      {
        'placement.clusters.dci.sides': ['a'],
        'placement.clusters.two': {
          sides: ['b'],
          nodeRanges: ['172.17.0.0/16'],
          podRanges: ['10.244.1.0/24'],
          serviceRanges: ['10.96.0.0/12'],
          destination: 'two',
        },
        'nodes.meshrr-kube3.links.0.routerAddresses': ['172.17.2.12/31'],
        'nodes.meshrr-kube3.links.0.nodeAddresses': ['172.17.2.13/31'],
        'nodes.meshrr-kube4.links.0.routerAddresses': ['172.17.2.14/31'],
        'nodes.meshrr-kube4.links.0.nodeAddresses': ['172.17.2.15/31'],
      },
      ['overlapping-ranges placement.clusters.two.podRanges[0]', 'several-clusters-not-supported placement.clusters'],
    ],
  ],
  'addresses lie where they belong': [
    [
      'the first address of a client inside a pod range',
      {
        'clients.dc1-leaf1.addresses': ['10.244.0.1', '2001:db8::1'],
        'clientGroups.MESHRR-CLIENTS.prefixes': ['192.168.0.0/16', '2001:db8::/32'],
      },
      ['address-inside-range clients.dc1-leaf1.addresses[0]', 'address-outside-range clients.dc1-leaf1.addresses[0]'],
    ],
    [
      'a loopback inside a node range',
      { 'routers.dc1-border1.loopbacks': ['172.16.200.1'] },
      ['address-inside-range routers.dc1-border1.loopbacks[0]'],
    ],
    [
      'an anycast loopback inside a Service range',
      { 'metallb.anycastLoopbacks.fabric.address': '10.96.0.1' },
      ['address-inside-range metallb.anycastLoopbacks.fabric.address'],
    ],
    ['the last address of a range', { 'sides.a.vips': ['10.244.255.255'] }, ['address-inside-range sides.a.vips[0]']],
    ['the next one', { 'sides.a.vips': ['10.245.0.0'] }, []],
    [
      'an address that is kept for a replica to come',
      {
        'sides.a.statefulSets.routeserver-a.routerIds': ['192.168.255.11', '192.168.255.12'],
        'management.addresses.routeserver-a-1': '192.168.18.5',
      },
      [],
    ],
    [
      'a management address outside its pool',
      { 'management.addresses.routeserver-a-0': '192.168.17.255' },
      ['address-outside-range management.addresses.routeserver-a-0'],
    ],
    ['without the switch no address is missing', { 'management.addresses': {} }, []],
  ],
  'clients dial again soon': [
    ['after 10 s', { 'clientGroups.MESHRR-CLIENTS.connectRetrySeconds': 10 }, []],
    [
      'after 11 s',
      { 'clientGroups.MESHRR-CLIENTS.connectRetrySeconds': 11 },
      ['slow-reconnect clientGroups.MESHRR-CLIENTS.connectRetrySeconds'],
    ],
  ],
  'keepalives are a third of the hold time': [
    ['of clients, exactly', { 'clientGroups.MESHRR-CLIENTS.timers': { keepaliveSeconds: 20, holdSeconds: 60 } }, []],
    [
      'of clients, not quite',
      { 'clientGroups.MESHRR-CLIENTS.timers': { keepaliveSeconds: 20, holdSeconds: 59 } },
      ['timers-mismatch clientGroups.MESHRR-CLIENTS.timers'],
    ],
    [
      'of the mesh',
      { 'routeServers.mesh.timers': { keepaliveSeconds: 2, holdSeconds: 5 } },
      ['timers-mismatch routeServers.mesh.timers'],
    ],
  ],
  'a side has a password of its own': [
    ['by its Secret', { 'metallb.password': { secrets: { a: 'one', b: 'other' } } }, []],
    ['by default', { 'metallb.password': undefined }, []],
    ['one by default', { 'metallb.password': { secrets: { b: 'other' } } }, []],
    ['not by the one of all', { 'metallb.password': { secret: 'one' } }, ['password-shared metallb.password.secret']],
    [
      'not by one name for two',
      { 'metallb.password': { secrets: { a: 'one', b: 'one' } } },
      ['password-shared metallb.password.secrets.b'],
    ],
    [
      'not by the name that the other has by default',
      { 'metallb.password': { secrets: { a: 'metallb-bgp-b' } } },
      ['password-shared metallb.password.secrets.a'],
    ],
    ['on the way, one side after the other', { 'metallb.password': { secret: 'one', secrets: { a: 'other' } } }, []],
    [
      'on the way, both at once',
      { 'metallb.password': { secret: 'one', secrets: { a: 'metallb-bgp-a', b: 'metallb-bgp-b' } } },
      [],
    ],
    [
      'of which nobody has the one of all',
      { 'metallb.password': { secret: 'one', secrets: { a: 'one' } } },
      ['password-shared metallb.password.secrets.a'],
    ],
    [
      'without VIPs nobody has one',
      { 'metallb.password': { secret: 'one' }, 'routeServers.exposure': 'hostNetwork' },
      [],
    ],
    [
      'of a side that is there',
      { 'metallb.password': { secrets: { a: 'one', bb: 'other' } } },
      ['unknown-side metallb.password.secrets.bb'],
    ],
    [
      'not with BGPPeers of all',
      { 'metallb.peerScope': 'global', 'metallb.password': { secrets: { a: 'one' } } },
      ['password-of-no-side metallb.password.secrets'],
    ],
    ['with BGPPeers of all it is one', { 'metallb.peerScope': 'global', 'metallb.password': { secret: 'one' } }, []],
  ],
  'TCP-MD5 does not survive NAT': [
    [
      'with a load balancer',
      { 'clientGroups.MESHRR-CLIENTS.auth': { secret: 'bgp', key: 'password' } },
      ['auth-behind-nat clientGroups.MESHRR-CLIENTS.auth'],
    ],
    [
      'on the host network',
      {
        'routeServers.exposure': 'hostNetwork',
        'clientGroups.MESHRR-CLIENTS.auth': { secret: 'bgp', key: 'password' },
      },
      [],
    ],
  ],
  'a client has a group': [
    [
      'one that exists',
      { 'clients.dc1-leaf1.group': 'MESHRR-CLIENT' },
      ['unknown-client-group clients.dc1-leaf1.group'],
    ],
    ['the only one by its name', { 'clients.dc1-leaf1.group': 'MESHRR-CLIENTS' }, []],
  ],
  'AS numbers': [
    [
      'one alone that is reserved',
      { 'clientGroups.MESHRR-CLIENTS.asns': ['65001-65534', '65535'] },
      ['asn-reserved clientGroups.MESHRR-CLIENTS.asns[1]'],
    ],
    [
      'no position, no MetalLB',
      { 'metallb.anycastLoopbacks': {} },
      ['unknown-anycast routers.dc1-border1.anycast', 'unknown-anycast routers.dc2-border1.anycast'],
    ],
    ['the first one of a range is in it', { 'clients.dc1-leaf1.asn': '65001' }, []],
    ['the last one too', { 'clients.dc1-leaf1.asn': '65534' }, []],
    [
      'the next one is not',
      { 'clientGroups.MESHRR-CLIENTS.asns': ['65101-65104', '65106'] },
      ['asn-outside-group clients.dc5-border1.asn'],
    ],
    [
      'the range of a group has not that of the route servers',
      { 'clientGroups.MESHRR-CLIENTS.asns': ['65001-65534', '64999.1-65000.1'] },
      ['asn-conflict clientGroups.MESHRR-CLIENTS.asns[1]'],
    ],
    [
      'routers and MetalLB differ',
      { 'metallb.anycastLoopbacks.fabric.metallbAsn': '65000.2' },
      ['asn-conflict metallb.anycastLoopbacks.fabric.metallbAsn'],
    ],
    [
      'a client has that of MetalLB',
      { 'clients.dc1-leaf1.asn': '65000.3', 'clientGroups.MESHRR-CLIENTS.asns': ['65001-65534', '65000.3'] },
      ['asn-conflict clients.dc1-leaf1.asn'],
    ],
    [
      'two positions have one MetalLB',
      {
        ...secondRouter,
        'metallb.anycastLoopbacks.second': { address: '192.168.255.9', routerAsn: '65000.2', metallbAsn: '65000.4' },
      },
      ['metallb-asn-differs metallb.anycastLoopbacks.second.metallbAsn'],
    ],
  ],
  'MetalLB alone (native)': [
    ['takes IPv4', { 'metallb.backend': 'native' }, []],
    [
      'has no sessions over IPv6',
      { 'metallb.backend': 'native', 'metallb.anycastLoopbacks.fabric.address': '2001:db8::1' },
      ['backend-refuses metallb.anycastLoopbacks.fabric.address'],
    ],
    [
      'refuses what it cannot',
      { 'metallb.backend': 'native', 'metallb.bfd': {}, 'sides.a.communities': ['65000:0', 'large:65000:0:1'] },
      ['backend-refuses sides.a.communities[1]', 'backend-refuses metallb.bfd'],
    ],
    ['and FRR can', { 'metallb.backend': 'frr', 'metallb.bfd': {}, 'sides.a.communities': ['large:65000:0:1'] }, []],
  ],
  'a window of Argo CD has a schedule that it reads': [
    ...(
      [
        ['0 24 * * *', 1],
        ['60 0 * * *', 1],
        ['0 0 0 * *', 1],
        ['0 0 32 * *', 1],
        ['0 0 * 13 *', 1],
        ['0 0 * * 7', 1],
        ['0 0 * * mon-sun', 1],
        ['0 0 * * monday', 1],
        ['0 0 * jan-feb-mar *', 1],
        ['*/0 * * * *', 1],
        ['0 5-3 * * *', 1],
        ['0/5/5 0 * * *', 1],
        ['0 ,, * * *', 1],
        ['61 25 * * 9', 3],
        ['0 0 30 2 *', 1],
        ['0 0 31 4,6,9,11 *', 1],
        ['x 0 * * *', 1],
      ] as const
    ).map(([schedule, faults]): Case => [
      schedule,
      { 'gitops.syncWindows': [{ kind: 'allow', schedule, duration: '8h' }] },
      Array.from({ length: faults }, () => 'schedule-unreadable gitops.syncWindows[0].schedule'),
    ]),
    ...[
      '0 22 * * 1-5',
      '*/15 0-23/2 1,15, JAN,jul *',
      '59 23 31 12 sun',
      '0 0 30 2 mon',
      '5/10 * 29 2 *',
      '0 0 31 * 0-6/2',
    ].map((schedule): Case => [schedule, { 'gitops.syncWindows': [{ kind: 'deny', schedule, duration: '8h' }] }, []]),
  ],
  'a window of Argo CD is in a time zone that there is': [
    ...['Asia/Tokio', 'europe/berlin', 'Europe/berlin', 'utc', 'Mars/Base', 'Berlin', 'asia/kolkata', 'CEST'].map(
      (timeZone): Case => [
        timeZone,
        { 'gitops.syncWindows': [{ kind: 'deny', schedule: '0 22 * * *', duration: '8h', timeZone }] },
        ['unknown-time-zone gitops.syncWindows[0].timeZone'],
      ],
    ),
    ...[
      'UTC',
      'Europe/Berlin',
      'Asia/Tokyo',
      'Asia/Kolkata',
      'America/Argentina/Buenos_Aires',
      'America/Port-au-Prince',
      'Africa/Dar_es_Salaam',
      'Etc/GMT-14',
      'W-SU',
      'US/Eastern',
      'GMT',
      'Asia/Ho_Chi_Minh',
    ].map((timeZone): Case => [
      timeZone,
      { 'gitops.syncWindows': [{ kind: 'deny', schedule: '0 22 * * *', duration: '8h', timeZone }] },
      [],
    ]),
  ],
  'no VIP has a community on which routers act by themselves': [
    ...['65535:0', '65535:666', '65535:65281', '65535:65282', '65535:65284', '65535:7'].map((community): Case => [
      community,
      { 'sides.a.communities': ['65000:0', community] },
      ['well-known-community sides.a.communities[1]'],
    ]),
    [
      'of both sides',
      { 'sides.a.communities': ['65535:65282'], 'sides.b.communities': ['65535:65281'] },
      ['well-known-community sides.a.communities[0]', 'well-known-community sides.b.communities[0]'],
    ],
    ['others', { 'sides.a.communities': ['65534:65282', '65000:65281', 'large:65535:65535:65282'] }, []],
    ['none', { 'sides.b.communities': [] }, []],
  ],
  'no level of MetalLB makes FRR write debug messages': [
    ...['debug', 'all'].flatMap((logLevel): Case[] => [
      [
        `frr-k8s: ${logLevel}`,
        { 'metallb.chart.values': { 'frr-k8s': { logLevel } } },
        ['frr-debug-messages metallb.chart.values.frr-k8s.logLevel'],
      ],
      [
        `the speaker of backend frr: ${logLevel}`,
        { 'metallb.backend': 'frr', 'metallb.chart.values': { speaker: { logLevel } } },
        ['frr-debug-messages metallb.chart.values.speaker.logLevel'],
      ],
    ]),
    ['frr-k8s: warn', { 'metallb.chart.values': { 'frr-k8s': { logLevel: 'warn' } } }, []],
    [
      'what makes no configuration of FRR',
      { 'metallb.chart.values': { speaker: { logLevel: 'debug' }, controller: { logLevel: 'all' } } },
      [],
    ],
    [
      'a speaker without FRR',
      { 'metallb.backend': 'native', 'metallb.chart.values': { speaker: { logLevel: 'all' } } },
      [],
    ],
  ],
  "a generated kind's fields are Argo CD's, wherever else the kind is named": [
    ...['apps/StatefulSet', 'Service', 'metallb.io/BGPPeer', 'Namespace'].map((kind): Case => [
      kind,
      { 'gitops.customKinds': [kind], 'gitops.ignoredFields': [{ kind, pointers: ['/spec/replicas'] }] },
      ['ignored-field-needed gitops.ignoredFields[0].pointers[0]'],
    ]),
    [
      'and those of another one are not',
      {
        'gitops.customKinds': ['apps/Deployment'],
        'gitops.ignoredFields': [{ kind: 'apps/Deployment', pointers: ['/spec/replicas'] }],
      },
      [],
    ],
  ],
  'what the topology sets of pods Argo CD does not leave alone': [
    ...(
      [
        ['annotations', 'example.com/scrape', '/spec/template/metadata/annotations/example.com~1scrape'],
        ['annotations', 'example.com/scrape', '/metadata/annotations/example.com~1scrape'],
        ['labels', 'team', '/spec/template/metadata/labels/team'],
      ] as const
    ).map(([what, key, pointer]): Case => [
      pointer,
      {
        [`routeServers.pods.${what}`]: { [key]: 'x' },
        'gitops.ignoredFields': [{ kind: 'apps/StatefulSet', pointers: [pointer] }],
      },
      ['ignored-field-needed gitops.ignoredFields[0].pointers[0]'],
    ]),
    [
      'and another one it does',
      {
        'routeServers.pods.annotations': { 'example.com/scrape': 'x' },
        'gitops.ignoredFields': [
          { kind: 'apps/StatefulSet', pointers: ['/metadata/annotations/example.com~1scanned'] },
        ],
      },
      [],
    ],
  ],
  'no variable changes how a program of the pods runs': [
    ...[
      'HOME',
      'OPENSSL_CONF',
      'SSL_CERT_FILE',
      'https_proxy',
      'NO_PROXY',
      'MALLOC_ARENA_MAX',
      'KUBECONFIG',
      'PATH',
      'LD_PRELOAD',
    ].map((name): Case => [
      name,
      { 'routeServers.pods.environment.engine': { [name]: 'x' } },
      [`reserved-name routeServers.pods.environment.engine.${name}`],
    ]),
    ['TZ and LANG', { 'routeServers.pods.environment.agent': { TZ: 'UTC', LANG: 'C' } }, []],
  ],
  'pods reach the API at the port of its Service': [
    ['that is left out', { 'placement.clusters.dci.apiServerPorts': [16443] }, [apiPortIssue]],
    ['beside another one', { 'placement.clusters.dci.apiServerPorts': [6443, 6444] }, [apiPortIssue]],
    ['that is there', { 'placement.clusters.dci.apiServerPorts': [16443, 443] }, []],
  ],
  "a side's images are those of its engine": [
    ['another one', { 'sides.a.images': { crpd: 'crpd:25.2R1' } }, ['image-without-effect sides.a.images.crpd']],
    [
      'another one beside its own, on each side',
      { 'sides.a.images': { crpd: 'crpd:25.2R1', frr: 'frr:10.7.1' }, 'sides.b.images': { crpd: 'crpd:25.2R1' } },
      ['image-without-effect sides.a.images.crpd', 'image-without-effect sides.b.images.crpd'],
    ],
    ['its own', { 'sides.a.images': { frr: 'frr:10.7.1', agent: 'agent:1' } }, []],
  ],
};

describe.each(Object.entries(rules))('%s', (_rule, cases) => {
  it.each(cases)('%s', (_what, edits, issues) => {
    expect(issuesAfter(apply(edits)).sort()).toEqual([...issues].sort());
  });
});

it('says of each what stands in rules.txt', () => {
  const said = Object.entries(rules).flatMap(([rule, cases]) =>
    cases.flatMap(([what, edits]) => [
      `# ${rule}: ${what}`,
      ...readEdited(apply(edits)).issues.map((issue) => formatIssue({ ...issue, line: 1, column: 1 })),
    ]),
  );
  // Read the diff of an update line by line: it assumes that the code is right.
  if (process.env['UPDATE_GOLDENS'] === '1') writeFileSync(golden, `${said.join('\n\n')}\n`);
  expect(`${said.join('\n\n')}\n`).toBe(readFileSync(golden, 'utf8'));
});

describe('a warning', () => {
  it('leaves the topology, an error does not', () => {
    const read = (edits: Readonly<Record<string, unknown>>) => readEdited(apply(edits));
    expect(read({ 'clientGroups.MESHRR-CLIENTS.connectRetrySeconds': 11 }).topology).toBeDefined();
    expect(read({ 'sides.a.service': 'meshrr-core' }).topology).toBeUndefined();
  });
});

describe('a list in a message', () => {
  const seenWith = (nodes: number): string | undefined =>
    readEdited((topology) => {
      const more = {
        replicas: nodes,
        routerIds: Array.from({ length: nodes }, (_, id) => `192.168.254.${String(id)}`),
      };
      put(topology, 'sides.a.acceptRehash', true);
      put(topology, 'sides.a.statefulSets', { 'routeserver-a': more });
      for (let node = 3; node <= nodes; node++) {
        put(topology, `nodes.more${String(node)}`, { side: 'a', links: [linkTo('dc1-border1', node + 10)] });
      }
    }).issues.find(({ code }) => code === 'no-spare-node')?.seen;

  it('has four words at most', () => {
    expect([3, 4, 5].map(seenWith)).toEqual([
      'meshrr-kube1, meshrr-kube2 and more3',
      'meshrr-kube1, meshrr-kube2, more3 and more4',
      'meshrr-kube1, meshrr-kube2, more3 and 2 more',
    ]);
  });
});

describe('what a message names', () => {
  const messagesAfter = (edits: Readonly<Record<string, unknown>>): string[] =>
    readEdited(apply(edits)).issues.map(({ message }) => message);

  it('is the first claim, also at the third', () => {
    expect(
      messagesAfter({
        'clients.dc2-leaf1.addresses': ['192.168.1.11'],
        'clients.dc3-border1.addresses': ['192.168.1.11'],
      }),
    ).toEqual([
      'The address 192.168.1.11 is used by both client dc1-leaf1 (clients.dc1-leaf1.addresses[0]) and client dc2-leaf1.',
      'The address 192.168.1.11 is used by both client dc1-leaf1 (clients.dc1-leaf1.addresses[0]) and client dc3-border1.',
    ]);
  });
});

function apply(edits: Readonly<Record<string, unknown>>): (topology: Draft) => void {
  return (topology) => {
    for (const [path, value] of Object.entries(edits)) put(topology, path, value);
  };
}
