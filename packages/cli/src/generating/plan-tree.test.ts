import { expect, test } from 'vitest';
import { formatRecord, recordPath } from '../repository/generated-record.ts';
import { planTree, recordOf } from './plan-tree.ts';
import type { Tree } from '../repository/tree.ts';

const before = treeOf({ 'base/a.yaml': 'a\n', 'base/b.yaml': 'b\n' });
const record = recordOf(before);
const disk: Tree = new Map([...before, [recordPath, Buffer.from(formatRecord(record))]]);

test('nothing is planned when everything is as it was written', () => {
  expect(planTree(before, record, disk)).toEqual({
    writes: [],
    removals: [],
    unchanged: ['base/a.yaml', 'base/b.yaml'],
    problems: [],
  });
});

test('a changed file is written, a new one too, one that nobody wants is removed, the record comes last', () => {
  const plan = planTree(treeOf({ 'base/a.yaml': 'A\n', 'base/c.yaml': 'c\n' }), record, disk);

  expect(plan.writes.map(({ path }) => path)).toEqual(['base/a.yaml', 'base/c.yaml', recordPath]);
  expect(plan.removals).toEqual(['base/b.yaml']);
  expect(plan.problems).toEqual([]);
});

test('a file edited by hand is named, whether it would be overwritten or removed', () => {
  const edited = new Map([...disk, ['base/a.yaml', Buffer.from('mine\n')], ['base/b.yaml', Buffer.from('mine\n')]]);

  const { problems } = planTree(treeOf({ 'base/a.yaml': 'A\n' }), record, edited);

  expect(problems.map(({ code, where }) => [code, where])).toEqual([
    ['hand-edited', 'base/a.yaml'],
    ['hand-edited', 'base/b.yaml'],
  ]);
});

test('an edit that says what is wanted anyway is no problem', () => {
  const edited = new Map([...disk, ['base/a.yaml', Buffer.from('A\n')]]);

  const { problems, unchanged } = planTree(treeOf({ 'base/a.yaml': 'A\n', 'base/b.yaml': 'b\n' }), record, edited);

  expect(problems).toEqual([]);
  expect(unchanged).toEqual(['base/a.yaml', 'base/b.yaml']);
});

test('a file that nobody generated is not overwritten, and never removed', () => {
  const { problems, removals } = planTree(
    treeOf({ 'base/a.yaml': 'a\n', 'base/b.yaml': 'b\n', 'base/mine.yaml': 'new\n' }),
    record,
    new Map([...disk, ['base/mine.yaml', Buffer.from('mine\n')], ['base/other.yaml', Buffer.from('other\n')]]),
  );

  expect(problems.map(({ code, where }) => [code, where])).toEqual([['not-owned', 'base/mine.yaml']]);
  expect(removals).toEqual([]);
});

test('a file that was deleted by hand is written again', () => {
  const without = new Map([...disk].filter(([path]) => path !== 'base/a.yaml'));

  expect(planTree(before, record, without)).toMatchObject({ writes: [{ path: 'base/a.yaml' }], problems: [] });
});

function treeOf(files: Readonly<Record<string, string>>): Tree {
  return new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)]));
}
