import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toFrrLine, toFrrWord, UnsafeTextError } from './words.ts';

describe('words and lines', () => {
  it.each(['MESHRR-CLIENTS', 'routeserver-a-0', '10.0.0.1', 'a_b'])('keeps %s as one word', (text) => {
    expect(toFrrWord(text)).toBe(text);
  });

  it.each(['', 'two words', 'a\nno router bgp 1', '!comment', '-x', 'a?', 'ä', '\u0000', 'x'.repeat(81)])(
    'refuses %j, telling what is allowed',
    (text) => {
      expect(() => toFrrWord(text)).toThrow(UnsafeTextError);
      expect(() => toFrrWord(text)).toThrow(JSON.stringify(text));
    },
  );

  it('makes one printable line of at most 255 bytes of any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400, size: 'max' }), (text) => {
        expect(toFrrLine(text)).toMatch(/^[ -~]{0,255}$/);
        expect(toFrrLine(text)).not.toMatch(/^ | {2}| $/);
      }),
    );
  });

  it('keeps 255 bytes of a longer text, and all of one that has 255', () => {
    expect(toFrrLine('x'.repeat(255))).toBe('x'.repeat(255));
    expect(toFrrLine('x'.repeat(256))).toBe('x'.repeat(255));
  });

  it.each([
    ['maintenance of dc1, back at 10:00', 'maintenance of dc1, back at 10:00'],
    ['two\nlines\tand  blanks ', 'two lines and blanks'],
    ['Wartung für Köln', 'Wartung f_r K_ln'],
  ])('writes %j as %j', (text, line) => {
    expect(toFrrLine(text)).toBe(line);
  });
});
