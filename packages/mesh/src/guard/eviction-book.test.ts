import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { address } from '@meshrs/network/test-data';
import {
  clear,
  emptyBook,
  evict,
  evictionMs,
  expire,
  keep,
  listEvictions,
  type EvictionBook,
} from './eviction-book.ts';

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

  it('end at their time and not before', () => {
    const book = evict(evict(emptyBook, offender('192.0.2.1'), 0), offender('192.0.2.2'), 5000);

    expect(expire(book, minute - 1).expired).toEqual([]);
    expect(expire(book, minute).expired.map((one) => one.address)).toEqual(['192.0.2.1']);
    expect(listEvictions(expire(book, minute).book).map((one) => one.address)).toEqual(['192.0.2.2']);
  });

  it('are cleared one by one or all, and their backoff with them', () => {
    const book = evict(evict(emptyBook, offender('192.0.2.1'), 0), offender('192.0.2.2'), 0);
    const one = clear(book, address('192.0.2.1'));

    expect(one.cleared.map(({ address: at }) => at)).toEqual(['192.0.2.1']);
    expect(listEvictions(evict(one.book, offender('192.0.2.1'), 1))).toMatchObject([{ count: 1 }, { count: 1 }]);
    expect(clear(book, 'all')).toMatchObject({ book: emptyBook, cleared: [{}, {}] });
    expect(clear(book, address('192.0.2.9')).cleared).toEqual([]);
  });

  it('that mean nothing any more are dropped, but not forgotten', () => {
    const book = evict(emptyBook, offender('192.0.2.1'), 0);

    expect(listEvictions(keep(book, []))).toEqual([]);
    expect(listEvictions(evict(keep(book, []), offender('192.0.2.1'), 1))).toMatchObject([{ count: 2 }]);
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
    expect(keep(book, listEvictions(book))).toBe(book);
  });

  it('leave the book that is cleared of one address with the others', () => {
    const book = evict(evict(emptyBook, offender('192.0.2.1'), 0), offender('192.0.2.2'), 0);
    expect(listEvictions(clear(book, address('192.0.2.1')).book).map(({ address: at }) => at)).toEqual(['192.0.2.2']);
  });

  it('that are kept stay what they are', () => {
    const book = evict(evict(emptyBook, offender('192.0.2.1'), 0), offender('192.0.2.2'), 0);
    const [first, second] = listEvictions(book);
    if (!first || !second) return expect.unreachable('two are evicted');
    expect(listEvictions(keep(book, [second]))).toEqual([second]);
    expect(keep(book, [first]).inForce.get(first.address)).toEqual(first);
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
