import { link, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeAtomically } from './write-atomically.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'meshrs-write-'));
  file = path.join(folder, 'frr.conf');
});
afterEach(() => rm(folder, { recursive: true }));

describe('writeAtomically', () => {
  it('writes a file that was not there, with the mode that is asked for, and leaves nothing beside it', async () => {
    await writeAtomically(file, 'router bgp 65000\n', 0o600);
    expect(await readFile(file, 'utf8')).toBe('router bgp 65000\n');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['frr.conf']);
  });

  it('puts another file in the place of the old one: who has the old one open reads it to its end', async () => {
    await writeFile(file, 'old\n');
    const old = path.join(folder, 'old');
    await link(file, old);
    await writeAtomically(file, 'new\n', 0o600);
    expect(await readFile(file, 'utf8')).toBe('new\n');
    expect(await readFile(old, 'utf8')).toBe('old\n');
  });

  it('writes over a draft that a crash left behind', async () => {
    await writeFile(`${file}.new`, 'half of a longer text than the new one');
    await writeAtomically(file, 'new\n', 0o600);
    expect(await readFile(file, 'utf8')).toBe('new\n');
    expect(await readdir(folder)).toEqual(['frr.conf']);
  });

  it('leaves the file as it is, and no draft beside it, when the last step fails', async () => {
    // Nothing can be renamed over a folder that is not empty.
    await mkdir(path.join(file, 'in-use'), { recursive: true });
    await expect(writeAtomically(file, 'new\n', 0o600)).rejects.toMatchObject({
      code: 'file-not-written',
      operation: `write ${file}`,
      retryable: false,
      cause: { syscall: 'rename' },
    });
    expect(await readdir(folder)).toEqual(['frr.conf']);
    expect(await readdir(file)).toEqual(['in-use']);
  });

  it('says which file could not be written where there is no folder', async () => {
    const nowhere = path.join(folder, 'nowhere/frr.conf');
    await expect(writeAtomically(nowhere, 'new\n', 0o600)).rejects.toMatchObject({
      code: 'file-not-written',
      message: expect.stringContaining(nowhere) as string,
    });
  });
});
