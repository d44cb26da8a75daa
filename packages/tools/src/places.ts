import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

/** The folders that the tools live in. */
export interface Places {
  readonly repository: string;
  /** Every tool of this clone, by the name of its command. */
  readonly bin: string;
  /** What is known of each file in `bin`. */
  readonly records: string;
  /** What all clones of this user share. */
  readonly cache: string;
}

export const repositoryFolder = resolve(import.meta.dirname, '../../..');

export function placesOf(env: NodeJS.ProcessEnv, repository = repositoryFolder): Places {
  return {
    repository,
    bin: join(repository, '.tools/bin'),
    records: join(repository, '.tools/records'),
    cache: join(userCache(env), 'meshrs'),
  };
}

function userCache(env: NodeJS.ProcessEnv): string {
  const chosen = env['XDG_CACHE_HOME'];
  // The XDG base directory specification: a relative path is to be ignored.
  return chosen !== undefined && isAbsolute(chosen) ? chosen : join(homedir(), '.cache');
}
