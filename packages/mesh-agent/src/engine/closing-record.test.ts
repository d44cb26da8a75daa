import type { EngineChange } from '@meshrs/contract';
import { address } from '@meshrs/network/test-data';
import { describe, expect, it } from 'vitest';
import { createClosingRecord } from './closing-record.ts';

const minute = 60_000;
const [one, two] = [address('192.168.1.1'), address('192.168.1.2')];
const groupReset: EngineChange = { kind: 'group-changed', group: 'G', resets: 'group' };
const cleared: EngineChange = { kind: 'neighbor-added', subject: one, resets: 'neighbor' };

describe('the record of closings', () => {
  it('keeps those in a row, ten minutes from one to the next, and at most the last ten of an address', () => {
    const record = createClosingRecord();
    record.note(one, 0);
    record.note(two, 1);
    record.note(two, minute);
    expect([...record.recent(10 * minute)]).toEqual([
      [one, [0]],
      [two, [1, minute]],
    ]);
    expect([...record.recent(10 * minute + 2)]).toEqual([[two, [1, minute]]]);
    for (let time = 0; time < 20; time++) record.note(one, 11 * minute + time);
    expect(record.recent(11 * minute + 20).get(one)).toEqual(
      Array.from({ length: 10 }, (_, at) => 11 * minute + 10 + at),
    );
  });

  it('keeps 10000 addresses, and forgets first who was closed longest ago', () => {
    const record = createClosingRecord();
    record.note(one, 0);
    for (let index = 0; index < 9999; index++) {
      record.note(address(`10.0.${String(index >> 8)}.${String(index & 255)}`), 1);
    }
    record.note(one, 2);
    record.note(two, 3);
    const recent = record.recent(3);
    expect(recent.size).toBe(10_000);
    expect([recent.has(one), recent.has(two), recent.has(address('10.0.0.0'))]).toEqual([true, true, false]);
  });

  it('forgets who has another explanation', () => {
    const record = createClosingRecord();
    record.note(one, 0);
    record.note(two, 0);
    record.forget([one]);
    expect([...record.recent(0).keys()]).toEqual([two]);
  });

  it('disregards what a change of its own closed, of a neighbor or of many, until the news of it has come', () => {
    for (const [change, isOfMany] of [
      [groupReset, true],
      [cleared, false],
    ] as const) {
      const record = createClosingRecord();
      record.note(one, 99);
      record.note(one, 100);
      record.note(two, 100);
      record.disregard([change], 100, 200);
      record.note(one, 10_199);
      record.note(two, 10_199);
      expect([...record.recent(10_199)]).toEqual(
        isOfMany
          ? [[one, [99]]]
          : [
              [two, [100, 10_199]],
              [one, [99]],
            ].reverse(),
      );
      record.note(one, 10_200);
      expect(record.recent(10_200).get(one)).toEqual([99, 10_200]);
    }
  });

  it('disregards nothing for changes that close no session, or another one’s', () => {
    const record = createClosingRecord();
    record.note(two, 100);
    record.disregard([{ ...groupReset, resets: 'none' }, cleared], 0, 200);
    record.disregard([], 0, 200);
    record.note(two, 201);
    expect([...record.recent(201)]).toEqual([[two, [100, 201]]]);
  });
});
