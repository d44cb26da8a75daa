import { describeAct } from '@meshrs/impact';
import { expect, it } from 'vitest';
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
  expect(actsOf({ [path]: base }, { [path]: base.replace('192.0.2.1', '192.0.2.9') })).toEqual([load, takeOut]);
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
