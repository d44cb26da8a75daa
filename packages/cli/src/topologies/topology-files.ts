import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { Failure, messageOf } from '@meshrs/tools/failure';

/** A topology as it stands on disk. */
export interface TopologyText {
  /** Its path, as it stands in messages. */
  readonly file: string;
  readonly text: string;
}

/** The folder that holds topologies/, from `cwd` upwards. */
export function findRepository(cwd: string): string {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'topologies'))) return folder;
    if (folder === dirname(folder)) {
      throw new Failure({
        code: 'no-repository',
        message: `There is no folder "topologies" in ${cwd} or above it.`,
        next: 'run meshrs inside a clone of your meshrs repository, or "meshrs init" to write a first topology here',
      });
    }
  }
}

/** Every topology of a repository, as paths from its root. */
export function listTopologies(repository: string): string[] {
  return globSync('topologies/*.{yaml,yml}', { cwd: repository }).sort();
}

/** The named files, or every topology of the repository, with their paths from `cwd`. */
export function readTopologyTexts(cwd: string, paths: readonly string[] = []): TopologyText[] {
  const wanted = paths.length > 0 ? paths.map((path) => resolve(cwd, path)) : allFiles(cwd);
  return wanted.map((path) => ({ file: relative(cwd, path) || path, text: readText(path) }));
}

function allFiles(cwd: string): string[] {
  const repository = findRepository(cwd);
  const paths = listTopologies(repository).map((path) => join(repository, path));
  if (paths.length > 0) return paths;
  throw new Failure({
    code: 'no-topology',
    message: `The folder ${join(repository, 'topologies')} holds no file *.yaml.`,
    next: 'run "meshrs init" to write a first topology',
  });
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Failure({
      code: 'cannot-read',
      message: `${path} cannot be read: ${messageOf(error)}`,
      next: 'check the path and its permissions; without arguments every file under topologies/ is read',
      cause: error,
    });
  }
}
