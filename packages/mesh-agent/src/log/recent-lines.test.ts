import { expect, it } from 'vitest';
import { createRecentLines } from './recent-lines.ts';

it('keeps the last lines, oldest first, within number and size', () => {
  const recent = createRecentLines({ lines: 3, characters: 20 });
  expect(recent.list()).toEqual([]);
  for (let line = 0; line < 100; line++) recent.add(String(line));
  expect(recent.list()).toEqual(['97', '98', '99']);
  recent.add('x'.repeat(17));
  expect(recent.list()).toEqual(['99', 'x'.repeat(17)]);
  recent.add('y'.repeat(21));
  expect(recent.list()).toEqual([]);
  recent.add('z');
  expect(recent.list()).toEqual(['z']);
});
