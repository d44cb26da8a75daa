import { describe, expect, it } from 'vitest';
import { scratch } from '../../test/support/scratch.ts';
import { formatRecord, parseRecord, readRecord } from './generated-record.ts';
import { sha256 } from './tree.ts';

const files = { 'base/b.yaml': sha256('b'), 'base/a.yaml': sha256('a') };

describe('generated.json', () => {
  it('comes back as it was written, in the order of paths', () => {
    const text = formatRecord(files);
    expect(parseRecord(text)).toEqual(files);
    expect(text.indexOf('base/a.yaml')).toBeLessThan(text.indexOf('base/b.yaml'));
  });

  it('lists nothing where there is none', () => {
    expect(readRecord(scratch())).toEqual({});
    expect(readRecord(scratch({ 'generated.json': formatRecord(files) }))).toEqual(files);
  });

  it.each([
    ['a hash that was cut', { files: { a: sha256('a').slice(1) } }],
    ['a hash that is longer', { files: { a: `${sha256('a')}0` } }],
    ['a hash with another letter', { files: { a: sha256('a').replace(/.$/, 'g') } }],
    ['a hash in capitals', { files: { a: 'A'.repeat(64) } }],
    ['a number for a hash', { files: { a: 1 } }],
    ['a list of files', { files: [] }],
    ['no files', {}],
    ['a list', []],
    ['nothing', null],
  ])('is refused with %s', (_, record) => {
    expect(() => parseRecord(JSON.stringify(record))).toThrow('generated.json cannot be read');
  });

  it('is refused when it is no JSON', () => {
    expect(() => parseRecord('<<<<<<< HEAD\n{}')).toThrow('generated.json cannot be read');
  });
});
