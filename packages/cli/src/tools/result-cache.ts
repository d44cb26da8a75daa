import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchFolder } from '../repository/scratch-folder.ts';
import { isMissing, sha256 } from '../repository/tree.ts';

/**
 * Results by a key that is a hash over everything that they depend on. There is no way to ask for the result of
 * something else: what has changed has another key.
 */
export interface ResultCache {
  get(key: string): string | undefined;
  set(key: string, result: string): void;
}

/** Remembers nothing. */
export const noCache: ResultCache = { get: () => undefined, set: () => undefined };

const mostEntries = 200;

/** Results in files of a folder. A file that was cut or edited is no result. */
export function fileCache(folder: string): ResultCache {
  return {
    get: (key) => {
      let text;
      try {
        text = readFileSync(join(folder, key), 'utf8');
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
      const end = text.indexOf('\n');
      const body = text.slice(end + 1);
      return text.slice(0, end) === sha256(`${key}\n${body}`) ? body : undefined;
    },
    set: (key, result) => {
      mkdirSync(folder, { recursive: true });
      const draft = join(folder, `.${key}.${String(process.pid)}`);
      writeFileSync(draft, `${sha256(`${key}\n${result}`)}\n${result}`);
      renameSync(draft, join(folder, key));
      removeOldest(folder);
    },
  };
}

/** Results that a clone remembers. */
export function cacheOf(repository: string): ResultCache {
  return fileCache(join(scratchFolder(repository), 'results'));
}

/** A key over parts, of which none can be taken for the end of another. */
export function cacheKey(parts: readonly string[]): string {
  return sha256(JSON.stringify(parts));
}

function removeOldest(folder: string): void {
  const names = readdirSync(folder);
  if (names.length <= mostEntries) return;
  const byAge = names
    .map((name) => ({ name, time: statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((one, other) => one.time - other.time);
  for (const { name } of byAge.slice(0, names.length - mostEntries)) rmSync(join(folder, name), { force: true });
}
