import { address } from '@meshrs/network/test-data';
import type { Topology } from '@meshrs/topology';
import { expect, it } from 'vitest';
import { deviceSystems, devicesOf, renderDevices } from '../../src/devices/index.ts';
import { readCase } from './read-case.ts';

/** Four routers that are clients, too, and a client beside each. */
const base = readCase('vlan-and-two-roles');

function notMade(topology: Topology): string[] {
  return renderDevices('topologies/dci.yaml', topology).notRendered.map(({ name, code }) => `${name} ${code}`);
}

function withRouter(name: string, change: Partial<Topology['routers'][string]>): Topology {
  const router = base.routers[name] ?? expect.unreachable(`there is no ${name}`);
  return { ...base, routers: { ...base.routers, [name]: { ...router, ...change } } };
}

function withClient(name: string, change: Partial<Topology['clients'][string]>): Topology {
  const client = base.clients[name] ?? expect.unreachable(`there is no ${name}`);
  return { ...base, clients: { ...base.clients, [name]: { ...client, ...change } } };
}

const vrf = {
  name: 'DCI',
  routeDistinguisher: '192.168.2.3:100',
  importTargets: ['65000:100'],
  exportTargets: ['65000:100'],
  leaksVips: true,
};

it.each<[string, Topology, string[]]>([
  ['nothing that cannot be made', base, []],
  ['a system without files', withClient('c1-junos', { system: 'nxos' }), ['c1-junos system-not-made']],
  ['FRR in a VRF', withRouter('r2-frr', { vrf }), ['r2-frr vrf-not-made']],
  ['another system in a VRF', withRouter('r4-eos', { vrf }), []],
  ['a gateway', withClient('c4-eos', { role: 'gateway' }), ['c4-eos gateway-not-made']],
  ['EVPN over MPLS on FRR', withClient('c2-frr', { encapsulation: 'mpls' }), ['c2-frr mpls-not-made']],
  ['EVPN over MPLS on EOS', withClient('r4-eos', { encapsulation: 'mpls' }), ['r4-eos mpls-not-made']],
  ['EVPN over MPLS on Junos', withClient('c1-junos', { encapsulation: 'mpls' }), []],
  [
    'a client that dials from IPv6 alone',
    withClient('c3-iosxr', { addresses: [address('2001:db8::3')] }),
    ['c3-iosxr ipv6-not-made'],
  ],
])('of %s the reason is given', (_, topology, expected) => {
  expect(notMade(topology)).toEqual(expected);
});

function withoutNodesOn(topology: Topology, router: string): Topology {
  const nodes = Object.entries(topology.nodes).filter(([, { links }]) => links.every((link) => link.router !== router));
  return { ...topology, nodes: Object.fromEntries(nodes) };
}

it.each(Object.keys(readCase('fabric').routers))('nothing is made of %s without nodes', (name) => {
  expect(notMade(withoutNodesOn(readCase('fabric'), name))).toEqual(
    [`${name} no-nodes`, 'dc4-border1 system-not-made'].sort((one, other) => (one < other ? -1 : 1)),
  );
});

it.each(Object.keys(base.routers))('of %s, a client without nodes, the file is that of a client alone', (name) => {
  const fileOf = (topology: Topology): string | undefined =>
    renderDevices('topologies/dci.yaml', topology).files.find(({ path }) => path.includes(`/${name}.`))?.text;
  const { [name]: gone, ...routers } = base.routers;
  expect(gone).toBeDefined();

  expect(fileOf(withoutNodesOn(base, name))).toBe(fileOf(withoutNodesOn({ ...base, routers }, name)));
});

it('a client without nodes needs no anycast loopback of IPv4', () => {
  const anycastLoopbacks = {
    ...base.metallb.anycastLoopbacks,
    six: { ...expectOne(base.metallb.anycastLoopbacks['fabric']), address: address('2001:db8::') },
  };
  const topology = { ...withRouter('r2-frr', { anycast: 'six' }), metallb: { ...base.metallb, anycastLoopbacks } };
  expect(notMade(topology)).toEqual(['r2-frr ipv6-not-made']);
  expect(notMade(withoutNodesOn(topology, 'r2-frr'))).toEqual([]);
});

function expectOne<Value>(value: Value | undefined): Value {
  return value ?? expect.unreachable('it is not there');
}

it.each(Object.values(deviceSystems).flatMap((system) => (system ? [[system.title, system] as const] : [])))(
  'a list without an entry is refused for %s: some systems take it for one of all',
  (_, { render }) => {
    const device =
      devicesOf('dci', readCase('igp')).find(({ attached }) => attached) ?? expect.unreachable('no router');
    const attached = expectOne(device.attached);
    const [side] = attached.sides;
    for (const sides of [[], [{ ...expectOne(side), accepted: [] }], [{ ...expectOne(side), nodes: [] }]]) {
      expect(() => render({ ...device, attached: { ...attached, sides } })).toThrow(/would be empty/);
    }
  },
);

it('nothing is made of what has IPv6 alone on one side: a client with one side only is no client', () => {
  const side = base.sides['b'] ?? expect.unreachable('there is no side b');
  const topology = { ...base, sides: { ...base.sides, b: { ...side, vips: [address('2001:db8::2')] } } };

  expect(notMade(topology)).toEqual(
    [...new Set([...Object.keys(base.routers), ...Object.keys(base.clients)])]
      .sort()
      .map((name) => `${name} ipv6-not-made`),
  );
});

it('a file says that IPv6 beside IPv4 is not in it', () => {
  const side = base.sides['b'] ?? expect.unreachable('there is no side b');
  const vips = [...side.vips, address('2001:db8::2')];
  const { files } = renderDevices('topologies/dci.yaml', { ...base, sides: { ...base.sides, b: { ...side, vips } } });

  const ofDevices = files.filter(({ path }) => path.endsWith('.conf'));
  expect(ofDevices).toHaveLength(8);
  for (const { text } of ofDevices) expect(text).toContain('Sessions over IPv6 and VIPs of IPv6 are yours');
  for (const { text } of files) expect(text).not.toContain('2001:db8');
});
