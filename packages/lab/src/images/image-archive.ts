import { createHash } from 'node:crypto';
import { tar, type TarFile } from './tar.ts';

/** An image of one layer. */
export interface ImageContent {
  readonly name: string;
  readonly files: readonly TarFile[];
  readonly entrypoint: readonly string[];
}

/** The architecture of this machine as images spell it (OCI image specification, "config"). */
export function imageArchitecture(arch: string): string {
  return arch === 'x64' ? 'amd64' : arch;
}

/** An archive of images as `docker save` writes it and `ctr images import` reads it. */
export function imageArchive(images: readonly ImageContent[], architecture: string): Buffer {
  const parts = images.map((image) => imageParts(image, architecture));
  const manifest = Buffer.from(JSON.stringify(parts.map((part) => part.manifest)));
  return tar([...parts.flatMap(({ files }) => files), { path: 'manifest.json', mode: 0o644, content: manifest }]);
}

function imageParts({ name, files, entrypoint }: ImageContent, architecture: string) {
  const layer = tar(files);
  const layerDigest = sha256(layer);
  const config = Buffer.from(
    JSON.stringify({
      architecture,
      os: 'linux',
      config: { Entrypoint: entrypoint },
      rootfs: { type: 'layers', diff_ids: [`sha256:${layerDigest}`] },
    }),
  );
  const configFile = `${sha256(config)}.json`;
  const layerFile = `${layerDigest}/layer.tar`;
  return {
    manifest: { Config: configFile, RepoTags: [name], Layers: [layerFile] },
    files: [
      { path: configFile, mode: 0o644, content: config },
      { path: layerFile, mode: 0o644, content: layer },
    ],
  };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
