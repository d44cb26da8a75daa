import { readFileSync } from 'node:fs';
import { run } from './run.ts';

export interface Mount {
  readonly point: string;
  readonly type: string;
  readonly superOptions: readonly string[];
}

/** Mounts of this machine, in the order in which they were made (proc(5), mountinfo). */
export function listMounts(): Mount[] {
  return parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8'));
}

export function parseMountInfo(text: string): Mount[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [before = '', after = ''] = line.split(' - ');
      const [type = '', , superOptions = ''] = after.split(' ');
      return { point: unescape(before.split(' ')[4] ?? ''), type, superOptions: superOptions.split(',') };
    });
}

/** Mount points in or below these folders, the last one made first. */
export function mountsBelow(folders: readonly string[], mounts: readonly Mount[] = listMounts()): string[] {
  return mounts
    .map(({ point }) => point)
    .filter((point) => folders.some((folder) => point === folder || point.startsWith(`${folder}/`)))
    .reverse();
}

export async function unmountBelow(folders: readonly string[]): Promise<void> {
  const points = mountsBelow(folders);
  const [first, ...rest] = points;
  // Lazily: a process of the kernel may still hold one for a moment, and nobody else may use them any more.
  if (first !== undefined) await run(['umount', '--lazy', '--no-canonicalize', first, ...rest]);
}

/** Blanks, tabs, line ends and backslashes stand there as three octal digits. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
