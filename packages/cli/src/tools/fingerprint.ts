import { readFileSync, statSync } from 'node:fs';
import { digestTree, readTree, sha256 } from '../repository/tree.ts';
import { Failure, messageOf } from '@meshrs/tools/failure';
import { cacheKey, type ResultCache } from './result-cache.ts';

/**
 * Hash of a program's file: another program at the same path is another one. It is remembered by the file's identity,
 * its change time among it, which no program can set; not for a file younger than the clock's steps can tell apart.
 */
export function fingerprintFile(path: string, cache: ResultCache): string {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    const key = cacheKey(['file', ...[dev, ino, size, mtimeNs, ctimeNs].map(String)]);
    const known = cache.get(key);
    if (known !== undefined) return known;
    const fingerprint = sha256(readFileSync(path));
    const ageMs = Date.now() - Number(ctimeNs / 1_000_000n);
    if (ageMs > 2000) cache.set(key, fingerprint);
    return fingerprint;
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
