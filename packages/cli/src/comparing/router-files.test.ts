import { describeAct } from '@meshrs/impact';
import { describe, expect, it } from 'vitest';
import { routerActs } from './router-files.ts';

function treeOf(files: Readonly<Record<string, string>>): ReadonlyMap<string, Buffer> {
  return new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)]));
}

function actsOf(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): string[] {
  return routerActs(treeOf(before), treeOf(after), 'main').map(({ when, what }) => `${when}: ${what}`);
}

const path = 'routers/dci/r1.junos.conf';
const base = '# head\nprefix-list x {\n    192.0.2.1/32;\n}\n';
const withVip = '# head\nprefix-list x {\n    192.0.2.1/32;\n    192.0.2.2/32;\n}\n';

it('what comes is loaded before, what goes is taken out after', () => {
  const load = 'before: load the files of dci/r1: they have new statements';
  const takeOut = 'after: take out what went from the files of dci/r1, unless something new took its place';
  expect(actsOf({ [path]: base }, { [path]: withVip })).toEqual([load]);
  expect(actsOf({ [path]: withVip }, { [path]: base })).toEqual([takeOut]);
});

/** What a file of each system says of two VIPs from two nodes. */
const listsOf: Readonly<Record<string, (vips: readonly string[], hops: readonly string[]) => string>> = {
  junos: (vips, hops) =>
    `prefix-list x {\n${vips.map((vip) => `    ${vip}/32;\n`).join('')}}\npolicy-statement y {\n    next-hop ${hops.length === 1 ? hops.join('') : `[ ${hops.join(' ')} ]`};\n    then accept;\n}\n`,
  iosxr: (vips, hops) =>
    `prefix-set x\n${vips.map((vip) => ` ${vip}/32`).join(',\n')}\nend-set\nroute-policy y\n if destination in x and next-hop in (${hops.join(', ')}) then\n  pass\n endif\nend-policy\n`,
  frr: (vips, hops) =>
    `${vips.map((vip, index) => `ip prefix-list x seq ${String(index)} permit ${vip}/32\n`).join('')}${hops.map((hop) => `ip prefix-list y seq 5 permit ${hop}/32\n`).join('')}`,
  eos: (vips) =>
    `ip prefix-list x\n${vips.map((vip, index) => `   seq ${String(index)} permit ${vip}/32\n`).join('')}!\n`,
};

describe.each(Object.entries(listsOf))('filters of %s', (system, text) => {
  const acts = (before: string, after: string): string[] =>
    actsOf({ [`routers/dci/r1.${system}.conf`]: before }, { [`routers/dci/r1.${system}.conf`]: after });
  const keep =
    'before: on dci/r1 add what is new, and keep what goes from filters and lists until the sync is over: loaded whole, a file may refuse an old VIP while MetalLB still tells it';
  const load = 'before: load the files of dci/r1: they have new statements';
  const takeOut = 'after: take out what went from the files of dci/r1, unless something new took its place';
  const hops = ['10.0.0.1'];

  it('keep a VIP that becomes another one until the sync is over', () => {
    expect(acts(text(['192.0.2.1'], hops), text(['192.0.2.9'], hops))).toEqual([keep, takeOut]);
    expect(acts(text(['192.0.2.1', '192.0.2.2'], hops), text(['192.0.2.1', '192.0.2.9'], hops))).toEqual([
      keep,
      takeOut,
    ]);
  });

  it('are loaded where only something new is let in, and left until afterwards where only something goes', () => {
    const more = text(['192.0.2.1', '192.0.2.2'], hops);
    expect(acts(text(['192.0.2.1'], hops), more)).toEqual([load]);
    expect(acts(text(['192.0.2.2'], hops), more)).toEqual([load]);
    expect(acts(text(['192.0.2.1', '192.0.2.2'], []), text(['192.0.2.1'], []))).toEqual([takeOut]);
  });
});

