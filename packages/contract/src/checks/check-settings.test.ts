import { formatIssue } from '@meshrs/strict-yaml';
import { address, nobodysAddresses } from '@meshrs/network/test-data';
import { describe, expect, it } from 'vitest';
import { readSettings } from '../settings.ts';

type Json = Readonly<Record<string, unknown>>;

const mesh: Json = {
  name: 'CORE',
  type: 'mesh',
  source: { sourcetype: 'static', addresses: ['10.8.0.2', '2001:db8::2'] },
};
const clients: Json = {
  name: 'CLIENTS',
  type: 'subtractive',
  prefixes: ['192.168.0.0/16', '2001:db8:1::/48'],
  asranges: ['65001-65534'],
  neighbors: [
    { name: 'leaf1', address: '192.168.1.11', asn: '65101' },
    { name: 'leaf1', address: '2001:db8:1::11', asn: '65101' },
  ],
};
const right: Json = {
  asn: '65000.1',
  mode: 'evpnrs',
  engine: 'frr',
  routerIds: { 'rs-a-0': '192.168.255.11', 'rs-b-0': '192.168.255.21', 'rs-b-1': '192.168.255.22' },
  bgpgroups: [mesh, clients],
};

function issuesOf(change: Json, rules?: Parameters<typeof readSettings>[2]): readonly string[] {
  const read = readSettings('meshrr.conf.yml', JSON.stringify({ ...right, ...change }), rules);
  return read.ok ? [] : read.issues.map(({ code, path }) => `${code} ${path.join('.')}`);
}
const withMesh = (change: Json): Json => ({ bgpgroups: [{ ...mesh, ...change }, clients] });
const withClients = (change: Json): Json => ({ bgpgroups: [mesh, { ...clients, ...change }] });
const withPeers = (...addresses: readonly string[]) => withMesh({ source: { sourcetype: 'static', addresses } });
const withNeighbor = (change: Json) =>
  withClients({ neighbors: [{ name: 'leaf9', address: '192.168.9.9', asn: '65109', ...change }] });

describe('settings that are right', () => {
  it('have no issue', () => {
    expect(issuesOf({})).toEqual([]);
  });

  it.each<[string, Json]>([
    ["upstream's default for clients, everybody", withClients({ prefixes: ['0.0.0.0/0'], neighbors: [] })],
    ['clients of any AS', withClients({ asranges: [] })],
    ['clients of one AS', withClients({ neighbors: [{ name: 'x', address: '192.168.1.1', asn: '65101' }] })],
    ['a range with a reserved AS in it, which is advice', withClients({ asranges: ['65001-65535'] })],
    ['mesh peers inside a range of everybody', { bgpgroups: [mesh, { ...clients, prefixes: ['0.0.0.0/0', '::/0'] }] }],
    ['mesh peers beside a client range', withPeers('192.169.0.0', '2001:db8:2::1')],
    ['a neighbor outside all ranges', withNeighbor({ address: '10.77.0.1' })],
    ['a maximum of all there are', withMesh({ max_peers: 2 })],
    ['a maximum where the fleet is not named', { routerIds: {}, ...withMesh({ max_peers: 2 }) }],
    ['two upper reflectors of many, which is what upstream does', { mode: 'ipv4rr', ...withMesh({ max_peers: 1 }) }],
    ['clients of a reflector, which have its AS', { mode: 'ipv4rr', ...withNeighbor({ asn: '65000.1' }) }],
    ['a declared client whose AS its group takes of nobody else', withNeighbor({ asn: '64600' })],
    ['no groups', { bgpgroups: [] }],
  ])('%s', (_, change) => {
    expect(issuesOf(change)).toEqual([]);
  });
});

