import { join } from 'node:path';
import type { Lab } from './lab.ts';

/** The command line of a program of the lab's own; `file` is its place under packages/lab/src. */
export function labProgram({ paths }: Lab, file: string, args: readonly string[]): string[] {
  // By the repository, as this code may run from a bundle that lies elsewhere.
  return [join(paths.repository, 'packages/tools/run-node'), join(paths.repository, 'packages/lab/src', file), ...args];
}