it.each(['junos', 'iosxr'])('a node more is a next hop more, and takes none away, on %s', (system) => {
  const text = listsOf[system] ?? expect.unreachable();
  const file = `routers/dci/r1.${system}.conf`;
  const [one, two] = [text(['192.0.2.1'], ['10.0.0.1']), text(['192.0.2.1'], ['10.0.0.1', '10.0.0.2'])];
  expect(actsOf({ [file]: one }, { [file]: two })).toEqual([
    'before: load the files of dci/r1: they have new statements',
  ]);
  expect(actsOf({ [file]: two }, { [file]: one })).toHaveLength(1);
});

/** A client's sessions with two sides, as each system writes them. */
const sessionsOf: Readonly<Record<string, (a: number, b: number) => string>> = {
  junos: (a, b) =>
    [a, b]
      .map(
        (ttl, index) =>
          `group meshrs-dci-evpn-${String(index)} {\n    multihop {\n        ttl ${String(ttl)};\n    }\n}\n`,
      )
      .join(''),
  iosxr: (a, b) =>
    `router bgp 1\n${[a, b].map((ttl, index) => ` neighbor 192.0.2.${String(index)}\n  ebgp-multihop ${String(ttl)}\n !\n`).join('')}`,
  frr: (a, b) =>
    `router bgp 1\n${[a, b].map((ttl, index) => ` neighbor 192.0.2.${String(index)} ebgp-multihop ${String(ttl)}\n`).join('')}`,
  eos: (a, b) =>
    `router bgp 1\n${[a, b].map((ttl, index) => `   neighbor 192.0.2.${String(index)} ebgp-multihop ${String(ttl)}\n`).join('')}`,
};

it.each(Object.entries(sessionsOf))(
  'where sessions with both sides change, on %s, those of one side are first',
  (system, text) => {
    const acts = (before: string, after: string): string[] =>
      actsOf({ [`routers/dci/c1.${system}.conf`]: before }, { [`routers/dci/c1.${system}.conf`]: after });
    const takeOut = 'after: take out what went from the files of dci/c1, unless something new took its place';
    expect(acts(text(5, 5), text(9, 9))).toEqual([
      'before: on dci/c1 load what changes in the sessions with one side, wait until they are up, and then the rest: all at once, no session with any side may be left',
      `${takeOut}, one side after the other: wait until the sessions of one are up before you touch those of the next`,
    ]);
    expect(acts(text(5, 5), text(5, 9))).toEqual([
      'before: load the files of dci/c1: they have new statements',
      takeOut,
    ]);
    expect(acts('', text(5, 5))).toEqual(['before: load the files of dci/c1: they have new statements']);
  },
);

/** Sessions with two sides from one interface or address, as each system writes them. */
const routersFrom: Readonly<Record<string, (address: string, loopback?: string) => string>> = {
  junos: (address) =>
    `interfaces {\n    lo0 {\n        address ${address}/32;\n    }\n}\n${['a', 'b'].map((side) => `group meshrs-dci-nodes-${side} {\n    local-address ${address};\n}\n`).join('')}`,
  iosxr: (address, loopback = 'Loopback100') =>
    `interface ${loopback}\n ipv4 address ${address} 255.255.255.255\n!\nrouter bgp 1\n${['a', 'b'].map((side) => ` neighbor-group meshrs-dci-nodes-${side}\n  update-source ${loopback}\n !\n`).join('')}`,
  frr: (address) =>
    `router bgp 1\n${['a', 'b'].map((side) => ` neighbor meshrs-dci-nodes-${side} update-source ${address}\n`).join('')}`,
  eos: (address, loopback = 'Loopback100') =>
    `interface ${loopback}\n   ip address ${address}/32\n!\nrouter bgp 1\n${['a', 'b'].map((side) => `   neighbor meshrs-dci-nodes-${side} update-source ${loopback}\n`).join('')}`,
};
const oneSideFirst = /^before: on dci\/r1 load what changes in the sessions with one side, wait until they are up/;
const oneAfterTheOther =
  /^after: take out what went from the files of dci\/r1, .* one side after the other: wait until /;

