import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { address } from '@meshrs/network/test-data';
import { emptyBook, evict, evictionMs, expire, listEvictions, release, type EvictionBook } from './eviction-book.ts';

const minute = 60_000;
const hour = 60 * minute;
const offender = (text: string) => ({ address: address(text), reason: 'as-not-allowed' as const });

describe('evictions', () => {
  it.each([
    [1, minute],
    [2, 2 * minute],
    [3, 4 * minute],
    [6, 32 * minute],
    [7, hour],
    [500, hour],
  ])('the %d. in a row lasts %d ms', (count, milliseconds) => {
    expect(evictionMs(count)).toBe(milliseconds);
  });

  it('double each time, and begin again after two hours of good behaviour', () => {
    const one = evict(emptyBook, offender('192.0.2.1'), 0);
    const afterOne = expire(one, minute).book;
    const two = evict(afterOne, offender('192.0.2.1'), minute + 1);
    const afterTwo = expire(two, 3 * minute + 1).book;
    const late = evict(expire(afterTwo, 3 * minute + 2 * hour + 2).book, offender('192.0.2.1'), 4 * hour);

    expect(listEvictions(one)).toMatchObject([{ count: 1, since: 0, until: minute }]);
    expect(listEvictions(two)).toMatchObject([{ count: 2, until: 3 * minute + 1 }]);
    expect(listEvictions(late)).toMatchObject([{ count: 1 }]);
  });

  it('are released one by one, and their backoff with them', () => {
    const book = evict(evict(emptyBook, offender('192.0.2.1'), 0), offender('192.0.2.2'), 0);
    const left = release(book, [address('192.0.2.1'), address('192.0.2.9')]);

    expect(listEvictions(left)).toEqual(listEvictions(book).slice(1));
    expect(listEvictions(evict(left, offender('192.0.2.1'), 1))).toMatchObject([{ count: 1 }, { count: 1 }]);
    expect(listEvictions(evict(left, offender('192.0.2.2'), 1))).toMatchObject([{ count: 2 }]);
  });

  it('remember the last 4000 addresses, however many come', () => {
    let book = emptyBook;
    const at = (index: number) => `10.0.${String(index >> 8)}.${String(index & 255)}`;
    for (let index = 0; index < 4000; index++) book = evict(book, offender(at(index)), index);
    // Again: it is not the first to be forgotten any more.
    book = evict(book, offender(at(0)), 4000);
    book = evict(book, offender(at(4000)), 4001);

    expect(book.history.size).toBe(4000);
    expect(book.history.get(address(at(0)))).toMatchObject({ count: 2 });
    expect(book.history.has(address(at(1)))).toBe(false);
    expect(book.history.has(address(at(2)))).toBe(true);
  });

  it('end at their time and not before', () => {
    const book = evict(evict(emptyBook, offender('192.0.2.1'), 0), offender('192.0.2.2'), 5000);

    expect(expire(book, minute - 1).expired).toEqual([]);
    expect(expire(book, minute).expired.map((one) => one.address)).toEqual(['192.0.2.1']);
    expect(listEvictions(expire(book, minute).book).map((one) => one.address)).toEqual(['192.0.2.2']);
  });

  it('are forgotten two hours after their end, not sooner, also by a book that nobody has looked through', () => {
    const end = minute;
    const once = evict(emptyBook, offender('192.0.2.1'), 0);
    const expired = expire(once, end).book;
    for (const book of [once, expired, expire(expired, end + 2 * hour).book]) {
      expect(listEvictions(evict(book, offender('192.0.2.1'), end + 2 * hour))).toMatchObject([{ count: 2 }]);
    }
    for (const book of [once, expired]) {
      expect(listEvictions(evict(book, offender('192.0.2.1'), end + 2 * hour + 1))).toMatchObject([{ count: 1 }]);
    }
    expect(expire(expired, end + 2 * hour).book.history.size).toBe(1);
    expect(expire(expired, end + 2 * hour + 1).book.history.size).toBe(0);
  });

  it('are the same book while nothing ends', () => {
    const book = evict(emptyBook, offender('192.0.2.1'), 0);
    expect(expire(book, minute - 1).book).toBe(book);
    expect(release(book, [])).toBe(book);
  });

  it('are listed in order of address, whoever came first', () => {
    const addresses = ['192.0.2.2', '192.0.2.1', '192.0.2.3'];
    const book = addresses.reduce((before, at) => evict(before, offender(at), 0), emptyBook);
    expect(listEvictions(book).map(({ address: at }) => at)).toEqual(['192.0.2.1', '192.0.2.2', '192.0.2.3']);
  });

  it('never last longer than an hour nor shorter than a minute, whatever happens', () => {
    const steps = fc.array(
      fc.record({
        host: fc.integer({ min: 1, max: 5 }),
        wait: fc.integer({ min: 0, max: 3 * hour }),
        isOffence: fc.boolean(),
      }),
      { maxLength: 60, size: 'max' },
    );
    fc.assert(
      fc.property(steps, (all) => {
        let book: EvictionBook = emptyBook;
        let now = 0;
        for (const { host, wait, isOffence } of all) {
          now += wait;
          book = expire(book, now).book;
          if (isOffence) book = evict(book, offender(`192.0.2.${String(host)}`), now);
          for (const { since, until } of listEvictions(book)) {
            expect(until).toBeGreaterThan(now);
            expect(until - since).toBeGreaterThanOrEqual(minute);
            expect(until - since).toBeLessThanOrEqual(hour);
          }
          expect(book.history.size).toBeLessThanOrEqual(5);
        }
      }),
    );
  });
});
