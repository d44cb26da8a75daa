import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A program of a few lines of shell that counts how often it runs. */
export interface CountedProgram {
  readonly path: string;
  readonly calls: () => number;
}

export function countedProgram(folder: string, name: string, body: string): CountedProgram {
  const path = join(folder, name);
  const log = `${path}.calls`;
  writeFileSync(path, `#!/bin/sh\nprintf x >> '${log}'\n${body}\n`);
  chmodSync(path, 0o755);
  return { path, calls: () => (existsSync(log) ? readFileSync(log, 'utf8').length : 0) };
}
