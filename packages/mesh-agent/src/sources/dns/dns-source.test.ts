import { describe, expect, it } from 'vitest';
import { nextLookSeconds } from './dns-source.ts';

describe('nextLookSeconds', () => {
  it.each([
    ['the time to live', 5, 30, 5],
    ['a second for records that live none: no name server is asked without pause', 0, 30, 1],
    ['a second at least, whatever the settings say', 0, 0, 1],
    ['a second where the settings say less', 5, 0.3, 1],
    ['the longest time for records that live longer', 86_400, 30, 30],
    ['the longest time where there are no records', undefined, 30, 30],
    ['the time to live that equals the longest time', 30, 30, 30],
  ])('is %s', (_, ttlSeconds, updateSeconds, seconds) => {
    expect(nextLookSeconds(ttlSeconds, updateSeconds)).toBe(seconds);
  });
});
