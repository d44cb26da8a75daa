import type { System } from '@meshrs/topology';
import { describe, expect, it } from 'vitest';
import type { AttachedRouter, Device } from '../../src/devices/device.ts';
import { devicesOf } from '../../src/devices/devices-of.ts';
import { deviceSystems } from '../../src/devices/index.ts';
import { whyNotMade } from '../../src/devices/not-made.ts';
import { commandsOf, parse, removedBy, whole, type Command, type Statement } from './configuration.ts';
import { readCase } from './read-case.ts';

/*
 * What a file says to take it back is compared with what it writes: nothing of ours is left, nothing of others goes, and nothing is
 * removed while it is in use. FRR itself does the same with its files in packages/lab/test/routers.
 */

const vrf = {
  name: 'DCI',
  routeDistinguisher: '192.168.1.3:100',
  importTargets: ['65000:100', '65000:101'],
  exportTargets: ['65000:100', '65000:102'],
  loopback: readCase('vrf').routers['r3-iosxr']?.vrf?.loopback,
  leaksVips: true,
};
const underlays = [
  undefined,
  { protocol: 'bgp', name: 'UNDERLAY' },
  { protocol: 'ospf', name: '1' },
  { protocol: 'isis', name: 'CORE' },
] as const;
const made = ['junos', 'iosxr', 'frr', 'eos'] as const satisfies readonly System[];

/** A router with two nodes that is a client, too; one that is no client, and a client. */
const roles = devicesOf('dci', readCase('vlan-and-two-roles')).flatMap(({ attached, client, ...device }): Device[] => {
  if (device.name === 'c1-junos' && client) return [{ ...device, client }];
  if (device.name !== 'r1-junos' || !attached || !client) return [];
  return [
    { ...device, attached, client },
    { ...device, attached },
  ];
});

/** Each role on each system, with each underlay, in the main table and, where files are made, in a VRF, with BFD and without. */
const devices = made
  .flatMap((system) =>
    roles.flatMap((role): Device[] => {
      const { attached, ...device } = { ...role, system };
      if (!attached) return [device];
      const { bfd, ...plain } = attached;
      return underlays.flatMap((underlay) =>
        [undefined, vrf].flatMap((own) =>
          [undefined, bfd].map((used) => ({
            ...device,
            attached: { ...plain, ...(underlay && { underlay }), ...(own && { vrf: own }), ...(used && { bfd: used }) },
          })),
        ),
      );
    }),
  )
  .filter((device) => whyNotMade(device) === undefined);

it.each(devices.map((device) => [titleOf(device), device] as const))('%s is taken back', (_, device) => {
  const renderer = deviceSystems[device.system] ?? expect.unreachable(`${device.system} has no files`);
  const others = parse(device.system, configurationOfOthers(device));
  const ours = parse(device.system, renderer.render(device));
  const before = [...others, ...ours.filter((each) => !others.some((other) => whole(other) === whole(each)))];

  const { left, mistakes } = takenBack(device, before, commandsOf(renderer.takeBack(device)));

  expect(mistakes).toEqual([]);
  const gone = others.filter((each) => !left.includes(each)).map(whole);
  expect(gone.filter((each) => !isTakenByHand(each))).toEqual([]);
  const after = left.filter((each) => !others.includes(each)).map(whole);
  expect(after.filter((each) => isOurs(device, each))).toEqual([]);
  const mayStay = stays[device.system] ?? expect.unreachable(`nothing is said of ${device.system}`);
  expect(after.filter((each) => !mayStay.test(each))).toEqual([]);
});