describe('settings that are wrong across keys', () => {
  it.each<[string, Json, readonly string[]]>([
    [
      'mesh peers inside a client range, whose sessions they would take',
      withPeers('10.8.0.2', '192.168.200.1', '2001:db8:1::77'),
      ['overlapping-ranges bgpgroups.0.source.addresses.1', 'overlapping-ranges bgpgroups.0.source.addresses.2'],
    ],
    [
      'a mesh peer inside a range of one address',
      withClients({ prefixes: ['10.8.0.2/32', '192.168.0.0/16', '2001:db8:1::/48'] }),
      ['overlapping-ranges bgpgroups.0.source.addresses.0'],
    ],
    [
      'two meshes of one name',
      { bgpgroups: [mesh, { ...mesh, source: { sourcetype: 'dns', hostname: 'x' } }] },
      ['duplicate-name bgpgroups.1.name'],
    ],
    [
      'a mesh and a client group of one name, which would be made anew at every look',
      { bgpgroups: [mesh, { ...clients, name: 'CORE' }] },
      ['duplicate-name bgpgroups.1.name'],
    ],
    [
      'two client groups of one name',
      { bgpgroups: [clients, { ...clients, prefixes: ['10.9.0.0/16'], neighbors: [] }] },
      ['duplicate-name bgpgroups.1.name'],
    ],
    [
      'three of one name',
      {
        bgpgroups: [
          mesh,
          { ...clients, name: 'CORE' },
          { ...clients, name: 'CORE', prefixes: ['10.9.0.0/16'], neighbors: [] },
        ],
      },
      ['duplicate-name bgpgroups.1.name', 'duplicate-name bgpgroups.2.name'],
    ],
    [
      'one router-id twice',
      { routerIds: { a: '10.0.0.1', b: '10.0.0.2', c: '10.0.0.1' } },
      ['duplicate-router-id routerIds.c'],
    ],
    [
      'a neighbor twice',
      withClients({
        neighbors: [1, 2].map((each) => ({ name: `leaf${String(each)}`, address: '192.168.1.1', asn: '65101' })),
      }),
      ['duplicate-address bgpgroups.1.neighbors.1.address'],
    ],
    [
      'a neighbor in two groups',
      { bgpgroups: [clients, { ...clients, name: 'OTHERS', prefixes: ['10.9.0.0/16'] }] },
      ['duplicate-address bgpgroups.1.neighbors.0.address', 'duplicate-address bgpgroups.1.neighbors.1.address'],
    ],
    [
      'a neighbor that is a peer of the mesh',
      withNeighbor({ address: '10.8.0.2' }),
      ['duplicate-address bgpgroups.1.neighbors.0.address'],
    ],
    [
      'one address in two spellings',
      withNeighbor({ address: '2001:DB8:0::2' }),
      ['duplicate-address bgpgroups.1.neighbors.0.address'],
    ],
    [
      'a peer of two meshes',
      { bgpgroups: [mesh, { ...mesh, name: 'FAR' }] },
      ['duplicate-address bgpgroups.1.source.addresses.0', 'duplicate-address bgpgroups.1.source.addresses.1'],
    ],
    ...nobodysAddresses.flatMap((address): [string, Json, readonly string[]][] => [
      [`${address} as a peer`, withPeers('10.8.0.2', address), ['special-address bgpgroups.0.source.addresses.1']],
      [`${address} as a neighbor`, withNeighbor({ address }), ['special-address bgpgroups.1.neighbors.0.address']],
    ]),
    [
      'prefixes from which nobody comes',
      withClients({ prefixes: ['127.0.0.0/8', '192.168.0.0/16', 'ff00::/8'] }),
      ['special-address bgpgroups.1.prefixes.0', 'special-address bgpgroups.1.prefixes.2'],
    ],
    ...['128.0.0.0/1', '160.0.0.0/3', '126.0.0.0/7', '8000::/1'].map((prefix): [string, Json, readonly string[]] => [
      `${prefix} as a prefix, which holds addresses of nobody`,
      withClients({ prefixes: [prefix], neighbors: [] }),
      ['special-address bgpgroups.1.prefixes.0'],
    ]),
    [
      'ranges of one group that overlap',
      withClients({ prefixes: ['192.168.0.0/16', '192.168.4.0/24'] }),
      ['overlapping-ranges bgpgroups.1.prefixes.1'],
    ],
    [
      'ranges of two groups that overlap',
      { bgpgroups: [clients, { ...clients, name: 'OTHERS', prefixes: ['192.128.0.0/9'], neighbors: [] }] },
      ['overlapping-ranges bgpgroups.1.prefixes.0'],
    ],
    [
      'everybody beside a range',
      { bgpgroups: [clients, { ...clients, name: 'OTHERS', prefixes: ['::/0'], neighbors: [] }] },
      ['overlapping-ranges bgpgroups.1.prefixes.0'],
    ],
    [
      'keepalive above hold',
      withMesh({ timers: { keepaliveSeconds: 10, holdSeconds: 9 } }),
      ['timers-mismatch bgpgroups.0.timers'],
    ],
    [
      'keepalive above a third of hold',
      withMesh({ timers: { keepaliveSeconds: 4, holdSeconds: 9 } }),
      ['timers-mismatch bgpgroups.0.timers'],
    ],
    [
      'keepalive above hold, of clients',
      withClients({ timers: { keepaliveSeconds: 31, holdSeconds: 30 } }),
      ['timers-mismatch bgpgroups.1.timers'],
    ],
    [
      'hold 0',
      withMesh({ timers: { keepaliveSeconds: 1, holdSeconds: 0 } }),
      ['out-of-range bgpgroups.0.timers.holdSeconds'],
    ],
    ['AS 0', { asn: '0' }, ['asn-reserved asn']],
    ['AS_TRANS', { asn: '23456' }, ['asn-reserved asn']],
    ['AS 0 of a client', { ...withNeighbor({ asn: '0' }) }, ['asn-reserved bgpgroups.1.neighbors.0.asn']],
    [
      'AS 65535 of a client',
      withClients({ asranges: [], neighbors: [{ name: 'x', address: '192.168.1.1', asn: '65535' }] }),
      ['asn-reserved bgpgroups.1.neighbors.0.asn'],
    ],
    ['AS 0 alone in a range', withClients({ asranges: ['0', '65001-65534'] }), ['asn-reserved bgpgroups.1.asranges.0']],
    [
      'a client with the AS of the route servers',
      withClients({ asranges: [], neighbors: [{ name: 'x', address: '192.168.1.1', asn: '65000.1' }] }),
      ['asn-conflict bgpgroups.1.neighbors.0.asn'],
    ],
    ['the AS of the route servers in a range', { asn: '65100' }, ['asn-conflict bgpgroups.1.asranges.0']],
    ['fewer peers than there are others', withMesh({ max_peers: 1 }), ['partial-mesh bgpgroups.0.max_peers']],
    [
      'ten of a hundred, which would be 55 sessions and 890 attempts that nobody accepts',
      {
        routerIds: Object.fromEntries(
          Array.from({ length: 100 }, (_, id) => [`rs-${String(id)}`, `10.0.0.${String(id + 1)}`]),
        ),
        ...withMesh({ max_peers: 10 }),
      },
      ['partial-mesh bgpgroups.0.max_peers'],
    ],
    ['no peers', withMesh({ max_peers: 0 }), ['partial-mesh bgpgroups.0.max_peers']],
    ['a multicast address as router-id', { routerIds: { a: '224.0.0.1' } }, ['wrong-format routerIds.a']],
    ['0.0.0.0 as router-id', { routerIds: { a: '0.0.0.0' } }, ['wrong-format routerIds.a']],
    ['the broadcast address as router-id', { routerIds: { a: '255.255.255.255' } }, ['wrong-format routerIds.a']],
  ])('%s', (_, change, issues) => {
    expect([...issuesOf(change)].sort()).toEqual([...issues].sort());
  });

  it('are told together with what is wrong with single keys, in the order of the file', () => {
    const text = `asn: "0"
mode: evpnrs
routerIds: { a: 10.0.0.1, b: 10.0.0.1 }
bgpgroups:
  - { name: X, type: mesh, source: { sourcetype: dns, hostname: x }, max_pers: 3 }
  - { name: X, type: subtractive, prefixes: [10.0.0.0/8, 10.1.0.0/16], multihopTtl: 1 }
`;
    const read = readSettings('meshrr.conf.yml', text);
    expect(read.ok ? [] : read.issues.map(({ line, code }) => `${String(line)} ${code}`)).toEqual([
      '1 asn-reserved',
      '3 duplicate-router-id',
      '5 unknown-key',
      '6 duplicate-name',
      '6 overlapping-ranges',
      '6 out-of-range',
    ]);
  });

  it('say where, what, what was seen, what is allowed and what to do', () => {
    const read = readSettings(
      'meshrr.conf.yml',
      JSON.stringify({ ...right, ...withNeighbor({ address: '127.0.0.1' }) }),
    );
    expect(read.ok ? [] : read.issues.map((issue) => formatIssue(issue).split('\n').slice(1))).toEqual([
      [
        '  The address of client leaf9, 127.0.0.1, is set aside: loopback (RFC 1122). No session of another machine can end there.',
        '  seen:    127.0.0.1',
        '  allowed: an address of a machine: not loopback, link-local, multicast or reserved',
        '  do:      correct the address',
      ],
    ]);
  });

  it.each<[string, Json, string]>([
    [
      'both groups',
      { bgpgroups: [mesh, { ...clients, name: 'CORE' }] },
      'The name "CORE" is used by both a mesh (bgpgroups[0].name) and a client group.',
    ],
    [
      'a peer and a client',
      withNeighbor({ address: '10.8.0.2' }),
      'The address 10.8.0.2 is used by both a peer of the mesh CORE (bgpgroups[0].source.addresses[0]) and client leaf9.',
    ],
    [
      'the route servers with a router-id',
      { routerIds: { 'rs-a-0': '10.0.0.1', 'rs-b-0': '10.0.0.1' } },
      'The router-id 10.0.0.1 is used by both rs-a-0 (routerIds.rs-a-0) and rs-b-0.',
    ],
    [
      'the groups of ranges',
      { bgpgroups: [clients, { ...clients, name: 'OTHERS', prefixes: ['192.168.4.0/24'], neighbors: [] }] },
      '192.168.4.0/24 of the client group OTHERS overlaps 192.168.0.0/16 of the client group CLIENTS (bgpgroups[0].prefixes[0]). each address in one client group',
    ],
    [
      'one group of ranges',
      withClients({ prefixes: ['192.168.0.0/16', '192.168.4.0/24'] }),
      '192.168.4.0/24 of the client group CLIENTS overlaps 192.168.0.0/16 of the client group CLIENTS (bgpgroups[1].prefixes[0]). ranges of one list share no address',
    ],
    [
      'a client with an AS',
      withClients({ asranges: [], neighbors: [{ name: 'x', address: '192.168.1.1', asn: '65000.1' }] }),
      'The AS number 65000.1 (4259840001) is used by both the route servers (asn) and client x.',
    ],
  ])('name %s', (_, change, words) => {
    const read = readSettings('meshrr.conf.yml', JSON.stringify({ ...right, ...change }));
    const said = read.ok ? [] : read.issues.map(({ message, allowed = '' }) => `${message} ${allowed}`);
    expect(said).toHaveLength(1);
    expect(said.join()).toContain(words);
  });

  it('take mesh peers from a range that holds the pod itself: it says nothing of who is a client', () => {
    const pod = { name: 'rs-a-0', addresses: [address('192.168.7.7')] };
    expect(issuesOf(withPeers('192.168.200.1'), { pod })).toEqual([]);
    expect(issuesOf(withPeers('2001:db8:1::9'), { pod })).toEqual([
      'overlapping-ranges bgpgroups.0.source.addresses.0',
    ]);
  });

  it('let a test stand on loopback addresses', () => {
    expect(issuesOf(withPeers('127.0.0.2'), { isPossiblePeer: () => true })).toEqual([]);
    expect(issuesOf(withPeers('127.0.0.2'), { isPossiblePeer: (address) => address !== '127.0.0.2' })).toEqual([
      'special-address bgpgroups.0.source.addresses.0',
    ]);
  });
});
