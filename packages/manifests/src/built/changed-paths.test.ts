import { describe, expect, it } from 'vitest';
import { changedPaths, describeChanges } from './changed-paths.ts';

describe('changedPaths', () => {
  it.each([
    ['nothing', { a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, []],
    ['the smallest part', { a: [1, { b: 2 }] }, { a: [1, { b: 3 }] }, ['a[1].b: 2 -> 3']],
    ['what is gone and what is new', { a: 1 }, { b: 1 }, ['a removed', 'b added']],
    ['a list where a mapping was', { a: { 0: 'x' } }, { a: ['x'] }, ['a: {"0":"x"} -> ["x"]']],
    ['a mapping where a list was', { a: [] }, { a: {} }, ['a: [] -> {}']],
    ['null where nothing was', {}, { a: null }, ['a added']],
  ])('finds %s', (_, before, after, changes) => {
    expect(changedPaths(before, after).map((change) => describeChanges([change]))).toEqual(changes);
  });
});

describe('describeChanges', () => {
  const change = (index: number) => ({ path: `p${String(index)}`, before: '1', after: '2' });

  it('names three, and counts the rest', () => {
    expect(describeChanges([1, 2, 3].map(change))).toBe('p1: 1 -> 2, p2: 1 -> 2, p3: 1 -> 2');
    expect(describeChanges([1, 2, 3, 4].map(change))).toBe('p1: 1 -> 2, p2: 1 -> 2, p3: 1 -> 2 and 1 more');
    expect(describeChanges([1, 2, 3, 4, 5].map(change))).toBe('p1: 1 -> 2, p2: 1 -> 2, p3: 1 -> 2 and 2 more');
  });

  it('does not show long values', () => {
    expect(describeChanges([{ path: 'p', before: 'x'.repeat(80), after: 'y'.repeat(80) }])).toContain(' -> ');
    expect(describeChanges([{ path: 'p', before: 'x'.repeat(81), after: 'y'.repeat(80) }])).toBe('p changed');
  });
});
