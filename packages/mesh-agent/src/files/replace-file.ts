import { renameSync, rmSync, writeFileSync } from 'node:fs';

/** What is written first, beside the file: nobody has to look at it. */
export const draftSuffix = '.new';

/**
 * Replaces a small file in one step, before the caller does anything else: whoever opens it sees the old text or the new
 * one, also when this process is killed. Not flushed to the disk: for what counts for one boot alone. Throws what the
 * system does.
 */
export function replaceFile(file: string, text: string): void {
  const draft = `${file}${draftSuffix}`;
  try {
    writeFileSync(draft, text, { mode: 0o644 });
    renameSync(draft, file);
  } catch (failure) {
    // A disk that is full has what was written before it was.
    rmSync(draft, { force: true });
    throw failure;
  }
}
