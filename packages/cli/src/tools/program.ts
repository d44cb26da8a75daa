import { fingerprintFile } from './fingerprint.ts';
import type { ResultCache } from './result-cache.ts';

/** A program, and the hash of its file. */
export interface Program {
  readonly path: string;
  readonly fingerprint: string;
}

export function programAt(path: string, cache: ResultCache): Program {
  return { path, fingerprint: fingerprintFile(path, cache) };
}
