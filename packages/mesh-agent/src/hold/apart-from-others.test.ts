import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isBestNow } from './apart-from-others.ts';

const enoughMs = 60_000;
/** Its part of 120 s is over after 60 s. */
const at = (nowSeconds: number, ...endSeconds: readonly number[]) =>
  isBestNow(
    endSeconds.map((end) => end * 1000),
    { nowMs: nowSeconds * 1000, untilMs: 120_000, enoughMs },
  );

describe('whose part of the time is over', () => {
  it.each<[string, number, readonly number[], boolean]>([
    ['nobody says anything', 60, [], true],
    ['another one ends when clients are back', 60, [120], true],
    ['another one ends long after that', 60, [500], true],
    ['another one has ended long ago', 60, [-10], true],
    ['another one ends now', 60, [60], false],
    ['another one ended a moment ago', 60, [50], false],
    ['clients of that one are back', 110, [50], true],
    ['another one ends sooner than half of that', 60, [80], false],
    ['and it has ended meanwhile', 95, [80], false],
    ['another one ends later than half of that', 60, [100], true],
    ['its own time is over', 120, [119], true],
    ['of two others one ends now, and one at its own end', 60, [60, 120], true],
    ['of two others one ends now, and one has ended', 60, [60, 20], false],
  ])('goes where %s: at %d s, others at %j', (_, nowSeconds, ends, isNow) => {
    expect(at(nowSeconds, ...ends)).toBe(isNow);
  });

  it('is half of the time that clients need apart from another one at least, whenever that one ends', () => {
    fc.assert(
      fc.property(fc.integer({ min: -100, max: 300 }), (end) => {
        let now = 60;
        while (!at(now, end)) now += 1;
        expect(now).toBeLessThanOrEqual(120);
        expect(Math.abs(now - end)).toBeGreaterThanOrEqual(29);
      }),
    );
  });

  it('ends at the end of its time at the latest, whatever anybody says', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1000, max: 1000 }), { maxLength: 20 }), (ends) => {
        expect(at(120, ...ends)).toBe(true);
      }),
    );
  });
});
