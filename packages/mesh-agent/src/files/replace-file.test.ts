import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { draftSuffix, replaceFile } from './replace-file.ts';
import { watchFolder } from './watch-folder.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'replace-file-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

it('leaves the new text alone', () => {
  writeFileSync(join(folder, 'answer'), 'old');
  replaceFile(join(folder, 'answer'), 'new');
  expect(readFileSync(join(folder, 'answer'), 'utf8')).toBe('new');
  expect(readdirSync(folder)).toEqual(['answer']);
});

it('leaves no draft where the file cannot be replaced', () => {
  mkdirSync(join(folder, 'answer', 'something'), { recursive: true });
  expect(() => {
    replaceFile(join(folder, 'answer'), 'new');
  }).toThrow();
  expect(readdirSync(folder)).toEqual(['answer']);
});

/** How often a folder that is watched is looked at within a moment of `work`. */
async function looksAfter(work: () => void): Promise<number> {
  const stop = new AbortController();
  onTestFinished(() => {
    stop.abort();
  });
  let looks = 0;
  watchFolder(folder, { pollMs: 60_000, signal: stop.signal }, () => {
    looks += 1;
    // As the drain does, whose answer cannot be written: each look is another draft.
    writeFileSync(join(folder, `answer${draftSuffix}`), '');
    rmSync(join(folder, `answer${draftSuffix}`));
  });
  work();
  await sleep(300);
  return looks;
}

it('is no change of a folder for its draft: who writes into what it watches does not call itself for ever', async () => {
  const looks = await looksAfter(() => {
    writeFileSync(join(folder, 'request'), 'alice');
  });
  expect(looks).toBeGreaterThan(0);
  expect(looks).toBeLessThan(5);
});

it('is one for the file', async () => {
  expect(
    await looksAfter(() => {
      replaceFile(join(folder, 'request'), 'alice');
    }),
  ).toBeGreaterThan(0);
});
