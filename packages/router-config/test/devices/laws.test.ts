import fc from 'fast-check';
import type { Topology } from '@meshrs/topology';
import { describe, expect, it } from 'vitest';
import { deviceFile } from '../../src/devices/device-file.ts';
import type { AttachedRouter, Device, EvpnClient } from '../../src/devices/device.ts';
import { devicesOf } from '../../src/devices/devices-of.ts';
import { namesOf } from '../../src/devices/names.ts';
import { deviceSystems, renderDevices } from '../../src/devices/index.ts';
import { UnsafeTextError } from '../../src/frr/words.ts';
import { readCase } from './read-case.ts';

/** Routers of four systems that are clients, too, with several nodes on a port, and clients beside them. */
const base = readCase('vlan-and-two-roles');
const source = 'topologies/dci.yaml';

const vrf = { name: 'DCI', routeDistinguisher: '192.168.1.3:100', leaksVips: true };
const targets = fc.uniqueArray(fc.constantFrom('65000:100', '65000:200', '4259840001:3'), { minLength: 1 });
const routerChoices = fc.record({
  system: fc.constantFrom('junos', 'iosxr', 'frr', 'eos', 'nxos', 'srlinux', 'nvue' as const),
  vrf: fc.option(fc.record({ importTargets: targets, exportTargets: targets }), { nil: undefined }),
  underlay: fc.option(
    fc.record({ protocol: fc.constantFrom('bgp', 'ospf', 'isis' as const), name: fc.constantFrom('CORE', '1') }),
    { nil: undefined },
  ),
});
const clientChoices = fc.record({
  system: fc.constantFrom('junos', 'iosxr', 'frr', 'eos', 'nxos', 'srlinux', 'nvue' as const),
  role: fc.constantFrom('leaf', 'transit', 'gateway' as const),
  encapsulation: fc.constantFrom('vxlan', 'mpls' as const),
  sharedAsn: fc.boolean(),
});
const routerNames = Object.keys(base.routers);
const clientNames = Object.keys(base.clients);

/** Fleets of the same devices, each of another kind; a device in two roles has one system. */
const topologies = fc
  .record({
    routers: fc.array(routerChoices, { minLength: routerNames.length, maxLength: routerNames.length }),
    clients: fc.array(clientChoices, { minLength: clientNames.length, maxLength: clientNames.length }),
    hasBfd: fc.boolean(),
    sideOf: fc.constantFrom('a', 'b', undefined),
    withoutNodes: fc.subarray(routerNames),
    noClients: fc.subarray(clientNames),
    holdSeconds: fc.integer({ min: 3, max: 65_535 }),
  })
  .map(({ routers, clients, hasBfd, sideOf, withoutNodes, noClients, holdSeconds }): Topology => {
    const { bfd, ...metallb } = base.metallb;
    const routersByName = mapped(base.routers, (router, _name, index) => {
      const choice = routers[index];
      if (!choice) return router;
      return {
        ...router,
        system: choice.system,
        ...(choice.vrf && { vrf: { ...vrf, ...choice.vrf } }),
        ...(choice.underlay && { underlay: choice.underlay }),
      };
    });
    return {
      ...base,
      routers: routersByName,
      clients: without(
        mapped(base.clients, (client, name, index) => ({
          ...client,
          ...clients[index],
          system: routersByName[name]?.system ?? clients[index]?.system ?? client.system,
        })),
        (name) => noClients.includes(name),
      ),
      nodes: without(
        mapped(base.nodes, (node) => ({ ...node, side: sideOf ?? node.side })),
        (_name, { links }) => links.some(({ router }) => withoutNodes.includes(router)),
      ),
      metallb: { ...metallb, ...(hasBfd && bfd && { bfd }), holdSeconds },
    };
  });

