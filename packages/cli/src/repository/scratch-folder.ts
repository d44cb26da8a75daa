import { join } from 'node:path';

/** Scratch of a clone; ignored by git. */
export function scratchFolder(repository: string): string {
  return join(repository, '.cache/meshrs');
}
