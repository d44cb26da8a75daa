import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, messageOf } from '@meshrs/tools/failure';
import { isMissing } from './tree.ts';

/** generated.json: the files that meshrs owns, by path, with the hash of what it wrote. */
export const recordPath = 'generated.json';

/** Path → sha256 of the content, hexadecimal. */
export type GeneratedRecord = Readonly<Record<string, string>>;

/** What the last build wrote; nothing when there was none. */
export function readRecord(repository: string): GeneratedRecord {
  let text;
  try {
    text = readFileSync(join(repository, recordPath), 'utf8');
  } catch (error) {
    if (isMissing(error)) return {};
    throw error;
  }
  return parseRecord(text);
}

/** Throws a failure for a text that is no record: after a merge it may hold conflict marks. */
export function parseRecord(text: string): GeneratedRecord {
  try {
    return filesOf(JSON.parse(text));
  } catch (error) {
    throw new Failure({
      code: 'record-unreadable',
      message: `${recordPath} cannot be read: ${messageOf(error)}`,
      next: `take it from the last commit (git checkout HEAD -- ${recordPath}), then run: pnpm build`,
      cause: error,
    });
  }
}

/** By hand: a schema library takes longer to load than all else that an unchanged build needs. */
function filesOf(record: unknown): GeneratedRecord {
  const { files } = asObject(record, 'it');
  return Object.fromEntries(
    Object.entries(asObject(files, '"files"')).map(([path, hash]) => {
      if (typeof hash === 'string' && /^[0-9a-f]{64}$/.test(hash)) return [path, hash];
      throw new Error(`the hash of "${path}" is ${JSON.stringify(hash)}, not 64 hexadecimal digits`);
    }),
  );
}

function asObject(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new Error(`${name} is not a JSON object`);
}

/** One line a file, by path, so that a change of one file changes one line. */
export function formatRecord(files: GeneratedRecord): string {
  const sorted = Object.fromEntries(Object.entries(files).sort(([one], [other]) => (one < other ? -1 : 1)));
  const comment = 'Files that meshrs generates, with the sha256 of each. Made by: pnpm build';
  return `${JSON.stringify({ comment, files: sorted }, null, 2)}\n`;
}
