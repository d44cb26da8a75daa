import { describe, expect, it } from 'vitest';
import { systemCapabilities, systems } from '../src/index.ts';
import { issuesAfter, put } from './edits.ts';

/* What a system can do is a table; what a topology asks beyond it is an issue, at its place. */

const withoutLoopback = {
  name: 'DCI',
  routeDistinguisher: '192.168.1.3:1',
  importTargets: ['65000:1'],
  exportTargets: ['65000:1'],
};
const vrf = { ...withoutLoopback, loopback: '192.168.254.1' };
type Edits = Readonly<Record<string, unknown>>;

function after(edits: Edits): string[] {
  return issuesAfter((draft) => {
    for (const [path, value] of Object.entries(edits)) put(draft, path, value);
  });
}

const router = 'routers.dc1-border1';
/** The router is a client, too. */
const asClient = (client: Readonly<Record<string, unknown>>): Edits => ({
  'clients.dc1-border1': { asn: '65201', addresses: ['192.168.1.3'], ...client },
});
const name = (length: number): string => 'V'.repeat(length);

it.each<[string, Edits, string[]]>([
  ['a VRF with a loopback', { [`${router}.vrf`]: vrf }, []],
  ['a VRF of Junos without one', { [`${router}.vrf`]: withoutLoopback }, [`vrf-without-loopback ${router}.vrf`]],
  [
    'a VRF of Junos with one of IPv6 alone',
    { [`${router}.vrf`]: { ...vrf, loopback: '2001:db8::1' } },
    [`vrf-without-loopback ${router}.vrf.loopback`],
  ],
  [
    'a VRF whose loopback is the anycast one',
    { [`${router}.vrf`]: { ...vrf, loopback: '192.168.255.0' } },
    [`duplicate-address ${router}.vrf.loopback`],
  ],
  [
    'a VRF whose loopback is that of another router',
    { [`${router}.vrf`]: vrf, 'routers.dc2-border1.vrf': vrf },
    ['duplicate-address routers.dc2-border1.vrf.loopback'],
  ],
  [
    'a VRF whose loopback is a VIP',
    { [`${router}.vrf`]: { ...vrf, loopback: '192.168.255.1' } },
    [`duplicate-address ${router}.vrf.loopback`],
  ],
  [
    'a VRF whose loopback the router has in the main table, too',
    { [`${router}.vrf`]: { ...vrf, loopback: '192.168.1.3' } },
    [],
  ],
  ['a VRF of IOS-XR without one', { [`${router}.system`]: 'iosxr', [`${router}.vrf`]: withoutLoopback }, []],
  ['a VRF of EOS without one', { [`${router}.system`]: 'eos', [`${router}.vrf`]: withoutLoopback }, []],
  ['a loopback unit of Junos in a VRF', { [`${router}.vrf`]: vrf, [`${router}.anycastInterface`]: 'lo0.7' }, []],
  [
    'one beside lo0.0 in the main table',
    { [`${router}.anycastInterface`]: 'lo0.7' },
    [`anycast-interface ${router}.anycastInterface`],
  ],
  ['lo0.0 of Junos', { [`${router}.anycastInterface`]: 'lo0.0' }, []],
  [
    'lo0.0 of Junos in a VRF',
    { [`${router}.vrf`]: vrf, [`${router}.anycastInterface`]: 'lo0.0' },
    [`anycast-interface ${router}.anycastInterface`],
  ],
  [
    'the unit of a VRF of Junos, from which it dials',
    { [`${router}.vrf`]: { ...vrf, leaksVips: true }, ...asClient({ system: 'junos', interface: 'lo0.100' }) },
    ['anycast-interface clients.dc1-border1.interface'],
  ],
  ['lo0.0 of Junos, from which it dials', asClient({ system: 'junos', interface: 'lo0.0' }), []],
  ...(['iosxr', 'eos'] as const).flatMap((system): [string, Edits, string[]][] => [
    [
      `the main loopback of ${system}`,
      { [`${router}.system`]: system, [`${router}.anycastInterface`]: 'Loopback0' },
      [`anycast-interface ${router}.anycastInterface`],
    ],
    [
      `the main loopback of ${system} in a VRF`,
      { [`${router}.system`]: system, [`${router}.vrf`]: vrf, [`${router}.anycastInterface`]: 'Loopback00' },
      [`anycast-interface ${router}.anycastInterface`],
    ],
    [
      `the loopback of ${system} from which it dials`,
      {
        [`${router}.system`]: system,
        [`${router}.anycastInterface`]: 'Loopback7',
        ...asClient({ system, interface: 'Loopback7' }),
      },
      [`anycast-interface ${router}.anycastInterface`],
    ],
    [
      `the usual anycast loopback of ${system}, from which it dials`,
      { [`${router}.system`]: system, ...asClient({ system, interface: 'Loopback100' }) },
      ['anycast-interface clients.dc1-border1.interface'],
    ],
    [
      `another loopback of ${system} than that from which it dials`,
      {
        [`${router}.system`]: system,
        [`${router}.anycastInterface`]: 'Loopback7',
        ...asClient({ system, interface: 'Loopback1' }),
      },
      [],
    ],
  ]),
  [
    'the main loopback of NX-OS',
    { [`${router}.system`]: 'nxos', [`${router}.anycastInterface`]: 'loopback0' },
    [`anycast-interface ${router}.anycastInterface`],
  ],
  [
    'a loopback of IOS-XR on Junos',
    { [`${router}.anycastInterface`]: 'Loopback100' },
    [`loopback-of-other-system ${router}.anycastInterface`],
  ],
  [
    'lo0 without its unit on Junos',
    { [`${router}.anycastInterface`]: 'lo0' },
    [`loopback-of-other-system ${router}.anycastInterface`],
  ],
  [
    'a loopback of Junos on EOS',
    { 'clients.dc3-border1.interface': 'lo0.0' },
    ['loopback-of-other-system clients.dc3-border1.interface'],
  ],
  [
    'a loopback of FRR on IOS-XR',
    { 'clients.dc5-border1.interface': 'lo' },
    ['loopback-of-other-system clients.dc5-border1.interface'],
  ],
  ['any interface on FRR', { 'clients.dc2-leaf1.interface': 'dummy0' }, []],
  ['a hold time that Junos has', { 'metallb.holdSeconds': 10 }, []],
  ['one that it has not', { 'metallb.holdSeconds': 9 }, ['hold-time-too-short metallb.holdSeconds']],
  [
    'the anycast loopback of Junos and OSPF',
    { [`${router}.underlay`]: { protocol: 'ospf', name: '0' } },
    [`anycast-in-igp ${router}.underlay.protocol`],
  ],
  [
    'the anycast loopback of Junos and IS-IS',
    { [`${router}.underlay`]: { protocol: 'isis', name: 'CORE' } },
    [`anycast-in-igp ${router}.underlay.protocol`],
  ],
  ['the anycast loopback of Junos and BGP', { [`${router}.underlay`]: { protocol: 'bgp', name: 'CORE' } }, []],
  [
    'an underlay beside a VRF of Junos',
    { [`${router}.vrf`]: vrf, [`${router}.underlay`]: { protocol: 'ospf', name: '0' } },
    [],
  ],
  ...(['iosxr', 'eos', 'frr', 'nxos'] as const).flatMap((system) =>
    (['bgp', 'ospf', 'isis'] as const).map((protocol): [string, Edits, string[]] => [
      `an underlay of ${protocol} beside a VRF of ${system}`,
      {
        [`${router}.system`]: system,
        [`${router}.vrf`]: vrf,
        [`${router}.underlay`]: { protocol, name: '1' },
      },
      [`underlay-in-vrf ${router}.underlay`],
    ]),
  ),
  ...['CORE', '0', '65536', '01', '1a', '99999'].map((process): [string, Edits, string[]] => [
    `a process of OSPF that EOS does not take, ${process}`,
    { [`${router}.system`]: 'eos', [`${router}.underlay`]: { protocol: 'ospf', name: process } },
    [`ospf-process ${router}.underlay.name`],
  ]),
  ...['1', '9999', '10000', '59999', '64999', '65499', '65529', '65535'].map((process): [string, Edits, string[]] => [
    `a process of OSPF that EOS takes, ${process}`,
    { [`${router}.system`]: 'eos', [`${router}.underlay`]: { protocol: 'ospf', name: process } },
    [],
  ]),
  [
    'a process of OSPF by name on IOS-XR',
    { [`${router}.system`]: 'iosxr', [`${router}.underlay`]: { protocol: 'ospf', name: 'CORE' } },
    [],
  ],
  [
    'an instance of IS-IS by name on EOS',
    { [`${router}.system`]: 'eos', [`${router}.underlay`]: { protocol: 'isis', name: 'CORE' } },
    [],
  ],
  [
    'that of FRR on lo and OSPF',
    { [`${router}.system`]: 'frr', [`${router}.underlay`]: { protocol: 'ospf', name: '0' } },
    [`anycast-in-igp ${router}.underlay.protocol`],
  ],
  [
    'that of FRR on an interface of its own and OSPF',
    {
      [`${router}.system`]: 'frr',
      [`${router}.underlay`]: { protocol: 'ospf', name: '0' },
      [`${router}.anycastInterface`]: 'dummy0',
    },
    [],
  ],
  [
    'clients of two encapsulations',
    { 'clients.dc4-border1.encapsulation': 'mpls', 'clients.dc5-border1.encapsulation': 'mpls' },
    ['mixed-encapsulation clients.dc4-border1.encapsulation', 'mixed-encapsulation clients.dc5-border1.encapsulation'],
  ],
])('%s', (_, edits, expected) => {
  expect(after(edits)).toEqual(expected);
});

describe.each(systems)('%s', (system) => {
  const { vrfNameLength } = systemCapabilities[system];

  it('takes names of VRFs up to its limit', () => {
    const edits = (length: number): Edits => ({
      [`${router}.system`]: system,
      [`${router}.vrf`]: { ...vrf, name: name(length) },
    });
    expect(after(edits(vrfNameLength))).toEqual([]);
    // A topology takes no longer ones at all.
    const tooLong = vrfNameLength < 128 ? 'vrf-name-too-long' : 'wrong-format';
    expect(after(edits(vrfNameLength + 1))[0]).toMatch(
      new RegExp(`^${tooLong} ${router.replace('.', '\\.')}\\.vrf\\.name`),
    );
  });
});
