import { appendFileSync, linkSync, readdirSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { scratchFolderOfTest } from '../../test/support/scratch-folder.ts';
import { cacheKey, fileCache } from './result-cache.ts';

let folder = '';
beforeEach(() => {
  const { path, remove } = scratchFolderOfTest();
  folder = path;
  onTestFinished(remove);
});

test('a result comes back under its key, and under no other', () => {
  const cache = fileCache(folder);
  cache.set(cacheKey(['a']), 'result\n');

  expect(cache.get(cacheKey(['a']))).toBe('result\n');
  expect(cache.get(cacheKey(['b']))).toBeUndefined();
});

test.each([
  [
    'cut',
    (path: string) => {
      truncateSync(path, 70);
    },
  ],
  [
    'longer',
    (path: string) => {
      appendFileSync(path, 'x');
    },
  ],
])('a file that is %s is no result', (_, damage) => {
  const cache = fileCache(folder);
  cache.set(cacheKey(['a']), 'a result that is long enough to be cut\n');

  damage(join(folder, cacheKey(['a'])));

  expect(cache.get(cacheKey(['a']))).toBeUndefined();
});

test('a result is never written in place: who reads it meanwhile has the old one, whole', () => {
  const cache = fileCache(folder);
  const key = cacheKey(['a']);
  cache.set(key, 'old');
  linkSync(join(folder, key), join(folder, 'reader'));
  const before = readFileSync(join(folder, 'reader'), 'utf8');

  cache.set(key, 'new');

  expect(readFileSync(join(folder, 'reader'), 'utf8')).toBe(before);
  expect(cache.get(key)).toBe('new');
  expect(readdirSync(folder).sort()).toEqual([key, 'reader'].sort());
});

test('parts of a key cannot be taken for each other', () => {
  expect(cacheKey(['ab', 'c'])).not.toBe(cacheKey(['a', 'bc']));
  expect(cacheKey(['a"', 'b'])).not.toBe(cacheKey(['a', '"b']));
});

test('the oldest results go', () => {
  const cache = fileCache(folder);
  for (let index = 0; index < 230; index++) cache.set(cacheKey([String(index)]), 'x');

  expect(readdirSync(folder).length).toBeLessThanOrEqual(200);
  expect(cache.get(cacheKey(['229']))).toBe('x');
});