describe.each(Object.entries(routersFrom))(
  'an address from which sessions with both sides run, on %s,',
  (system, text) => {
    const acts = (before: string, after: string): string[] =>
      actsOf({ [`routers/dci/r1.${system}.conf`]: before }, { [`routers/dci/r1.${system}.conf`]: after });
    const namesInterface = system === 'iosxr' || system === 'eos';

    it('that changes is a change of all of them', () => {
      const [load, takeOut, ...more] = acts(text('192.0.2.1'), text('192.0.2.9'));
      expect(load).toMatch(
        namesInterface
          ? /^before: on dci\/r1 an interface changes from which the sessions with several sides run: .* another "anycastInterface"/
          : oneSideFirst,
      );
      expect(takeOut).toMatch(oneAfterTheOther);
      expect(more).toEqual([]);
    });

    it('that comes to an interface of its own is loaded for one side, and then for the other', () => {
      const [load, ...rest] = acts(text('192.0.2.1'), text('192.0.2.9', 'Loopback101'));
      expect(load).toMatch(oneSideFirst);
      expect(rest.filter((each) => /^before: .*(interface changes|load the files)/.test(each))).toEqual([]);
    });

    it('with one side alone is loaded as any other', () => {
      const ofOne = (address: string): string =>
        text(address).replace(
          /group meshrs-dci-nodes-b \{\n.*\n\}\n| +neighbor(?:-group)? meshrs-dci-nodes-b.*\n(?: {2}update.*\n !\n)?/,
          '',
        );
      expect(ofOne('192.0.2.1')).not.toContain('nodes-b');
      expect(acts(ofOne('192.0.2.1'), ofOne('192.0.2.9'))).toEqual([
        'before: load the files of dci/r1: they have new statements',
        'after: take out what went from the files of dci/r1, unless something new took its place',
      ]);
    });
  },
);

it.each([
  ['frr', ' neighbor meshrs-dci-nodes-a bfd\n neighbor meshrs-dci-nodes-b bfd\n'],
  ['iosxr', ' neighbor 192.0.2.1\n  bfd fast-detect\n !\n neighbor 192.0.2.2\n  bfd fast-detect\n !\n'],
  ['eos', ' neighbor 192.0.2.1 allowas-in 1\n neighbor 192.0.2.2 allowas-in 1\n'],
])('on %s what goes from sessions with both sides is taken out on one side after the other', (system, gone) => {
  const file = `routers/dci/r1.${system}.conf`;
  const rest = 'router bgp 1\n neighbor meshrs-dci-nodes-a passive\n neighbor meshrs-dci-nodes-b passive\n';
  const more = ' neighbor 192.0.2.1\n  passive\n neighbor 192.0.2.2\n  passive\n';
  const [act, ...others] = actsOf({ [file]: `${rest}${more}${gone}` }, { [file]: `${rest}${more}` });
  expect(act).toMatch(oneAfterTheOther);
  expect(others).toEqual([]);
});

/** A line at the end of a file of each system, or in it, which other sessions and routes count on. */
const ofOthers: readonly (readonly [system: string, without: string, line: string, named: string])[] = [
  ['frr', 'router bgp 1\n neighbor 192.0.2.1 passive\n', ' bgp router-id 192.0.2.9\n', 'bgp router-id'],
  ['frr', 'router bgp 1\n neighbor 192.0.2.1 passive\n', ' maximum-paths 4\n', 'maximum-paths'],
  ['eos', 'router bgp 1\n   neighbor 192.0.2.1 passive\n', '   router-id 192.0.2.9\n', 'router-id'],
  ['eos', 'router bgp 1\n   neighbor 192.0.2.1 passive\n', '   maximum-paths 4 ecmp 4\n', 'maximum-paths'],
  ['eos', 'router bgp 1\n   vrf DCI\n      neighbor 192.0.2.1 passive\n', '      router-id 192.0.2.9\n', 'router-id'],
  ['eos', 'interface Loopback100\n', 'vrf instance DCI\n', 'vrf instance'],
  ['iosxr', 'router bgp 1\n neighbor 192.0.2.1\n  passive\n', ' bgp router-id 192.0.2.9\n', 'bgp router-id'],
  ['iosxr', 'router bgp 1\n address-family ipv4 unicast\n', '  maximum-paths ebgp 4\n', 'maximum-paths ebgp'],
  ['iosxr', 'router bgp 1\n vrf DCI\n', '  rd 192.0.2.1:1\n', 'rd'],
  ['iosxr', 'router bgp 1\n address-family l2vpn evpn\n', '  retain route-target all\n', 'retain route-target all'],
  ['junos', 'protocols {\n}\n', 'routing-options {\n    router-id 192.0.2.9;\n}\n', 'router-id'],
  ['junos', 'routing-instances {\n    DCI {\n', '        routing-options {\n            multipath;\n', 'multipath'],
  ['junos', 'interfaces {\n    lo0 {\n', '        address 192.0.2.1/32 {\n            primary;\n', 'primary'],
];

