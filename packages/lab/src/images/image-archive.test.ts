import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { imageArchive } from './image-archive.ts';
import { tar } from './tar.ts';

const folder = mkdtempSync(join(tmpdir(), 'meshrs-lab-test-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const image = {
  name: 'localhost/test:1',
  files: [{ path: 'program', mode: 0o755, content: Buffer.from('#!/bin/sh\necho hello\n') }],
  entrypoint: ['/program'],
};

test('tar unpacks what was packed, with its mode', () => {
  const file = join(folder, 'files.tar');
  writeFileSync(file, tar(image.files));
  execFileSync('tar', ['--extract', '--file', file, '--directory', folder]);
  expect(execFileSync(join(folder, 'program'), { encoding: 'utf8' })).toBe('hello\n');
});

test('a path that does not fit is refused', () => {
  expect(() => tar([{ path: 'x'.repeat(101), mode: 0o644, content: Buffer.alloc(0) }])).toThrow('100 bytes');
});

test('an image names its layer by its digest, and equal content gives equal bytes', () => {
  const archive = imageArchive([image], 'amd64');
  expect(imageArchive([image], 'amd64').equals(archive)).toBe(true);
  const file = join(folder, 'image.tar');
  writeFileSync(file, archive);
  execFileSync('tar', ['--extract', '--file', file, '--directory', folder]);
  const [manifest] = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as {
    Config: string;
    Layers: string[];
  }[];
  const config = JSON.parse(readFileSync(join(folder, manifest?.Config ?? ''), 'utf8')) as {
    rootfs: { diff_ids: string[] };
  };
  expect(manifest?.Layers).toEqual([`${config.rootfs.diff_ids[0]?.replace('sha256:', '') ?? ''}/layer.tar`]);
});
