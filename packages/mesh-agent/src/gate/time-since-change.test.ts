import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTimeSinceChange } from './time-since-change.ts';

const side = (name: string) => ({ name, statefulSets: [`rs-${name}`], settings: `rs-${name}-settings` });
const elsewhere = { name: 'c', settingsRevision: '9b31', agents: [] };

function clockOf({ isMarked = true, startMs = 5000 } = {}) {
  const clock = { nowMs: startMs };
  const since = createTimeSinceChange({
    sides: [side('a'), side('b'), elsewhere],
    isMarked,
    nowMs: () => clock.nowMs,
  });
  return { clock, since };
}
const changes = (a: { changedAtMs: number | undefined; readAtMs: number | undefined }) => new Map([['a', a]]);

describe('the time since a side was changed', () => {
  it('is read off the clocks of API servers, less what these may differ by', () => {
    const { since } = clockOf();
    expect(since(changes({ changedAtMs: 1_000_000, readAtMs: 1_330_000 })).get('a')).toBe(30);
  });

  it.each([0, 15, 300, -300])(
    'is not more than it is where the one that tells it is %i s ahead of the one that wrote it',
    (skew) => {
      const { clock, since } = clockOf();
      const told = (agoMs: number) =>
        since(changes({ changedAtMs: 1e9, readAtMs: 1e9 + agoMs + skew * 1000 })).get('a');
      expect(told(2000)).toBeLessThanOrEqual(2);
      clock.nowMs += 7000;
      expect(told(9000)).toBeLessThanOrEqual(9);
      expect(told(9000)).toBeGreaterThanOrEqual(7);
    },
  );

  it('is no less than the gate has seen the change for, whatever that clock does meanwhile', () => {
    const { clock, since } = clockOf();
    expect(since(changes({ changedAtMs: 1_000_000, readAtMs: 700_000 })).get('a')).toBe(0);
    clock.nowMs += 12_000;
    expect(since(changes({ changedAtMs: 1_000_000, readAtMs: 700_000 })).get('a')).toBe(12);
    expect(since(changes({ changedAtMs: 1_000_000, readAtMs: undefined })).get('a')).toBe(12);
    expect(since(changes({ changedAtMs: 1_000_000, readAtMs: 1_320_000 })).get('a')).toBe(20);
    // Another change: counted from here.
    expect(since(changes({ changedAtMs: 1_000_001, readAtMs: undefined })).get('a')).toBe(0);
  });

  it('counts from when the gate first saw it where nothing tells when it was', () => {
    const { clock, since } = clockOf();
    expect(since(changes({ changedAtMs: undefined, readAtMs: 1_000_000 })).get('a')).toBe(0);
    clock.nowMs += 3000;
    expect(since(changes({ changedAtMs: undefined, readAtMs: 1_000_000 })).get('a')).toBe(3);
  });

  it('is endless for a side that has no objects, and for none in another cluster', () => {
    const { clock, since } = clockOf();
    clock.nowMs += 4000;
    expect(Object.fromEntries(since(new Map()))).toEqual({ a: Infinity, b: Infinity, c: 4 });
  });

  it('is never more than the gate has run where the StatefulSets bear no mark', () => {
    const { clock, since } = clockOf({ isMarked: false });
    clock.nowMs += 4000;
    expect(since(changes({ changedAtMs: 1_000_000, readAtMs: 2_000_000 })).get('a')).toBe(4);
  });

  it('does not depend on the clock of the gate’s node: it has none', () => {
    fc.assert(
      fc.property(fc.nat(1e9), fc.integer({ min: -1e7, max: 1e7 }), fc.nat(1e6), (startMs, ageMs, laterMs) => {
        const told = () => changes({ changedAtMs: 1e9, readAtMs: 1e9 + ageMs });
        const seconds = (start: number) => {
          const { clock, since } = clockOf({ startMs: start });
          const first = since(told()).get('a');
          clock.nowMs += laterMs;
          return [first, since(told()).get('a')];
        };
        expect(seconds(startMs)).toEqual(seconds(0));
      }),
    );
  });
});
