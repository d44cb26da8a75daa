import { address } from '@meshrs/network/test-data';
import { sessionStates, type SessionState } from '@meshrs/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isCrowded, lookAtCrowd, mostClearedALook, nobodyWaits, type RangeNeighbor } from './range-crowd.ts';

describe('a connection from a range that becomes no session', () => {
  it.each([
    ['while less than half of the places are taken', 4, 3_600_000, 0],
    ['while half are taken, before its time', 5, 19_999, 0],
    ['while half are taken, at its time', 5, 20_000, 5],
    ['while most are taken, before its time', 8, 19_999, 0],
    ['while nearly all are taken, before the shorter time', 9, 9999, 0],
    ['while nearly all are taken, at the shorter time', 9, 10_000, 9],
    ['while all are taken', 10, 10_000, 10],
  ])('%s (%d of 10, after %d ms)', (_, count, waitedMs, overdue) => {
    const range = { neighbors: crowd(count), limit: 10 };
    const { book } = lookAtCrowd(nobodyWaits, range, 1000);

    expect(lookAtCrowd(book, range, 1000 + waitedMs).overdue).toHaveLength(overdue);
  });

  it.each<[SessionState, number]>([
    ['idle', 1],
    ['connect', 1],
    ['active', 1],
    ['open-sent', 1],
    ['open-confirm', 1],
    ['established', 0],
    ['clearing', 0],
    ['shutdown', 0],
    ['unknown', 0],
  ])('in state %s', (state, overdue) => {
    const range = { neighbors: [neighbor(1, { state })], limit: 1 };
    const { book } = lookAtCrowd(nobodyWaits, range, 0);

    expect(lookAtCrowd(book, range, 60_000).overdue).toHaveLength(overdue);
  });

  it('has its time anew when it says something, and when it was gone or a session in between', () => {
    const open = { limit: 1, neighbors: [neighbor(1)] };
    const { book } = lookAtCrowd(nobodyWaits, open, 0);
    const spoken = { limit: 1, neighbors: [neighbor(1, { state: 'open-confirm', receivedMessages: 1 })] };
    expect(lookAtCrowd(book, spoken, 60_000).overdue).toEqual([]);
    for (const between of [[], [neighbor(1, { state: 'established', receivedMessages: 3 })]]) {
      const { book: after } = lookAtCrowd(book, { limit: 1, neighbors: between }, 30_000);
      expect(lookAtCrowd(after, open, 60_000).overdue).toEqual([]);
    }
  });

  it('goes in order of how long it waits, a bounded number a look', () => {
    const first = { limit: 2000, neighbors: [neighbor(1500)] };
    const { book } = lookAtCrowd(nobodyWaits, first, 0);
    const all = { limit: 2000, neighbors: crowd(2000) };
    const { book: later } = lookAtCrowd(book, all, 1);
    const { overdue } = lookAtCrowd(later, all, 60_000);

    expect(overdue).toHaveLength(mostClearedALook);
    expect(overdue[0]).toBe(neighbor(1500).address);
  });

  it('is never one that is established in that look, whatever came before', () => {
    const looks = fc.array(
      fc.record({
        wait: fc.integer({ min: 0, max: 100_000 }),
        states: fc.array(fc.constantFrom(...sessionStates), { minLength: 1, maxLength: 12, size: 'max' }),
      }),
      { minLength: 1, maxLength: 20, size: 'max' },
    );
    fc.assert(
      fc.property(looks, (all) => {
        let book = nobodyWaits;
        let now = 0;
        for (const { wait, states } of all) {
          now += wait;
          const neighbors = states.map((state, index) => neighbor(index, { state }));
          const looked = lookAtCrowd(book, { neighbors, limit: 12 }, now);
          book = looked.book;
          const up = new Set(neighbors.filter(({ state }) => state === 'established').map((one) => one.address));
          expect(looked.overdue.filter((one) => up.has(one))).toEqual([]);
          expect(book.size).toBeLessThanOrEqual(neighbors.length);
        }
      }),
    );
  });
});

it.each([
  [49, 100, false],
  [50, 100, true],
  [100, 100, true],
])('%d of %d places taken are scarce: %s', (neighbors, limit, expected) => {
  expect(isCrowded({ neighbors, limit })).toBe(expected);
});

function crowd(count: number): readonly RangeNeighbor[] {
  return Array.from({ length: count }, (_, index) => neighbor(index));
}

function neighbor(index: number, more: Partial<RangeNeighbor> = {}): RangeNeighbor {
  const at = address(`192.168.${String(index >> 8)}.${String(index & 255)}`);
  return { address: at, state: 'open-sent', receivedMessages: 0, ...more };
}
