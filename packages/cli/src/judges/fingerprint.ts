import { readFileSync } from 'node:fs';
import { digestTree, readTree, sha256 } from '../build/tree.ts';
import { Failure, messageOf } from '../failure.ts';

/** Hash of a program's file: another program at the same path is another one, whatever its time and size. */
export function fingerprintFile(path: string): string {
  try {
    return sha256(readFileSync(path));
  } catch (error) {
    throw new Failure({
      code: 'tool-missing',
      message: `${path} cannot be read: ${messageOf(error)}`,
      next: 'run scripts/build, which sets every tool up',
      cause: error,
    });
  }
}

/** Hash of everything in a folder. */
export function fingerprintFolder(path: string): string {
  return digestTree(readTree(path, ['.']));
}
