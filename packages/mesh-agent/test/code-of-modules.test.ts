import { describe, expect, it } from 'vitest';
import { keepCodeOf } from '../image/code-of-modules.ts';

const length = (value: number) => {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(value);
  return bytes;
};
const list = (modules: Readonly<Record<string, string>>) =>
  Buffer.concat([
    length(Object.keys(modules).length),
    ...Object.entries(modules).flatMap(([id, code]) => [
      length(id.length),
      Buffer.from(id),
      length(code.length),
      Buffer.from(code),
    ]),
  ]);
/** What comes before the list: text, zeros, and a number that could be how many there are. */
const heap = Buffer.concat([Buffer.from('heap'), Buffer.alloc(40), length(2), Buffer.from('not a list')]);

describe('keepCodeOf', () => {
  it('leaves the heap as it is, and of the code what is needed', () => {
    const snapshot = Buffer.concat([heap, list({ fs: 'one', _http_agent: 'two', https: 'three' })]);
    const kept = keepCodeOf(snapshot, new Set(['https', '_http_agent']));
    expect(kept).toEqual(Buffer.concat([heap, list({ _http_agent: 'two', https: 'three' })]));
  });

  it('refuses a snapshot that has no code of a module', () => {
    const snapshot = Buffer.concat([heap, list({ fs: 'one' })]);
    expect(() => keepCodeOf(snapshot, new Set(['https', 'fs']))).toThrow('the startup snapshot has no code of https');
  });

  it.each([
    ['something after the code', Buffer.concat([heap, list({ https: 'one' }), Buffer.from('more')])],
    ['no code', Buffer.concat([heap, list({})])],
    ['a code that is cut off', Buffer.concat([heap, list({ https: 'one' })]).subarray(0, -1)],
  ])('refuses a snapshot with %s', (_, snapshot) => {
    expect(() => keepCodeOf(snapshot, new Set(['https']))).toThrow('does not end in the code of modules');
  });
});