describe('a command that takes too little, too much, or too early is found', () => {
  const device = devices.find((each) => titleOf(each) === 'router of iosxr over isis') ?? expect.unreachable('none');
  const statements = parse('iosxr', deviceSystems.iosxr?.render(device) ?? '');
  const good = deviceSystems.iosxr?.takeBack(device) ?? [];
  const mistakesOf = (lines: readonly string[]) => takenBack(device, statements, commandsOf(lines)).mistakes;

  it('without a commit what is in use is removed', () => {
    expect(mistakesOf(good)).toEqual([]);
    expect(mistakesOf(good.filter((line) => line !== 'commit'))).not.toEqual([]);
  });

  it('a command that removes nothing is wrong', () => {
    expect(mistakesOf([...good, 'no route-policy meshrs-dci-other'])).not.toEqual([]);
    expect(mistakesOf([...good, 'vrf DCI', 'no neighbor 192.0.2.1'])).not.toEqual([]);
  });

  it('the other way around everything is in use', () => {
    expect(mistakesOf(good.toReversed())).not.toEqual([]);
  });

  it("without a word before it, what may be somebody's is removed", () => {
    expect(mistakesOf(good.filter((line) => !line.includes(' write yours again ')))).toEqual([
      "may be somebody's: no router isis CORE address-family ipv4 unicast redistribute bgp 65201",
    ]);
  });
});

/** Devices whose files write what is alone in its place, with all that they write of the kind. */
const solePlaces = devices.flatMap((device) => {
  const statements = parse(device.system, deviceSystems[device.system]?.render(device) ?? '');
  const kinds = [...new Set(statements.flatMap((each) => soleKind(whole(each)) ?? []))];
  return kinds.length > 0 ? [[titleOf(device), kinds, device] as const] : [];
});

it('files write each kind of statement that is alone in its place', () => {
  expect([...new Set(solePlaces.flatMap(([, kinds]) => kinds))].sort()).toEqual([
    'export route-policy',
    'redistribute bgp',
    'redistribute connected',
    'route-map ... out',
  ]);
  for (const system of ['iosxr', 'frr', 'eos']) {
    expect(solePlaces.filter(([, , device]) => device.system === system).length).toBeGreaterThan(3);
  }
});

