import { columnsOf, createClientBook, type SeenSession } from '@meshrs/contract';
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

const client = (at: string): SeenSession => ({
  ...{ address: address(at), kind: 'range-client', state: 'established', uptimeSeconds: 900, receivedPrefixes: 5 },
  ...{ sentPrefixes: 5, receivedMessages: 10, endOfRib: { received: true, sent: true } },
});
const both = [client('192.0.2.8'), client('192.0.2.9')];
const has = (...clients: readonly SeenSession[]): ClientsSight => {
  const { reading, ...rest } = sight();
  if (reading.kind !== 'read') throw new Error('it is read');
  return { ...rest, reading: { ...reading, clients: columnsOf(book, clients) } };
};
const noEndOfRib = { received: false, sent: true };
const self = address('192.0.2.1');
const hold = { id: 'of b', leftMs: 60_000, waitsFor: [{ routerId: self, id: 'mine' }] };

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

  it('takes the one at its own address alone, whatever others say of it', () => {
    const itself = told({ sight: { ...sight(), name: '192.0.2.2' } });
    const other = told({ isLeaving: true, draining: 'rs-b-0' });
    expect(agreed([other, itself, told()])).toEqual([itself]);
  });

  it.each([
    ['their pods', { sight: sight(0, 'rs-x-0') }],
    ['what they know', { sight: { ...sight(), reading: { kind: 'stale', why: 'busy' } } as const }],
    ['who their clients are, and not how many', { sight: has(client('192.0.2.9'), client('192.0.2.7')) }],
    ['a session that is not up', { sight: has(client('192.0.2.8'), { ...client('192.0.2.9'), state: 'active' }) }],
    ['routes', { sight: has(client('192.0.2.8'), { ...client('192.0.2.9'), receivedPrefixes: 4 }) }],
    ['End-of-RIB', { sight: has(client('192.0.2.8'), { ...client('192.0.2.9'), endOfRib: noEndOfRib }) }],
    ['a drain', { sight: has(...both), isLeaving: true, draining: 'rs-b-0' }],
    ['settings that reset sessions', { sight: has(...both), resetting: 'rs-b-0' }],
    ['whom they let go', { sight: has(...both), hold: { ...hold, waitsFor: [{ routerId: self, id: 'other' }] } }],
    ['their time', { sight: has(...both), hold: { ...hold, leftMs: 54_999 } }],
  ] satisfies [string, Partial<ToldByOther>][])('knows nothing where two differ in %s', (_, changes) => {
    const it = told({ sight: has(...both), hold });
    for (const group of [
      [it, { ...it, ...changes }],
      [{ ...it, ...changes }, it],
    ]) {
      const seen = agreed(group);
      expect(seen).toMatchObject(
        group.map(() => ({
          sight: { reading: { kind: 'stale', why: 'agents at b, b say that they are 192.0.2.2, and differ' } },
          ...{ isLeaving: false, hold: { id: 'of b', waitsFor: [] } },
        })),
      );
      expect(seen.some(({ draining, resetting }) => draining !== undefined || resetting !== undefined)).toBe(false);
    }
  });

  it('takes two that tell the same clients in another order, at another moment of their uptimes', () => {
    const later = both.toReversed().map((each) => ({ ...each, uptimeSeconds: 1000 }));
    const group = [
      told({ sight: has(...both), hold }),
      told({ sight: has(...later), hold: { ...hold, leftMs: 59_000 } }),
    ];
    expect(agreed(group)).toEqual(group);
  });
});
