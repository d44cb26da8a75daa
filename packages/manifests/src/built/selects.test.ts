import { expect, test } from 'vitest';
import { mayShareNodes } from './selects.ts';

const wants = (matchLabels: Record<string, string>) => [{ matchLabels, matchExpressions: [] }];

test.each([
  ['one value of one label', { side: 'a' }, { side: 'a' }, true],
  ['two values of one label', { side: 'a' }, { side: 'b' }, false],
  ['one value of two labels that are alike', { side: 'a' }, { 'x/side': 'a' }, true],
  ['two values of two labels that are alike', { side: 'a' }, { 'x/side': 'b' }, false],
  ['two values of two labels', { side: 'a' }, { rack: 'b' }, true],
])('nodes of %s', (_, one, other, expected) => {
  expect(mayShareNodes(wants(one), wants(other), ['side', 'x/side'])).toBe(expected);
});

test('labels are alike only where it is said', () => {
  expect(mayShareNodes(wants({ side: 'a' }), wants({ 'x/side': 'b' }))).toBe(true);
});
