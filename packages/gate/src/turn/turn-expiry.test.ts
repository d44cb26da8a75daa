import type { OpenTurn } from '@meshrs/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeTurn } from './describe-turn.ts';
import { careForTurn } from './turn-expiry.ts';

const times = { everyMs: 60_000, spreadMs: 10_000, random: 0.5 };
const open: OpenTurn = {
  state: 'open',
  open: 'b',
  until: '2026-11-27T08:00:00Z',
  by: 'gate',
  reason: 'sync',
  nodes: [],
};

describe('an agent', () => {
  it.each([
    ['closes a turn whose time is over', open, 0, { kind: 'close', open: 'b', by: 'gate', overdueMs: 0 }],
    ['whoever opened it', { ...open, by: 'alice' }, -3_600_000, { kind: 'close', by: 'alice', overdueMs: 3_600_000 }],
    ['leaves one that still has time', open, 1, { kind: 'wait', milliseconds: 5001 }],
    ['looks again when the time is over', open, 20_000, { kind: 'wait', milliseconds: 25_000 }],
    ['looks again before, too', open, 3_600_000, { kind: 'wait', milliseconds: 60_000 }],
    ['leaves a closed one', { state: 'closed' }, -1, { kind: 'wait', milliseconds: 60_000 }],
    ['leaves one that it cannot read', { state: 'unknown', why: 'x' }, -1, { kind: 'wait' }],
    ['goes by no other clock than the API server’s', open, undefined, { kind: 'wait', milliseconds: 60_000 }],
  ] as const)('%s', (_, turn, msLeft, care) => {
    expect(careForTurn(turn, msLeft, times)).toMatchObject(care);
  });

  it('never closes before the end, looks within the time between looks after it, and never turns without a pause', () => {
    const ms = fc.integer({ min: -7_200_000, max: 7_200_000 });
    fc.assert(
      fc.property(ms, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (sinceEndMs, random) => {
        const care = careForTurn(open, -sinceEndMs, { ...times, random });
        expect(care.kind).toBe(sinceEndMs >= 0 ? 'close' : 'wait');
        if (care.kind === 'close') return;
        expect(care.milliseconds).toBeGreaterThan(0);
        expect(care.milliseconds).toBeLessThanOrEqual(1.5 * times.everyMs);
        expect(care.milliseconds).toBeLessThanOrEqual(-sinceEndMs + times.spreadMs);
        // It does not look in vain just before the end.
        expect(care.milliseconds).toBeGreaterThanOrEqual(Math.min(-sinceEndMs, times.everyMs / 2));
      }),
    );
  });
});

describe('a turn in words', () => {
  it.each([
    [{ state: 'closed' }, 'closed'],
    [open, 'open for side b, by gate until 2026-11-27T08:00:00Z: sync'],
    [{ state: 'unknown', why: 'there is none' }, 'not known (there is none)'],
  ] as const)('%j', (turn, words) => {
    expect(describeTurn(turn)).toBe(words);
  });
});
