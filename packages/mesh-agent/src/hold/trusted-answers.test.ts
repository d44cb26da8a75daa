import { columnsOf, createClientBook } from '@meshrs/contract';
import type { ClientsSight } from '@meshrs/gate';
import { address } from '@meshrs/network/test-data';
import { describe, expect, it } from 'vitest';
import { agreed, isRepeated, readSince, type SaidBefore, type ToldByOther } from './trusted-answers.ts';

const book = createClientBook();
const sight = (ageMs = 0, identity = 'rs-b-0'): ClientsSight => ({
  ...{ name: 'b', side: 'elsewhere', identity, isTerminating: false, isForeign: false },
  reading: {
    ...{ kind: 'read', isDraining: false, ageMs, clients: columnsOf(book, []), unchangedSeconds: 0, passedOver: [] },
  },
});
const told = (changes: Partial<ToldByOther> = {}): ToldByOther => ({
  ...{ sight: sight(), routerId: address('192.0.2.2'), isEarlier: false, hold: undefined },
  ...{ isAsking: true, isLeaving: false, ...changes },
});

describe('readSince', () => {
  it.each([
    [10_000, 0, 'read'],
    [10_000, 1000, 'read'],
    [10_000, 1001, 'stale'],
    [10_000, 9000, 'stale'],
  ])('at %d of an engine that was read %d ms ago, for one that waits since 9000: %s', (nowMs, ageMs, kind) => {
    expect(readSince(sight(ageMs), { nowMs, sinceMs: 9000 }).reading.kind).toBe(kind);
  });

  it('leaves what is not known as it is', () => {
    const unread = { ...sight(), reading: { kind: 'unreadable', why: 'no answer' } } as const;
    expect(readSince(unread, { nowMs: 10_000, sinceMs: 20_000 })).toBe(unread);
  });
});

describe('isRepeated', () => {
  it('takes the same answer for a second, and a newer one always', () => {
    const said: SaidBefore = new Map();
    const at = '2026-01-01T00:00:00.000Z';
    expect(isRepeated(said, '192.0.2.2', at, 0)).toBe(false);
    expect(isRepeated(said, '192.0.2.2', at, 1100)).toBe(false);
    expect(isRepeated(said, '192.0.2.3', at, 1200)).toBe(false);
    expect(isRepeated(said, '192.0.2.2', at, 1101)).toBe(true);
    expect(isRepeated(said, '192.0.2.2', at, 60_000)).toBe(true);
    expect(isRepeated(said, '192.0.2.2', '2026-01-01T00:00:01.000Z', 60_000)).toBe(false);
  });
});

describe('agreed', () => {
  it('leaves one answer of each, and two that say the same', () => {
    const silent = told({ routerId: undefined });
    const all = [told(), told(), told({ routerId: address('192.0.2.3') }), silent, silent];
    expect(agreed(all)).toHaveLength(all.length);
    expect(agreed(all)).toEqual(expect.arrayContaining(all));
  });

  it('lets the one count that leaves, in whatever order', () => {
    const leaving = told({ isLeaving: true });
    expect(agreed([told(), leaving])).toEqual([leaving]);
    expect(agreed([leaving, told(), told()])).toEqual([leaving]);
  });

  it.each([
    ['their pods', told({ sight: sight(0, 'rs-x-0') })],
    ['what they know', told({ sight: { ...sight(), reading: { kind: 'stale', why: 'busy' } } })],
  ])('knows nothing where two differ in %s', (_, other) => {
    const kinds = agreed([told(), other]).map(({ sight: { reading } }) => reading.kind);
    expect(kinds).toEqual(['stale', 'stale']);
  });
});