it.each(ofOthers)('on %s, %j without %j is not taken out: "%s" acts on all', (system, without, line, named) => {
  const file = `routers/dci/r1.${system}.conf`;
  expect(actsOf({ [file]: `${without}${line}` }, { [file]: without })).toEqual([
    `after: on dci/r1 leave "${named}", though the files have them no more: they act on more than the sessions of these files, some of them on every session at once`,
  ]);
  const session = system === 'junos' ? '}\ngroup meshrs-dci-nodes-a {\n    passive;\n' : 'bfd\n profile x\n';
  const [takeOut = '', leave = '', ...more] = actsOf({ [file]: `${without}${line}${session}` }, { [file]: without });
  expect(takeOut).toBe('after: take out what went from the files of dci/r1, unless something new took its place');
  expect(leave).toMatch(new RegExp(`^after: on dci/r1 leave .*"${named}"`));
  expect(more).toEqual([]);
});

/** A policy of ours at what is somebody else's, and the policy. */
const attachments: readonly (readonly [system: string, attach: string, policy: string, named: string])[] = [
  [
    'frr',
    'router bgp 1\n address-family ipv4 unicast\n  neighbor UNDERLAY route-map meshrs-dci-underlay out\n exit-address-family\n',
    'ip prefix-list meshrs-dci-anycast seq 5 permit 192.0.2.1/32\nroute-map meshrs-dci-underlay deny 10\n match ip address prefix-list meshrs-dci-anycast\n',
    'neighbor UNDERLAY route-map meshrs-dci-underlay out',
  ],
  [
    'frr',
    'router ospf\n redistribute bgp route-map meshrs-dci-vips\n',
    'route-map meshrs-dci-vips permit 10\n',
    'redistribute bgp route-map meshrs-dci-vips',
  ],
  [
    'eos',
    'router bgp 1\n   neighbor UNDERLAY route-map meshrs-dci-underlay out\n',
    'route-map meshrs-dci-underlay permit 20\n',
    'neighbor UNDERLAY route-map meshrs-dci-underlay out',
  ],
  [
    'eos',
    'router bgp 1\n   vrf DCI\n      redistribute connected route-map meshrs-dci-underlay\n',
    'route-map meshrs-dci-underlay permit 20\n',
    'redistribute connected route-map meshrs-dci-underlay',
  ],
  [
    'iosxr',
    'router bgp 1\n neighbor-group UNDERLAY\n  address-family ipv4 unicast\n   route-policy meshrs-dci-underlay out\n',
    'prefix-set meshrs-dci-vips-a\n 192.0.2.1/32\nend-set\nroute-policy meshrs-dci-underlay\n if destination in meshrs-dci-vips-a then\n',
    'route-policy meshrs-dci-underlay out',
  ],
  [
    'iosxr',
    'vrf DCI\n address-family ipv4 unicast\n  export route-policy meshrs-dci-vrf-export\n',
    'route-policy meshrs-dci-vrf-export\n drop\n',
    'export route-policy meshrs-dci-vrf-export',
  ],
  [
    'junos',
    'protocols {\n    bgp {\n        group UNDERLAY {\n            export meshrs-dci-underlay;\n        }\n    }\n}\n',
    'policy-options {\n    prefix-list meshrs-dci-vips-a {\n        192.0.2.1/32;\n    }\n    policy-statement meshrs-dci-underlay {\n        prefix-list meshrs-dci-vips-a;\n    }\n}\n',
    'export meshrs-dci-underlay',
  ],
  [
    'junos',
    'routing-instances {\n    DCI {\n        vrf-export [ meshrs-dci-vrf-export meshrs-dci-vrf-export-rest ];\n    }\n}\n',
    'policy-options {\n    policy-statement meshrs-dci-vrf-export {\n        then reject;\n    }\n}\n',
    'vrf-export [ meshrs-dci-vrf-export meshrs-dci-vrf-export-rest ]',
  ],
];

