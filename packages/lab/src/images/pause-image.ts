import { readFileSync } from 'node:fs';
import { imageArchive, imageArchitecture } from './image-archive.ts';

/** Holds the namespaces of a pod. It is made here, of one program, and comes from no registry. */
export const pauseImage = 'localhost/meshrs-lab/pause:1';

export function pauseArchive(program: string, arch: string): Buffer {
  return imageArchive(
    {
      name: pauseImage,
      files: [{ path: 'pause', mode: 0o755, content: readFileSync(program) }],
      entrypoint: ['/pause'],
    },
    imageArchitecture(arch),
  );
}
