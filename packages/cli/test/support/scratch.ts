import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { scratchFolderOfTest } from './scratch-folder.ts';

/** A folder with some files, removed when the test ends. */
export function scratch(files: Readonly<Record<string, string>> = {}): string {
  const { path, remove } = scratchFolderOfTest();
  onTestFinished(remove);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return path;
}
