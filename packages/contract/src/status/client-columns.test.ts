import { describe, expect, it } from 'vitest';
import { createClientBook } from './client-columns.ts';

describe('the names of a book', () => {
  it('are one number each, and no number is two names’ when there is no room for more', () => {
    const book = createClientBook();
    const numbers = Array.from({ length: 70_000 }, (_, index) => book.numberOf(`leaf${String(index)}`));
    const most = 2 ** 16 - 1;
    expect(numbers.slice(0, 2)).toEqual([1, 2]);
    expect(numbers[most - 1]).toBe(most);
    expect(new Set(numbers.slice(most))).toEqual(new Set([0]));
    expect(book.isFull()).toBe(true);
    // What a column of 16 bits holds of each is that number.
    expect(Uint16Array.from(numbers).every((number, index) => number === numbers[index])).toBe(true);
    expect(book.numberOf('leaf7')).toBe(8);
    expect(book.nameOf(0)).toBeUndefined();
  });
});
