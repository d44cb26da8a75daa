import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Failure, messageOf } from '../failure.ts';
import { isMissing } from './tree.ts';

/** generated.json: the files that meshrs owns, by path, with the hash of what it wrote. */
export const recordPath = 'generated.json';

const recordSchema = z.strictObject({
  comment: z.string(),
  files: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)),
});

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
    return recordSchema.parse(JSON.parse(text)).files;
  } catch (error) {
    throw new Failure({
      code: 'record-unreadable',
      message: `${recordPath} cannot be read: ${messageOf(error)}`,
      next: `take it from the last commit (git checkout HEAD -- ${recordPath}), then run: pnpm build`,
      cause: error,
    });
  }
}

/** One line a file, by path, so that a change of one file changes one line. */
export function formatRecord(files: GeneratedRecord): string {
  const sorted = Object.fromEntries(Object.entries(files).sort(([one], [other]) => (one < other ? -1 : 1)));
  const comment = 'Files that meshrs generates, with the sha256 of each. Made by: pnpm build';
  return `${JSON.stringify({ comment, files: sorted }, null, 2)}\n`;
}
