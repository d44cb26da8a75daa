import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAnswerReader, type AnswerReading } from './vty-answer.ts';

function readAll(pieces: readonly string[], most = 1000): readonly AnswerReading[] {
  const reader = createAnswerReader(most);
  return pieces.map((piece) => reader.read(Buffer.from(piece, 'latin1')));
}

describe('an answer', () => {
  it.each([
    ['text\0\0\0\0', { output: 'text', status: 0 }, false],
    ['\0\0\0\u0002', { output: '', status: 2 }, false],
    ['a\0\0\0\u0001b\0\0\0\0', { output: 'a', status: 1 }, true],
    ['a\0b\0\0c\0\0\0\0', { output: 'a\0b\0\0c', status: 0 }, false],
  ])('is read from %j', (bytes, answer, isFollowed) => {
    expect(readAll([bytes])).toEqual([{ kind: 'whole', answer, isFollowed }]);
  });

  it.each(['', 'text', 'text\0\0', 'text\0\0\0'])('is not whole with %j', (bytes) => {
    expect(readAll([bytes])).toEqual([{ kind: 'part' }]);
  });

  it('is the same in any pieces', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 60, size: 'max' }),
        fc.integer({ min: 0, max: 255 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 70, maxLength: 70, size: 'max' }),
        (output, status, lengths) => {
          const bytes = `${output}\0\0\0${String.fromCharCode(status)}`;
          const pieces: string[] = [];
          let at = 0;
          for (const length of lengths) {
            if (at >= bytes.length) break;
            pieces.push(bytes.slice(at, at + length));
            at += length;
          }
          expect(readAll(pieces).at(-1)).toEqual({ kind: 'whole', answer: { output, status }, isFollowed: false });
        },
      ),
    );
  });

  it('may not be larger than it may', () => {
    expect(readAll(['x'.repeat(900), 'x'.repeat(100), 'x']).map(({ kind }) => kind)).toEqual([
      'part',
      'part',
      'too-large',
    ]);
  });

  it('of 40 MB is read in a time that is its size', () => {
    const piece = Buffer.alloc(64 * 1024, 'x');
    const reader = createAnswerReader(64 * 1024 * 1024);
    const started = performance.now();
    for (let count = 0; count < 640; count++) reader.read(piece);
    const reading = reader.read(Buffer.from('\0\0\0\0'));
    const tookMs = performance.now() - started;

    expect(reading.kind === 'whole' && reading.answer.output).toHaveLength(40 * 1024 * 1024);
    // Each byte looked at once takes some 50 ms; from the start at each piece took 16 s.
    expect(tookMs).toBeLessThan(2000);
  });
});
