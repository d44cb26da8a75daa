import { expect, it } from 'vitest';
import { isOfSettings } from './what-waits.ts';

it.each<[string, Parameters<typeof isOfSettings>[0], boolean]>([
  ['a drain alone', { for: ['drain'] }, false],
  ['settings alone', { for: ['settings'] }, true],
  ['both', { for: ['drain', 'settings'] }, true],
  ['what is not known here', { for: ['drain', 'unknown'] }, true],
  ['what an agent of before does not tell', {}, true],
  ['nothing that it names', { for: [] }, true],
])('of a route server that waits for %s is known whether it is of its settings', (_, told, expected) => {
  expect(isOfSettings(told)).toBe(expected);
});
