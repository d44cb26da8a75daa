import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Places } from './places.ts';

/** What is known of a file in `.tools/bin`, so that the next run need not ask the file itself. */
export interface ToolRecord {
  readonly command: string;
  readonly version: string;
  /** Hash of what the build was made from; a tool of PATH has none. */
  readonly inputs?: string;
  /** The tool of PATH that the file is a link to. */
  readonly onPath?: string;
  readonly size: number;
  readonly modifiedMs: number;
}

export function readRecord(places: Places, command: string): ToolRecord | undefined {
  let text: string;
  try {
    text = readFileSync(recordPath(places, command), 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  return JSON.parse(text) as ToolRecord;
}

/** Size and time of the file in `.tools/bin`, or nothing when it is not there or its link leads nowhere. */
export function fingerprint(path: string): Pick<ToolRecord, 'size' | 'modifiedMs'> | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? undefined : { size: stats.size, modifiedMs: Math.trunc(stats.mtimeMs) };
}

export function writeRecord(places: Places, record: ToolRecord): void {
  const path = recordPath(places, record.command);
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${String(process.pid)}`;
  writeFileSync(draft, `${JSON.stringify(record, null, 2)}\n`);
  renameSync(draft, path);
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function recordPath(places: Places, command: string): string {
  return join(places.records, `${command}.json`);
}