describe.each(solePlaces)('%s, which writes %j where it is alone,', (_, kinds, device) => {
  const { takeBack, assumes } = deviceSystems[device.system] ?? expect.unreachable();
  it('says in its head that it must not be there, and what to do if it is', () => {
    for (const kind of kinds) {
      const [named = '', ...more] = assumes(device).filter((line) => line.includes(namedAs(kind)));
      expect(more).toEqual([]);
      expect(named).toMatch(/ keep yours, let it (reject \S+\/32 first|bring the VIPs in).* leave this file's out of /);
    }
  });

  it('says before it takes it out that one of somebody is to be written again', () => {
    const words = takeBack(device).filter((line) => line.includes(' write yours again '));
    expect(words.map((line) => /"(.+?)" of /.exec(line)?.[1]).sort()).toEqual(kinds.toSorted());
  });
});

/** As a head speaks of it. */
function namedAs(kind: string): string {
  return kind === 'route-map ... out' ? 'has a route-map out of its own: ' : `"${kind}" of `;
}

/** What a group, a process or a VRF of somebody's has once: another one that was there is gone when ours is loaded. */
function soleKind(statement: string): string | undefined {
  if (/ neighbor UNDERLAY route-map \S+ out$/.test(statement)) return 'route-map ... out';
  const [, kind] = / (redistribute (?:ipv4 )?(?:bgp|connected)|export route-policy) /.exec(`${statement} `) ?? [];
  return kind?.replace('ipv4 ', '');
}

interface TakenBack {
  readonly left: readonly Statement[];
  readonly mistakes: readonly string[];
}

function takenBack(device: Device, before: readonly Statement[], commands: readonly Command[]): TakenBack {
  let left = before;
  let committed = before;
  let hasAnycast = device.attached !== undefined;
  const mistakes: string[] = [];
  for (const [index, command] of commands.entries()) {
    const { line } = command;
    if (line === 'commit') committed = left;
    else if (line.startsWith('!')) {
      // By hand: a policy of somebody's applies ours no longer, and is committed; the anycast address is taken off.
      if (line.startsWith('! Now take "apply ')) {
        left = left.filter((each) => !isTakenByHand(whole(each)));
        committed = left;
      } else if (/^! Now take \S+ off its interface/.test(line)) hasAnycast = false;
      else if (!/^! Now: if ".+" of .+ was there before /.test(line)) mistakes.push(`nobody knows what to do: ${line}`);
    } else {
      const removed = removedBy(command, left);
      if (removed.length === 0) mistakes.push(`removes nothing: ${line}`);
      const sole = removed.flatMap((each) => soleKind(whole(each)) ?? []);
      if (!sole.every((kind) => commands[index - 1]?.line.startsWith(`! Now: if "${kind}" of `))) {
        mistakes.push(`may be somebody's: ${line}`);
      }
      const rest = left.filter((each) => !removed.includes(each));
      const inUse = device.system === 'iosxr' ? committed : rest;
      if (device.system !== 'junos') {
        mistakes.push(...usersOf(line, inUse).map((each) => `in use by "${whole(each)}": ${line}`));
        const attached = removed.filter((each) => / route-map meshrs-\S+-underlay( out)?$/.test(whole(each)));
        if (attached.length > 0 && hasAnycast) mistakes.push(`nothing keeps the anycast address in: ${line}`);
      }
      left = rest;
      if (removed.some((each) => ` ${whole(each)}`.includes(' address '))) hasAnycast = false;
    }
  }
  return { left: device.system === 'iosxr' ? committed : left, mistakes };
}

function isTakenByHand(statement: string): boolean {
  return statement.includes(' apply meshrs-');
}

/** Statements that name what a command removes, outside of it. */
function usersOf(line: string, statements: readonly Statement[]): Statement[] {
  const [, kind = '', name] =
    /^no (?:ip )?(route-map|route-policy|prefix-list|prefix-set|as-path-set|as-path access-list|profile) (\S+)$/.exec(
      line,
    ) ?? [];
  if (name === undefined) return [];
  return statements.filter((each) => {
    const text = whole(each);
    return (
      !text.replace(/^(ip|bfd) /, '').startsWith(`${kind} ${name}`) &&
      text.split(/[ (),]+/).includes(name) &&
      refersTo(kind, text, name)
    );
  });
}

/** A name of one kind may be that of another. */
function refersTo(kind: string, text: string, name: string): boolean {
  const before = text.split(` ${name}`, 1).join('');
  switch (kind) {
    case 'route-map':
      return before.endsWith('route-map');
    case 'route-policy':
      return /(route-policy|apply)$/.test(before);
    case 'prefix-list':
      return before.endsWith('prefix-list');
    case 'prefix-set':
      return before.endsWith('destination in');
    case 'profile':
      return before.endsWith('profile');
    default:
      return /as-path( in)?$/.test(before);
  }
}

function isOurs({ attached, client }: Device, statement: string): boolean {
  const ours = [
    'meshrs-',
    'FILL-IN',
    'description',
    ...(attached
      ? [attached.anycast.address, ...attached.sides.flatMap(({ nodes }) => nodes.map(({ address }) => address))]
      : []),
    ...(client?.sessions.map(({ vip }) => vip) ?? []),
  ];
  return ours.some((each) => statement.includes(each));
}

/** What a file writes and leaves: by the page it may have been there before, or has no effect without the rest. */
const stays: Readonly<Record<string, RegExp>> = {
  junos:
    /^(interfaces( lo0( unit \d+( family inet( address \S+( primary| preferred)?)?)?)?)?|policy-options|routing-options( forwarding-table)?|protocols( bgp| ospf| isis| bgp group UNDERLAY)?|routing-instances( DCI( instance-type vrf| protocols( bgp| ospf| isis| bgp group UNDERLAY)?| interface \S+| route-distinguisher \S+| vrf-table-label| routing-options( multipath)?)?)?)$/,
  iosxr:
    /^(interface Loopback100( vrf DCI)?|vrf DCI( address-family ipv4 unicast( (import|export) route-target( \S+)?)?)?|router bgp \d+( vrf DCI)?( rd \S+| address-family .*)?|router (ospf|isis) \S+( address-family ipv4 unicast)?)$/,
  frr: /^(bfd|router (bgp \d+|ospf|isis CORE)( no bgp default ipv4-unicast| address-family (ipv4 unicast|l2vpn evpn))?)$/,
  eos: /^(vrf instance DCI|ip routing vrf DCI|interface Loopback100( vrf DCI)?|router bgp \d+( vrf DCI)?( rd \S+| route-target .*| address-family (ipv4|evpn))?|router (ospf|isis) \S+)$/,
};

/** What is there before the file is loaded, around what it writes. */
function configurationOfOthers({ system, asn, attached }: Device): string {
  return system === 'junos' ? junosOfOthers(attached) : blocksOfOthers(system, asn, attached);
}

function junosOfOthers(attached: AttachedRouter | undefined): string {
  const { underlay, vrf: own } = attached ?? {};
  const exports = 'export OTHER;';
  const protocol =
    underlay?.protocol === 'bgp'
      ? `bgp {\ngroup UNDERLAY {\n${exports}\n}\n}`
      : underlay
        ? `${underlay.protocol} {\n${exports}\n}`
        : '';
  const protocols = `protocols {\nbgp {\ngroup OTHER {\nneighbor 192.0.2.1;\n}\n}\n${protocol}\n}`;
  return `
interfaces {
lo0 {
unit 0 {
family inet {
address 192.168.1.3/32;
}
}
unit 100 {
family inet {
address 192.168.254.3/32;
}
}
}
}
policy-options {
policy-statement OTHER {
then accept;
}
}
routing-options {
forwarding-table {
export OTHER;
}
}
${own ? `routing-instances {\n${own.name} {\nvrf-import OTHER;\nvrf-export OTHER;\ninterface lo0.100;\ninterface ge-0/0/9.0;\n${protocols}\n}\n}` : ''}
${protocols}
`;
}

function blocksOfOthers(system: System, asn: number, attached: AttachedRouter | undefined): string {
  const { underlay, vrf: own } = attached ?? {};
  const applied = system === 'iosxr' && underlay?.protocol === 'bgp' && !own;
  return `
route-policy OTHER
  ${applied ? 'apply meshrs-dci-underlay' : 'pass'}
  set med 5
route-map OTHER permit 10
${own ? `vrf ${own.name}\n address-family ipv4 unicast\n  import route-target\n   65000:900` : ''}
interface Loopback0
 ip address 192.168.1.3/32
 ipv4 address 192.168.1.3 255.255.255.255
router bgp ${String(asn)}
 neighbor 192.0.2.1 remote-as 65009
 neighbor 192.0.2.1
  remote-as 65009
 neighbor UNDERLAY peer group
 neighbor UNDERLAY peer-group
 neighbor-group UNDERLAY
  address-family ipv4 unicast
   route-policy OTHER out
${own ? ` vrf ${own.name}\n  neighbor 192.0.2.2 remote-as 65009` : ''}
${underlay?.protocol === 'ospf' ? `router ospf${system === 'frr' ? '' : ' 1'}\n redistribute static` : ''}
${underlay?.protocol === 'isis' ? 'router isis CORE\n net 49.0001.0000.0000.0001.00' : ''}
`;
}

function titleOf({ system, attached, client }: Device): string {
  const role = attached ? `router${client ? ' and client' : ''}` : 'client';
  const { underlay, vrf: own, bfd } = attached ?? {};
  return `${role} of ${system}${underlay ? ` over ${underlay.protocol}` : ''}${own ? ' in a VRF' : ''}${bfd ? ' with BFD' : ''}`;
}
