import { describe, expect, it } from 'vitest';
import { nextLookMs } from './next-look.ts';

describe('the next look', () => {
  it.each<[string, number, number, boolean, readonly number[], number, number?]>([
    ['after its usual time', 5000, 1000, false, [1100], 1000],
    ['when the first one counts, of 500 route servers', 300, 20_000, false, [1100], 800],
    ['after its usual time, when that has passed', 1200, 20_000, false, [1100], 20_000],
    ['when it may answer a question', 9000, 20_000, true, [1100, 10_000], 1000],
    ['soon again, while a question is open', 10_500, 20_000, true, [1100, 10_000], 4000],
    ['soon again, before', 1500, 20_000, true, [1100, 10_000], 4000],
    [
      'when it may answer, where the usual one would still be under way then',
      4000,
      4800,
      true,
      [1100, 10_000],
      6000,
      4000,
    ],
    ['before that, where the usual one is over by then', 4000, 4800, true, [1100, 12_001], 4000, 4000],
    ['not in the middle of a millisecond before the moment', 9999.5, 20_000, true, [1100, 10_000], 1],
  ])('begins %s', (_, nowMs, everyMs, isAsk, moments, expected, tookMs = 0) => {
    expect(nextLookMs({ nowMs, tookMs, everyMs }, { isAsk, moments })).toBe(expected);
  });
});
