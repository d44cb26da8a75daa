import { execFile } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const repository = path.join(import.meta.dirname, '../../../..');

/** An image as a container runtime unpacks it. */
export interface UnpackedImage {
  readonly root: string;
  readonly digest: string;
  readonly env: readonly string[];
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
}

interface Descriptor {
  readonly digest: string;
}

/** Builds an image by scripts/image and unpacks it into a folder. */
export async function buildAndUnpack(which: 'agent' | 'frr', folder: string): Promise<UnpackedImage> {
  const archive = path.join(folder, `${which}.oci.tar`);
  const built = await run(path.join(repository, 'scripts/image'), [which, '--output', archive], { maxBuffer: 1e8 });
  const { digest } = JSON.parse(built.stdout) as { readonly digest: string };
  const layout = path.join(folder, `${which}-layout`);
  const root = path.join(folder, `${which}-root`);
  await mkdir(layout);
  await mkdir(root);
  await run('tar', ['-xf', archive, '-C', layout]);
  const blob = (descriptor: Descriptor) => path.join(layout, 'blobs/sha256', descriptor.digest.replace('sha256:', ''));
  const manifest = JSON.parse(await readFile(blob({ digest }), 'utf8')) as {
    readonly config: Descriptor;
    readonly layers: readonly Descriptor[];
  };
  for (const layer of manifest.layers) await run('tar', ['-xzf', blob(layer), '-C', root]);
  const { config } = JSON.parse(await readFile(blob(manifest.config), 'utf8')) as {
    readonly config: { readonly Env?: string[]; readonly Entrypoint?: string[]; readonly Cmd?: string[] };
  };
  return { root, digest, env: config.Env ?? [], entrypoint: config.Entrypoint ?? [], command: config.Cmd ?? [] };
}
