import { describe, expect, it } from 'vitest';
import {
  clusterOfSide,
  groupNameOf,
  groupOf,
  allowedMissingOf,
  nodesBySide,
  passwordSecretOf,
  passwordSecretsOf,
  routeServersOf,
  serviceNameOf,
  type Topology,
} from '../src/index.ts';
import { put, readEdited } from './edits.ts';

function topologyAfter(edits: Readonly<Record<string, unknown>> = {}): Topology {
  const { topology, issues } = readEdited((draft) => {
    for (const [path, value] of Object.entries(edits)) put(draft, path, value);
  });
  return topology ?? expect.unreachable(JSON.stringify(issues));
}

const secondGroup = { prefixes: ['10.1.0.0/16'], asns: ['65106'] };

describe('route servers', () => {
  it('have the name of their pod and the router-id of their ordinal', () => {
    const topology = topologyAfter({
      'sides.b.acceptRehash': true,
      'sides.b.statefulSets.routeserver-b': {
        replicas: 2,
        routerIds: ['192.168.255.21', '192.168.255.22', '192.168.255.23'],
      },
    });
    expect(routeServersOf(topology)).toEqual([
      {
        name: 'routeserver-a-0',
        side: 'a',
        statefulSet: 'routeserver-a',
        routerId: '192.168.255.11',
        path: ['sides', 'a', 'statefulSets', 'routeserver-a'],
      },
      {
        name: 'routeserver-b-0',
        side: 'b',
        statefulSet: 'routeserver-b',
        routerId: '192.168.255.21',
        path: ['sides', 'b', 'statefulSets', 'routeserver-b'],
      },
      {
        name: 'routeserver-b-1',
        side: 'b',
        statefulSet: 'routeserver-b',
        routerId: '192.168.255.22',
        path: ['sides', 'b', 'statefulSets', 'routeserver-b'],
      },
    ]);
  });
});

describe('sides', () => {
  it('have a Service of their own name, or of one that is given', () => {
    const topology = topologyAfter({ 'sides.a.service': undefined, 'sides.b.service': 'vip-b' });
    expect(['a', 'b'].map((side) => serviceNameOf(topology, side))).toEqual(['routeserver-a', 'vip-b']);
  });

  it('have their nodes in the order of the file', () => {
    const nodes = nodesBySide(topologyAfter());
    expect([...nodes].map(([side, own]) => [side, own.map(([name]) => name)])).toEqual([
      ['a', ['meshrr-kube1', 'meshrr-kube2']],
      ['b', ['meshrr-kube3', 'meshrr-kube4']],
    ]);
  });

  it('have a cluster', () => {
    expect(['a', 'b', 'c'].map((side) => clusterOfSide(topologyAfter(), side))).toEqual(['dci', 'dci', undefined]);
  });
});

describe('the group of a client', () => {
  it('is the only one, or the one that it names', () => {
    const one = topologyAfter();
    expect(groupNameOf(one, 'dc1-leaf1')).toBe('MESHRR-CLIENTS');
    expect(groupOf(one, 'dc1-leaf1')).toBe(one.clientGroups['MESHRR-CLIENTS']);
    const names = Object.keys(one.clients);
    const two = topologyAfter({
      'clientGroups.EDGE': secondGroup,
      ...Object.fromEntries(names.map((name) => [`clients.${name}.group`, 'MESHRR-CLIENTS'])),
      'clients.edge': { system: 'frr', asn: '65106', addresses: ['10.1.0.1'], group: 'EDGE' },
    });
    expect(groupOf(two, 'edge')).toBe(two.clientGroups['EDGE']);
    expect(groupNameOf(two, 'dc1-leaf1')).toBe('MESHRR-CLIENTS');
    // Somebody who is not declared, with two groups.
    expect(groupNameOf(two, 'nobody')).toBeUndefined();
    expect(groupOf(two, 'nobody')).toBeUndefined();
  });
});

describe('the password Secret of a side', () => {
  it.each([
    ['its own by default', undefined, ['metallb-bgp-a', 'metallb-bgp-b']],
    ['the one that is named for it', { secrets: { b: 'other' } }, ['metallb-bgp-a', 'other']],
    ['that of all where none is named for it', { secret: 'all', secrets: { b: 'other' } }, ['all', 'other']],
  ])('is %s', (_, password, secrets) => {
    const topology = topologyAfter({ 'metallb.password': password });
    expect(['a', 'b'].map((side) => passwordSecretOf(topology, side))).toEqual(secrets);
  });

  it('is one for BGPPeers of all nodes', () => {
    const one = topologyAfter({ 'metallb.peerScope': 'global', 'metallb.password': undefined });
    expect(passwordSecretOf(one, 'a')).toBe('metallb-bgp');
    expect([...passwordSecretsOf(one, ['a', 'b'])]).toEqual([['metallb-bgp', ['a', 'b']]]);
  });

  it('is its own also where its name is one that every mapping has', () => {
    expect(passwordSecretOf(topologyAfter({ 'metallb.password': undefined }), 'constructor')).toBe(
      'metallb-bgp-constructor',
    );
  });
});

describe('clients that may be missing', () => {
  it('are addresses, sorted, each once', () => {
    const topology = topologyAfter({
      'gitops.gate': { allowMissing: ['dc5-border1', '192.168.9.10', '192.168.9.9', 'dc1-leaf1', '192.168.5.11'] },
      'clients.dc1-leaf1.addresses': ['2001:db8::1', '192.168.1.11'],
      'clientGroups.MESHRR-CLIENTS.prefixes': ['192.168.0.0/16', '2001:db8::/32'],
    });
    expect(allowedMissingOf(topology)).toEqual([
      '192.168.1.11',
      '192.168.5.11',
      '192.168.9.9',
      '192.168.9.10',
      '2001:db8::1',
    ]);
  });

  it('are none where nobody is named', () => {
    expect(allowedMissingOf(topologyAfter())).toEqual([]);
  });
});
