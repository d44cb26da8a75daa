import { renameSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratch } from '../../test/support/scratch.ts';
import { identifyProgram } from './program-identity.ts';

const files = { 'meshrs.mjs': 'one', 'chunk.mjs': 'one', 'notes.txt': 'one' };

test('a program that runs from its source has no identity, so that nothing of it is remembered', () => {
  expect(identifyProgram(scratch({ 'main.ts': '' }))).toBeUndefined();
});

test('a program is the same as long as none of its files has changed', () => {
  const folder = scratch(files);
  const identity = identifyProgram(folder);
  expect(identity).toMatch(/^[0-9a-f]{64}$/);

  writeFileSync(join(folder, 'notes.txt'), 'two');

  expect(identifyProgram(folder)).toBe(identity);
});

test.each(['meshrs.mjs', 'chunk.mjs'])('an edit of %s is another program, also of the same size and time', (name) => {
  const folder = scratch(files);
  const path = join(folder, name);
  const long = new Date('2026-01-01T00:00:00Z');
  utimesSync(path, long, long);
  const { ctimeNs } = statSync(path, { bigint: true });
  const identity = identifyProgram(folder);

  do {
    writeFileSync(path, 'two');
    utimesSync(path, long, long);
  } while (statSync(path, { bigint: true }).ctimeNs === ctimeNs);

  expect(identifyProgram(folder)).not.toBe(identity);
});

test('another file, and another name of one, is another program', () => {
  const folder = scratch(files);
  const identity = identifyProgram(folder);

  writeFileSync(join(folder, 'more.mjs'), '');
  const withMore = identifyProgram(folder);
  renameSync(join(folder, 'more.mjs'), join(folder, 'other.mjs'));

  expect(new Set([identity, withMore, identifyProgram(folder)]).size).toBe(3);
});
