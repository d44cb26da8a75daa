import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { ImageConfig } from './containerfile.ts';
import { packLayer } from './layer.ts';

const run = promisify(execFile);

export interface LayerSource {
  readonly folder: string;
  /** What the layer is, for the image's history. */
  readonly comment: string;
  readonly exclude?: readonly string[];
}

export interface OciImage {
  readonly layers: readonly LayerSource[];
  readonly config: ImageConfig;
  readonly command?: readonly string[];
  /** "localhost/meshrs/mesh-agent:0.1.0" */
  readonly name: string;
  /** The time of everything in the image, in seconds since 1970. */
  readonly epochSeconds: number;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/**
 * Writes an image as an OCI archive: an image layout (OCI image-spec 1.1) in one tar file, which ctr, podman, skopeo and
 * k3s import. The same content gives the same file. Resolves with the digest of the image's manifest.
 */
export async function writeOciArchive(image: OciImage, file: string): Promise<string> {
  await mkdir(path.dirname(file), { recursive: true });
  const layout = await mkdtemp(path.join(path.dirname(file), '.oci-'));
  try {
    const blobs = path.join(layout, 'blobs/sha256');
    await mkdir(blobs, { recursive: true });
    const manifest = await writeManifest(image, blobs);
    await writeFile(path.join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    await writeFile(path.join(layout, 'index.json'), JSON.stringify(indexOf(image.name, manifest)));
    const tar = ['--sort=name', `--mtime=@${String(image.epochSeconds)}`, '--owner=0', '--group=0', '--numeric-owner'];
    // A file by that name is either not there or whole.
    const names = ['blobs', 'index.json', 'oci-layout'];
    await run('tar', ['-cf', `${file}.new`, `--directory=${layout}`, '--mode=u=rwX,go=rX', ...tar, ...names]);
    await rename(`${file}.new`, file);
    return manifest.digest;
  } finally {
    await rm(layout, { recursive: true, force: true });
  }
}

async function writeManifest(image: OciImage, blobs: string): Promise<Descriptor> {
  const { config, epochSeconds } = image;
  const created = new Date(epochSeconds * 1000).toISOString();
  const layers = [];
  for (const { folder, exclude } of image.layers) {
    layers.push(await packLayer(folder, blobs, { epochSeconds, ...(exclude && { exclude }) }));
  }
  const configDescriptor = await writeBlob(blobs, 'application/vnd.oci.image.config.v1+json', {
    created,
    architecture: architectureOf(process.arch),
    os: 'linux',
    config: {
      User: config.user,
      Env: config.env,
      ...(config.entrypoint.length > 0 && { Entrypoint: config.entrypoint }),
      ...(image.command && { Cmd: image.command }),
      WorkingDir: config.workingDir,
      Labels: config.labels,
      ...(config.stopSignal !== '' && { StopSignal: config.stopSignal }),
    },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: image.layers.map(({ comment }) => ({ created, created_by: comment })),
  });
  return await writeBlob(blobs, 'application/vnd.oci.image.manifest.v1+json', {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: configDescriptor,
    layers: layers.map(({ digest, size }) => ({
      mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
      digest,
      size,
    })),
    annotations: config.labels,
  });
}

function indexOf(name: string, manifest: Descriptor): unknown {
  return {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [
      {
        ...manifest,
        platform: { architecture: architectureOf(process.arch), os: 'linux' },
        annotations: {
          // containerd takes the whole name from its own key, others from the standard one.
          'io.containerd.image.name': name,
          'org.opencontainers.image.ref.name': name,
        },
      },
    ],
  };
}

async function writeBlob(blobs: string, mediaType: string, content: unknown): Promise<Descriptor> {
  const bytes = Buffer.from(JSON.stringify(content));
  const hex = createHash('sha256').update(bytes).digest('hex');
  await writeFile(path.join(blobs, hex), bytes);
  return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
}

/** Node's name of a processor to Go's, which images use. */
function architectureOf(arch: string): string {
  const names: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };
  const name = names[arch];
  if (name === undefined) throw new Error(`Images are built for x64 and arm64; this machine is ${arch}.`);
  return name;
}
