import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';

/** The first executable file of that name on PATH, as the shell would find it. */
export function findOnPath(
  command: string,
  path: string | undefined,
  besides: readonly string[] = [],
): string | undefined {
  const folders = (path ?? '').split(':').filter((folder) => folder !== '' && !besides.includes(folder));
  return folders.map((folder) => join(folder, command)).find(isExecutableFile);
}

export function isExecutableFile(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    // Not there, or not ours to run: either way it is not a command that can be started.
    return false;
  }
}

/** Debian keeps system commands out of an ordinary user's PATH, yet they run from there. */
export function withSystemFolders(path: string | undefined): string {
  return [path ?? '', '/usr/local/sbin', '/usr/sbin', '/sbin'].filter((folder) => folder !== '').join(':');
}