it.each(attachments)('on %s, %j stays with what it names', (system, attach, policy, named) => {
  const file = `routers/dci/r1.${system}.conf`;
  const leave = `after: on dci/r1 leave "${named}" where they stand, and all that they name: the group, process or VRF is not of these files, and without its policy it may tell the anycast address, or nothing`;
  const header = attach
    .split('\n')
    .filter((line) => !line.includes('meshrs-'))
    .join('\n');
  expect(actsOf({ [file]: `${policy}${attach}` }, { [file]: `${header}\n` })).toEqual([leave]);
  const rest = 'route-map meshrs-dci-in-a permit 10\n';
  const takeOut = 'after: take out what went from the files of dci/r1, unless something new took its place';
  expect(actsOf({ [file]: `${rest}${policy}${attach}` }, { [file]: `${header}\n` })).toEqual([takeOut, leave]);
});

it('a policy that takes the place of another one is neither left nor taken out', () => {
  const file = 'routers/dci/r1.eos.conf';
  const at = (name: string): string => `router bgp 1\n   neighbor UNDERLAY route-map ${name} out\n`;
  expect(actsOf({ [file]: at('meshrs-dci-one') }, { [file]: at('meshrs-dci-two') })).toEqual([
    'before: load the files of dci/r1: they have new statements',
  ]);
});

it('a new file is loaded, one that goes is taken out', () => {
  expect(actsOf({}, { [path]: base })).toEqual(['before: load the files of dci/r1: they have new statements']);
  expect(actsOf({ [path]: base }, {})).toEqual([
    'after: take out what went from the files of dci/r1, unless something new took its place',
  ]);
});

it('a line that stands there once more is new, too', () => {
  expect(actsOf({ [path]: base }, { [path]: `${base}prefix-list x {\n}\n` })).toHaveLength(1);
});

it('a neighbor that moves to another group comes there, and goes here', () => {
  const groups = (a: string, b: string): string =>
    `group meshrs-dci-nodes-a {\n${a}    passive;\n}\ngroup meshrs-dci-nodes-b {\n${b}    passive;\n}\n`;
  const neighbor = '    neighbor 192.0.2.1;\n';
  expect(actsOf({ [path]: groups(neighbor, '') }, { [path]: groups('', neighbor) })).toHaveLength(2);
});

it.each([
  ['comments', { [path]: base }, { [path]: base.replace('# head', '# other head') }],
  ['the page about them', { 'routers/dci/README.md': 'one' }, { 'routers/dci/README.md': 'two' }],
  ['files of other folders', { 'overlays/dci/x.yaml': 'one' }, { 'overlays/dci/x.yaml': 'two' }],
  [
    'the same files in another order',
    { [path]: base, 'routers/a.frr.conf': 'x' },
    { 'routers/a.frr.conf': 'x', [path]: base },
  ],
])('nothing is to be done of %s', (_, before, after) => {
  expect(actsOf(before, after)).toEqual([]);
});

it('of many the first are named, and the command shows all', () => {
  const many = Object.fromEntries(
    Array.from({ length: 30 }, (_, index) => [`routers/dci/r${String(index + 10)}.frr.conf`, base]),
  );
  const [act] = routerActs(treeOf({}), treeOf(many), 'main');
  expect(act && describeAct(act)).toBe(
    '    before this is merged: load the files of dci/r10, dci/r11, dci/r12, dci/r13, dci/r14, dci/r15, dci/r16, dci/r17, dci/r18, dci/r19, dci/r20 and 19 more: they have new statements\n        git diff main -- routers',
  );
});
