import { expect, test } from 'vitest';
import { count, listed } from './words.ts';

test.each([
  [0, 'none'],
  [1, 'a'],
  [2, 'a and b'],
  [6, 'a, b, c, d, e and f'],
  [7, 'a, b, c, d, e and 2 more'],
])('%i words are listed as "%s"', (number, text) => {
  expect(listed(['a', 'b', 'c', 'd', 'e', 'f', 'g'].slice(0, number))).toBe(text);
});

test('one thing is counted without an s', () => {
  expect([count(1, 'pod'), count(2, 'pod'), count(0, 'pod')]).toEqual(['1 pod', '2 pods', '0 pods']);
});
