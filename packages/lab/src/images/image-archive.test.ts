import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { writeImageArchive } from './image-archive.ts';

const folder = mkdtempSync(join(tmpdir(), 'meshrs-lab-test-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

test('an image names its layers by their digests, and a layer of two images is there once', async () => {
  const layer = join(folder, 'layer.tar');
  writeFileSync(join(folder, 'program'), '#!/bin/sh\n');
  execFileSync('tar', ['--create', '--file', layer, '--directory', folder, 'program']);
  const archive = join(folder, 'image.tar');
  const images = ['one', 'other'].map((name) => ({
    name: `localhost/${name}:1`,
    layers: [layer],
    entrypoint: ['/program'],
  }));
  await writeImageArchive(archive, images, 'amd64');
  mkdirSync(join(folder, 'out'));
  execFileSync('tar', ['--extract', '--file', archive, '--directory', join(folder, 'out')]);
  const read = (file: string): unknown => JSON.parse(readFileSync(join(folder, 'out', file), 'utf8'));
  const manifest = read('manifest.json') as { Config: string; RepoTags: string[]; Layers: string[] }[];
  expect(manifest.map(({ RepoTags }) => RepoTags)).toEqual([['localhost/one:1'], ['localhost/other:1']]);
  expect(manifest[0]?.Layers).toEqual(manifest[1]?.Layers);
  const digest = execFileSync('sha256sum', [layer], { encoding: 'utf8' }).slice(0, 64);
  expect(manifest[0]?.Layers).toEqual([`${digest}.tar`]);
  expect(read(manifest[0]?.Config ?? '')).toMatchObject({ rootfs: { diff_ids: [`sha256:${digest}`] } });
});
