import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

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

/** The absolute path of a command that Debian installed, or of a file that is named by its absolute path. */
export function findInstalled(commandOrFile: string, env: NodeJS.ProcessEnv): string | undefined {
  if (isAbsolute(commandOrFile)) return existsSync(commandOrFile) ? commandOrFile : undefined;
  return findOnPath(commandOrFile, withSystemFolders(env['PATH']));
}

/** Debian keeps system commands out of an ordinary user's PATH, yet they run from there. */
function withSystemFolders(path: string | undefined): string {
  return [path ?? '', '/usr/local/sbin', '/usr/sbin', '/sbin'].filter((folder) => folder !== '').join(':');
}
