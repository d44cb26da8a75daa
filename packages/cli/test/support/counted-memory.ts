import type { ResultCache } from '../../src/tools/result-cache.ts';

/** A cache in memory that counts what it gave back. */
export function countedMemory(): ResultCache & { readonly hits: () => number } {
  const results = new Map<string, string>();
  let hits = 0;
  return {
    get: (key) => {
      const known = results.get(key);
      if (known !== undefined) hits += 1;
      return known;
    },
    set: (key, result) => {
      results.set(key, result);
    },
    hits: () => hits,
  };
}
