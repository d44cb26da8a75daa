import { expect, test } from 'vitest';
import { since } from './format.ts';

test.each([
  [12_000, '12s'],
  [247_000, '4m07s'],
  [7_380_000, '2h03m'],
])('%d milliseconds are %s', (passed, text) => {
  expect(since(1_000_000, 1_000_000 + passed)).toBe(text);
});

test('what is not up has no time', () => {
  expect(since(undefined, 0)).toBe('-');
});
