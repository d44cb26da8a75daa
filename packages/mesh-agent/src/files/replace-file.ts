import { renameSync, writeFileSync } from 'node:fs';

/**
 * Replaces a small file in one step, before the caller does anything else: whoever opens it sees the old text or the new
 * one, also when this process is killed. Not flushed to the disk: for what counts for one boot alone. Throws what the
 * system does.
 */
export function replaceFile(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o644 });
  renameSync(`${file}.new`, file);
}
