import { address, asn } from '@meshrs/network/test-data';
import { describe, expect, it } from 'vitest';
import { fromEntries, toEntries, type GuardRecord } from './guard-record.ts';

const now = 10_000_000;
const hour = 3_600_000;
const record: GuardRecord = {
  evictions: [
    {
      address: address('192.168.1.1'),
      group: 'MESHRR-CLIENTS',
      remoteAsn: asn(64999),
      reason: 'as-not-allowed',
      count: 3,
      since: now - 1,
      until: now + hour,
    },
    {
      address: address('2001:db8::1'),
      remoteRouterId: address('192.0.2.1'),
      reason: 'router-id-unknown',
      count: 1,
      since: now,
      until: now + 60_000,
    },
  ],
  past: [
    { address: address('192.168.1.8'), count: 1, until: now - 9 },
    { address: address('192.168.1.9'), count: 2, until: now - 5 },
  ],
  pins: [
    {
      address: address('192.168.1.2'),
      group: 'MESHRR-CLIENTS',
      sinceMs: 1,
      closedAtMs: 2,
      closedCount: 3,
      isLeaving: false,
    },
  ],
};

describe('the guard’s record', () => {
  it('is read as it was written, also through JSON', () => {
    expect(fromEntries(JSON.parse(JSON.stringify(toEntries(record))), now)).toEqual(record);
    expect(fromEntries([], now)).toEqual({ evictions: [], past: [], pins: [] });
  });

  it('holds what is in force before what is past, and of that the last', () => {
    const past = Array.from({ length: 3000 }, (_, index) => ({
      address: address(`10.0.${String(index >> 8)}.${String(index & 255)}`),
      count: 1,
      until: index,
    }));
    const entries = toEntries({ ...record, past });
    expect(entries).toHaveLength(2000);
    const read = fromEntries(entries, now);
    expect(read?.evictions).toEqual(record.evictions);
    expect(read?.past).toEqual(past.slice(-1997));
  });

  const [first] = toEntries(record);
  const pin = toEntries(record)[2];
  it.each<[string, unknown]>([
    ['no list', { ...first }],
    ['nothing', undefined],
    ['an entry of another kind', [{ ...first, kind: 'pardon' }]],
    ['an entry with a field more', [{ ...first, isForever: true }]],
    ['what is no address', [{ ...first, address: 'eth0' }]],
    ['what is no router-id', [{ ...first, remoteRouterId: 'x' }]],
    ['what is no AS', [{ ...first, remoteAsn: 4294967296 }]],
    ['what is no reason', [{ ...first, reason: 'dislike' }]],
    ['a count of none', [{ ...first, count: 0 }]],
    ['a beginning in the future', [{ ...first, since: now + 1 }]],
    ['an end later than any', [{ ...first, until: now + hour + 1 }]],
    ['a group without an end', [{ ...first, group: 'x'.repeat(101) }]],
    ['a pin that was closed in the future', [{ ...pin, closedAtMs: now + 1 }]],
    ['a pin of no group', [{ ...pin, group: '' }]],
    ['too many', Array.from({ length: 2001 }, () => first)],
  ])('is refused as a whole when it is %s', (_, entries) => {
    expect(fromEntries([first, pin], now)).toBeDefined();
    expect(fromEntries(entries, now)).toBeUndefined();
  });
});
