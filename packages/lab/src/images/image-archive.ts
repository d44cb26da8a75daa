import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../host/run.ts';

/** An image of layers, the lowest first; each is a file in tar format. */
export interface LayeredImage {
  readonly name: string;
  readonly layers: readonly string[];
  readonly entrypoint: readonly string[];
}

/** The architecture of this machine as images spell it (OCI image specification, "config"). */
export function imageArchitecture(arch: string): string {
  return arch === 'x64' ? 'amd64' : arch;
}

/** Writes an archive of images as `docker save` does and `ctr images import` reads it. */
export async function writeImageArchive(
  file: string,
  images: readonly LayeredImage[],
  architecture: string,
): Promise<void> {
  const folder = `${file}.parts`;
  mkdirSync(folder, { recursive: true });
  const digests = new Map<string, string>();
  for (const layer of new Set(images.flatMap(({ layers }) => layers))) digests.set(layer, await sha256(layer));
  const manifest = images.map(({ name, layers, entrypoint }) => {
    const digestOf = (layer: string): string => digests.get(layer) ?? '';
    const config = JSON.stringify({
      architecture,
      os: 'linux',
      config: { Entrypoint: entrypoint, Env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'] },
      rootfs: { type: 'layers', diff_ids: layers.map((layer) => `sha256:${digestOf(layer)}`) },
    });
    const configFile = `${createHash('sha256').update(config).digest('hex')}.json`;
    writeFileSync(join(folder, configFile), config);
    return { Config: configFile, RepoTags: [name], Layers: layers.map((layer) => `${digestOf(layer)}.tar`) };
  });
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
  for (const [layer, digest] of digests) await run(['ln', '--force', layer, join(folder, `${digest}.tar`)]);
  await run(['tar', '--create', '--file', file, '--directory', folder, '.'], { timeoutMs: 120_000 });
  await run(['rm', '-r', folder]);
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
