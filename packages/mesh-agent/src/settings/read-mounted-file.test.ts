import { createScratch } from '@meshrs/test-kit/scratch';
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readMountedFile } from './read-mounted-file.ts';

const scratch = createScratch();
afterAll(() => {
  scratch.remove();
});
const at = (name: string) => join(scratch.folder, name);
const read = (file: string) => readMountedFile(file, { what: 'The file', hintFor: (code) => `Hint for ${code}.` });

describe('a mounted file', () => {
  it.each([0, 1, 70_000, 1024 * 1024])('of %i bytes is read whole', async (length) => {
    writeFileSync(at('whole'), 'x'.repeat(length));
    expect((await read(at('whole'))).length).toBe(length);
  });

  it.each<[string, (file: string) => void, string]>([
    [
      'longer than a ConfigMap',
      (file) => {
        writeFileSync(file, 'x'.repeat(1024 * 1024 + 1));
      },
      'has 1048577 bytes; at most',
    ],
    ['a pipe that nobody writes', (file) => execFileSync('mkfifo', [file]), 'is no file. '],
    [
      'a folder',
      (file) => {
        mkdirSync(file);
      },
      'cannot be read (EISDIR). Hint for EISDIR.',
    ],
    [
      'a link into nothing',
      (file) => {
        symlinkSync('nowhere', file);
      },
      'cannot be read (ENOENT). Hint for ENOENT.',
    ],
    [
      'without an end',
      (file) => {
        symlinkSync('/dev/zero', file);
      },
      'is no file. ',
    ],
  ])('that is %s is not, and the agent waits for nobody', async (name, make, words) => {
    const file = at(name.replaceAll(' ', '-'));
    make(file);
    await expect(read(file)).rejects.toMatchObject({
      code: 'file-not-readable',
      message: expect.stringContaining(`The file ${file} ${words}`) as string,
    });
  });

  it('that says nothing of its length is read to the limit alone', async () => {
    await expect(read('/proc/self/status')).resolves.toSatisfy((bytes: Buffer) => bytes.length > 0);
  });
});
