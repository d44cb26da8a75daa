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
      .map((ttl, index) => `group side-${String(index)} {\n    multihop {\n        ttl ${String(ttl)};\n    }\n}\n`)
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
      takeOut,
    ]);
    expect(acts(text(5, 5), text(5, 9))).toEqual([
      'before: load the files of dci/c1: they have new statements',
      takeOut,
    ]);
    expect(acts('', text(5, 5))).toEqual(['before: load the files of dci/c1: they have new statements']);
  },
);

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
  const groups = (a: string, b: string): string => `group a {\n${a}    passive;\n}\ngroup b {\n${b}    passive;\n}\n`;
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
