import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLineReader } from './line-reader.ts';

describe('createLineReader', () => {
  it('gives the lines of a text, wherever it is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme' }).filter((line) => !line.includes('\n'))),
        fc.array(fc.nat(200)),
        (lines, cuts) => {
          const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
          const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
          const reader = createLineReader(1e6);
          const read = places.flatMap((place, index) => reader.read(bytes.subarray(places[index - 1] ?? 0, place)));
          expect(read).toEqual(lines.filter((line) => line !== ''));
          expect(reader.isTooLong()).toBe(false);
        },
      ),
    );
  });

  it('counts the line that has begun alone', () => {
    const reader = createLineReader(4);
    expect(reader.read(Buffer.from('12345678\n1234'))).toEqual(['12345678']);
    expect(reader.isTooLong()).toBe(false);
    expect(reader.read(Buffer.from('5'))).toEqual([]);
    expect(reader.isTooLong()).toBe(true);
    expect(reader.read(Buffer.from('\n'))).toEqual(['12345']);
    expect(reader.isTooLong()).toBe(false);
  });
});
