import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, renameSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/** A layer as it lies in an OCI layout (OCI image-spec, "Image Layer Filesystem Changeset"). */
export interface Layer {
  readonly digest: string;
  readonly size: number;
  /** Digest of the layer before it was compressed. */
  readonly diffId: string;
}

/**
 * Packs a folder into the layout's blobs, byte for byte the same for the same content: sorted, one owner, one time.
 * Entries that match an exclusion pattern of tar are left out.
 */
export async function packLayer(
  folder: string,
  blobs: string,
  options: { readonly epochSeconds: number; readonly exclude?: readonly string[] },
): Promise<Layer> {
  const tar = spawn(
    'tar',
    [
      '--create',
      '--file=-',
      `--directory=${folder}`,
      '--sort=name',
      `--mtime=@${String(options.epochSeconds)}`,
      '--owner=0',
      '--group=0',
      '--numeric-owner',
      '--format=posix',
      '--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime',
      ...(options.exclude ?? []).map((pattern) => `--exclude=${pattern}`),
      '.',
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = once(tar, 'close');
  const draft = path.join(blobs, `draft-${path.basename(folder)}`);
  const plain = createHash('sha256');
  const packed = createHash('sha256');
  await pipeline(
    tar.stdout,
    hashing(plain),
    // The time that gzip could write into its header stays 0, as zlib leaves it.
    createGzip({ level: 6 }),
    hashing(packed),
    createWriteStream(draft),
  );
  const [status] = (await ended) as [number | null];
  if (status !== 0) throw new Error(`tar could not pack ${folder}: exit status ${String(status)}`);
  const hex = packed.digest('hex');
  const { size } = await stat(draft);
  renameSync(draft, path.join(blobs, hex));
  return { digest: `sha256:${hex}`, size, diffId: `sha256:${plain.digest('hex')}` };
}

function hashing(hash: ReturnType<typeof createHash>): PassThrough {
  const through = new PassThrough();
  through.on('data', (piece: Buffer) => hash.update(piece));
  return through;
}