describe('files of routers and clients', () => {
  it('are made of any fleet, or a reason is given, for each device once', () => {
    const reasons = new Set<string>();
    fc.assert(
      fc.property(topologies, (topology) => {
        const { files, notRendered } = renderDevices(source, topology);
        for (const { code } of notRendered) reasons.add(code);
        const made = files.slice(0, -1).map(({ path }) => path.split('/')[2]?.split('.')[0]);
        expect([...made, ...notRendered.map(({ name }) => name)].sort()).toEqual(
          [...new Set([...Object.keys(topology.routers), ...Object.keys(topology.clients)])].sort(),
        );
        for (const { text } of files) expect(text).toMatch(/^[ -~\n]+\n$/);
      }),
      { numRuns: 300 },
    );
    expect([...reasons].sort()).toEqual([
      'gateway-not-made',
      'mpls-not-made',
      'no-nodes',
      'system-not-made',
      'vrf-not-made',
    ]);
  });

  it('have no router-id: to load another one than that in use ends all sessions of the device', () => {
    fc.assert(
      fc.property(topologies, (topology) => {
        for (const { text } of renderDevices(source, topology).files.slice(0, -1)) {
          expect(text).toMatch(/^[!#] {3}BGP( in the VRF \S+)? has a router-id/m);
          expect(statementsOf(text).filter((line) => line.includes('router-id'))).toEqual([]);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('say in their head, or in their statements, which AS the device has', () => {
    fc.assert(
      fc.property(topologies, (topology) => {
        const asns = new Map(devicesOf('dci', topology).map(({ name, asn }) => [name, String(asn)]));
        for (const { path, text } of renderDevices(source, topology).files.slice(0, -1)) {
          const asn = asns.get(path.split('/')[2]?.split('.')[0] ?? '') ?? expect.unreachable(path);
          expect(text).toMatch(new RegExp(`^[!#] {3}.*\\bAS\\b.* is ${asn}\\b`, 'm'));
        }
      }),
      { numRuns: 100 },
    );
  });

  it('are not said to keep the anycast loopback in where they have no filter for it', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(topologies, (topology) => {
        const { files } = renderDevices(source, topology);
        const page = files.at(-1)?.text ?? '';
        const { address } = topology.metallb.anycastLoopbacks['fabric'] ?? expect.unreachable();
        expect(page).not.toContain('told to nobody');
        for (const { path, text } of files.slice(0, -1)) {
          const part = page.split(/^## /m).find((each) => each.includes(`](${path.split('/')[2] ?? ''})`)) ?? '';
          if (!part.includes(`The anycast loopback ${address}/32: `)) continue;
          const hasFilter = statementsOf(text).some((line) =>
            /prefix-list meshrs-dci-anycast|term anycast|destination in \(/.test(line),
          );
          const saysNone = part.includes(`${address}/32: no policy of this file keeps it in. Your policies`);
          const saysVips = part.includes('gets the VIPs alone');
          if (!hasFilter) expect([saysNone, saysVips]).toContain(true);
          if (hasFilter && !text.startsWith('#')) expect([saysNone, saysVips]).toEqual([false, false]);
          expect(text).toMatch(
            new RegExp(`^[!#] {3}.*our policies .* reject ${address.replaceAll('.', '\\.')}/32 first`, 'm'),
          );
          seen.add(`${String(hasFilter)} ${String(saysNone)}`);
        }
      }),
      { numRuns: 200 },
    );
    expect([...seen].sort()).toEqual(['false false', 'false true', 'true false']);
  });

  it('have no limit of paths, which all routes of the router share: their head asks for it', () => {
    const asked = new Set<string>();
    fc.assert(
      fc.property(topologies, (topology) => {
        for (const { path, text } of renderDevices(source, topology).files.slice(0, -1)) {
          expect(statementsOf(text).filter((line) => line.includes('maximum-paths'))).toEqual([]);
          if (/^! {3}"maximum-paths( ebgp)?" of BGP.* at least 2:/m.test(text)) asked.add(path.split('.').at(-2) ?? '');
        }
      }),
      { numRuns: 100 },
    );
    expect([...asked].sort()).toEqual(['eos', 'frr', 'iosxr']);
  });

  it('let nothing pass but what a list names that is not empty', () => {
    const free = new Set<string>();
    let terms = 0;
    fc.assert(
      fc.property(topologies, (topology) => {
        for (const { text } of renderDevices(source, topology).files.slice(0, -1)) {
          for (const { name, lists } of acceptingTerms(text)) {
            terms += 1;
            if (lists.length === 0) free.add(name);
            for (const list of lists) expect(entriesOf(text, list)).toBeGreaterThan(0);
          }
        }
      }),
      { numRuns: 200 },
    );
    expect(terms).toBeGreaterThan(500);
    // By route target, of the router's ports, and behind a term that keeps something back.
    expect([...free].sort()).toEqual([
      'meshrs-dci-rs',
      'meshrs-dci-rs-in',
      'meshrs-dci-rs-out',
      'meshrs-dci-underlay',
      'meshrs-dci-vrf-export',
      'meshrs-dci-vrf-export-rest ports',
      'meshrs-dci-vrf-import targets',
    ]);
  });

  it('are the same in whatever order the topology names things', () => {
    fc.assert(
      fc.property(topologies, fc.infiniteStream(fc.nat()), (topology, numbers) => {
        const shuffled: Topology = {
          ...topology,
          routers: inOtherOrder(topology.routers, numbers),
          clients: inOtherOrder(topology.clients, numbers),
          nodes: inOtherOrder(topology.nodes, numbers),
          sides: inOtherOrder(topology.sides, numbers),
        };
        expect(renderDevices(source, shuffled)).toEqual(renderDevices(source, topology));
      }),
      { numRuns: 200 },
    );
  });
});

describe('names that a file makes', () => {
  const names = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
  /** Words of names, and sides that are called after them. */
  const kinds = ['nodes', 'in', 'vips', 'hops', 'evpn', 'nothing', 'anycast', 'underlay', 'balance', 'rs', 'vrf', 'a'];
  const hostileSides = fc
    .array(fc.constantFrom(...kinds, 'import', 'export', 'out', '1'), { minLength: 1, maxLength: 3 })
    .map((parts) => parts.join('-'));

  it('are of at most 55 characters however long those of the topology and its sides are, and differ where those do', () => {
    const sidesOfOneFleet = fc.uniqueArray(fc.oneof(names, hostileSides), { minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(names, sidesOfOneFleet, (fleet, sides) => {
        const { metallb, evpnOf, vrfImport, vrfExport, ...rest } = namesOf({ fleet });
        const ofSides = sides.flatMap((name) => [...Object.values(metallb({ name })), evpnOf({ side: name })]);
        const communities = [1, 2].flatMap((number) =>
          [vrfImport, vrfExport].map((name) => `${name}-${String(number)}`),
        );
        const all = [...ofSides, ...Object.values(rest), vrfImport, vrfExport, ...communities];
        for (const name of all) expect(name.length).toBeLessThanOrEqual(55);
        expect(new Set(all).size).toBe(all.length);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['a', 'evpn-a'],
    ['a', 'nodes-a'],
    ['a', 'a-in'],
    ['in', 'evpn-in'],
  ])('of sides %s and %s a client that is a router, too, has a group for each session', (a, b) => {
    const sides = { [a]: base.sides['a'], [b]: base.sides['b'] };
    const topology: Topology = {
      ...base,
      sides: Object.fromEntries(Object.entries(sides).flatMap(([name, side]) => (side ? [[name, side]] : []))),
      nodes: mapped(base.nodes, (node, _name, index) => ({ ...node, side: index % 2 === 0 ? a : b })),
    };
    const file = renderDevices(source, topology).files.find(({ path }) => path.endsWith('/r1-junos.junos.conf'));
    const groups = [...(file?.text ?? '').matchAll(/^ {8}group (\S+) \{$/gm)].map(([, name]) => name);
    expect(groups).toHaveLength(4);
    expect(new Set(groups).size).toBe(4);
  });

  it('of a side are never what is left of the name of a longer one', () => {
    const long = 'x'.repeat(60);
    const { group } = namesOf({ fleet: 'dci' }).metallb({ name: long });
    expect(
      namesOf({ fleet: 'dci' }).metallb({ name: group.replace(/^meshrs-dci-nodes-/, '').replace('_', '-') }).group,
    ).not.toBe(group);
  });

  it('differ at the end of long ones', () => {
    const long = 'x'.repeat(60);
    const { metallb } = namesOf({ fleet: long });
    expect(metallb({ name: `${long}1` }).group).not.toBe(metallb({ name: `${long}2` }).group);
    expect(namesOf({ fleet: `${long}1` }).bfd).not.toBe(namesOf({ fleet: `${long}2` }).bfd);
  });
});

/** Where a name of somebody's gets into a file. */
const slots: readonly ((device: Device, text: string) => Device)[] = [
  (device, name) => ({ ...device, name }),
  (device, fleet) => ({ ...device, fleet }),
  (device, name) => withAttached(device, ({ vrf: own }) => ({ ...(own && { vrf: { ...own, name } }) })),
  (device, routeDistinguisher) =>
    withAttached(device, ({ vrf: own }) => ({ ...(own && { vrf: { ...own, routeDistinguisher } }) })),
  (device, target) =>
    withAttached(device, ({ vrf: own }) => ({
      ...(own && { vrf: { ...own, importTargets: [target], exportTargets: [target] } }),
    })),
  (device, name) => withAttached(device, ({ underlay }) => ({ ...(underlay && { underlay: { ...underlay, name } }) })),
  (device, own) => withAttached(device, ({ anycast }) => ({ anycast: { ...anycast, interface: own } })),
  (device, name) => withAttached(device, ({ ports }) => ({ ports: ports.map((port) => ({ ...port, name })) })),
  (device, name) => withAttached(device, ({ sides }) => ({ sides: sides.map((side) => ({ ...side, name })) })),
  (device, secret) => withAttached(device, ({ sides }) => ({ sides: sides.map((side) => ({ ...side, secret })) })),
  (device, name) =>
    withAttached(device, ({ sides }) => ({
      sides: sides.map((side) => ({ ...side, nodes: side.nodes.map((node) => ({ ...node, name })) })),
    })),
  (device, own) => withClient(device, () => ({ interface: own })),
  (device, side) => withClient(device, ({ sessions }) => ({ sessions: sessions.map((each) => ({ ...each, side })) })),
];

/** What ends lines, statements, blocks, strings and comments somewhere. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\n',
        '\r',
        '\r\n',
        '\v',
        '\f',
        '\u0085',
        '\u2028',
        '\u2029',
        '\0',
        ';',
        '{',
        '}',
        '"',
        "'",
        '\\',
      ),
      fc.constantFrom('!', '#', '/*', '*/', '?', ' ', '\t', ' no ', '\nexit\n', '; delete ', ' }\n', 'a', '/', '.'),
      fc.string({ unit: 'binary', maxLength: 8 }),
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((parts) => parts.join(''));

const made = Object.entries(deviceSystems).flatMap(([, system]) => system ?? []);

describe.each(made.map((system) => [system.title, system] as const))('hostile names in files of %s', (_, system) => {
  const devices = ['vlan-and-two-roles', 'vrf', 'fabric', 'igp'].flatMap((name) => devicesOf('dci', readCase(name)));
  const place = { path: 'routers/dci/x.conf', source };

  it('never add a line or a statement: they are made harmless, or refused', () => {
    let rendered = 0;
    fc.assert(
      fc.property(hostile, fc.constantFrom(...slots), fc.constantFrom(...devices), (text, put, device) => {
        const file = renderedOrRefused(() => deviceFile(put(device, text), system, place));
        if (file === undefined) return;
        rendered += 1;
        expect(shapeOf(file)).toEqual(shapeOf(deviceFile(put(device, 'x1'), system, place)));
      }),
      { numRuns: 2500 },
    );
    expect(rendered).toBeGreaterThan(100);
  });

  it('are no trouble as the name of the topology, which nobody else looks at', () => {
    fc.assert(
      fc.property(hostile, (name) => {
        const named = renderDevices(`topologies/${name}.yaml`, base).files.map(({ text }) => shapeOf(text));
        expect(named).toEqual(renderDevices(source, base).files.map(({ text }) => shapeOf(text)));
      }),
      { numRuns: 100 },
    );
  });
});

/** Lines, by whatever somebody takes for an end of one, and outside strings and comments what Junos goes by. */
function shapeOf(file: string) {
  const lines = file.split(/\r\n|[\n\v\f\r\u0085\u2028\u2029]/);
  const statements = lines.filter((line) => !/^[#!] |^[#!]$/.test(line)).map((line) => line.replace(/"[^"]*"/g, ''));
  const isJunos = file.startsWith('#');
  return { lines: lines.length, marks: isJunos ? statements.join('').replace(/[^{};"]/g, '') : '' };
}

interface AcceptingTerm {
  readonly name: string;
  /** Names of the lists of prefixes, of which a route is to be in one. */
  readonly lists: readonly string[];
}

/** Of each system's policies what lets a route pass, with the lists of its condition. */
function acceptingTerms(text: string): AcceptingTerm[] {
  const blocks = (start: RegExp, end: string) =>
    [...text.matchAll(new RegExp(`^( *)${start.source} (\\S+)([^\\n]*)\\n([^]*?)^\\1${end}$`, 'gm'))].map(
      ([, , name = '', rest = '', body = '']) => ({ name, rest, body }),
    );
  const named = (body: string, pattern: RegExp): string[] => [...body.matchAll(pattern)].map(([, list = '']) => list);
  const ofJunos = blocks(/policy-statement/, '}').flatMap(({ name, body }) => {
    const terms = [...body.matchAll(/^( *)term (\S+) \{\n([^]*?)^\1\}$/gm)].map(([, , term = '', inner = '']) => ({
      name: `${name} ${term}`,
      inner,
    }));
    return (terms.length > 0 ? terms : [{ name, inner: body }])
      .filter(({ inner }) => /\baccept;/.test(inner))
      .map((term) => ({ name: term.name, lists: named(term.inner, /prefix-list (\S+);/g) }));
  });
  const ofIosxr = blocks(/route-policy/, 'end-policy').flatMap(({ name, body }) =>
    [...body.matchAll(/^(?: if (.*) then\n {2})? ?pass$/gm)].map(([, condition = '']) => ({
      name,
      lists: named(condition, /destination in (\S+)/g),
    })),
  );
  const ofOthers = blocks(/route-map/, '(?:!|exit)')
    .filter(({ rest }) => rest.startsWith(' permit'))
    .map(({ name, body }) => ({ name, lists: named(body, /match ip address prefix-list (\S+)/g) }));
  return [...ofJunos, ...ofIosxr, ...ofOthers];
}

/** How many prefixes a list of a file has. */
function entriesOf(text: string, list: string): number {
  const block = new RegExp(`^ *(?:ip )?prefix-(?:list|set) ${list}(?: \\{)?\\n([^]*?)^ *(?:[!}]|end-set)$`, 'm').exec(
    text,
  );
  const lines = text.matchAll(new RegExp(`^ip prefix-list ${list} seq .*/32$`, 'gm'));
  return (block?.[1] ?? '').split('\n').filter((line) => line.includes('/32')).length + [...lines].length;
}

/** Without what is for people. */
function statementsOf(file: string): string[] {
  return file.split('\n').filter((line) => !/^[#!] |^[#!]$/.test(line));
}

function renderedOrRefused(render: () => string): string | undefined {
  try {
    return render();
  } catch (error) {
    if (error instanceof RangeError || error instanceof UnsafeTextError) return undefined;
    throw error;
  }
}

function withAttached(device: Device, change: (attached: AttachedRouter) => Partial<AttachedRouter>): Device {
  const { attached } = device;
  return attached ? { ...device, attached: { ...attached, ...change(attached) } } : device;
}

function withClient(device: Device, change: (client: EvpnClient) => Partial<EvpnClient>): Device {
  const { client } = device;
  return client ? { ...device, client: { ...client, ...change(client) } } : device;
}

function without<Value>(
  record: Readonly<Record<string, Value>>,
  isGone: (name: string, value: Value) => boolean,
): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).filter(([name, value]) => !isGone(name, value)));
}

function mapped<Value>(
  record: Readonly<Record<string, Value>>,
  change: (value: Value, name: string, index: number) => Value,
): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(record).map(([name, value], index) => [name, change(value, name, index)] as const),
  );
}

function inOtherOrder<Value>(
  record: Readonly<Record<string, Value>>,
  numbers: Iterator<number>,
): Record<string, Value> {
  const keyed = Object.entries(record).map((each) => ({ each, key: Number(numbers.next().value) }));
  return Object.fromEntries(keyed.sort((one, other) => one.key - other.key).map(({ each }) => each));
}
