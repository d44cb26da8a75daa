import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { toLiteralBlock } from './write-scalar.ts';

describe('a literal block', () => {
  it.each([
    ['two lines', 'one\ntwo\n', '|'],
    ['no newline at the end', 'one\ntwo', '|-'],
    ['an empty line inside', 'one\n\ntwo\n', '|'],
    ['blanks inside a line, and before one that is not the first', 'one two\n  three\n', '|'],
  ])('holds %s', (_, text, header) => {
    const block = toLiteralBlock(text) ?? expect.unreachable();

    expect(block.header).toBe(header);
    expect(
      parse(`key: ${header}\n${block.lines.map((line) => (line === '' ? '' : `  ${line}`)).join('\n')}\n`),
    ).toEqual({
      key: text,
    });
  });

  it.each([
    ['one line', 'one'],
    ['blanks at the end of a line', 'one \ntwo\n'],
    ['blanks at the end of the last line', 'one\ntwo '],
    ['a blank first, which would count as indentation', ' one\ntwo\n'],
    ['an empty line first', '\none\n'],
    ['two newlines at the end', 'one\n\n'],
    ['a tab', 'one\ttwo\nthree\n'],
    ['a carriage return', 'one\r\ntwo\n'],
    ['a line separator', 'one\u2028two\nthree\n'],
    ['a byte order mark', '\ufeffone\ntwo\n'],
    ['half a surrogate pair', 'one\ud800\ntwo\n'],
  ])('does not hold %s', (_, text) => {
    expect(toLiteralBlock(text)).toBeUndefined();
  });
});
