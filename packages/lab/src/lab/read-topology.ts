import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { formatIssue, nearest } from '@meshrs/strict-yaml';
import { readTopology, type Topology } from '@meshrs/topology';
import { LabFailure } from '../host/failure.ts';

/** The clone in which a command of the lab runs: the folder with topologies/ and scripts/, from `cwd` upwards. */
export function findRepository(cwd: string): string {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'topologies')) && existsSync(join(folder, 'packages/tools/src/tools.json')))
      return folder;
    if (folder === dirname(folder)) {
      throw new LabFailure({
        code: 'unknown-topology',
        message: `There is no meshrs repository (a folder with topologies/ and scripts/) in ${cwd} or above it.`,
        next: 'run the lab inside a clone of your meshrs repository',
      });
    }
  }
}

/** A topology of the repository, by its name ("dci") or its path. */
export interface NamedTopology {
  readonly name: string;
  /** From the root of the repository. */
  readonly file: string;
  readonly text: string;
  readonly topology: Topology;
}

export function readNamedTopology(repository: string, cwd: string, wanted: string): NamedTopology {
  const files = globSync('topologies/*.{yaml,yml}', { cwd: repository }).sort();
  const path = files.find((file) => nameOf(file) === wanted) ?? relative(repository, resolve(cwd, wanted));
  if (!existsSync(join(repository, path))) throw unknownTopology(wanted, files.map(nameOf));
  const text = readFileSync(join(repository, path), 'utf8');
  const { topology, issues } = readTopology(path, text);
  if (topology) return { name: nameOf(path), file: path, text, topology };
  const errors = issues.filter(({ severity }) => severity === 'error');
  throw new LabFailure({
    code: 'topology-unfit',
    message: `${path} has ${String(errors.length)} ${errors.length === 1 ? 'error' : 'errors'}:\n\n${errors.map(formatIssue).join('\n\n')}\n`,
    next: `correct ${path}; "meshrs check" says what is left`,
  });
}

function nameOf(file: string): string {
  return basename(file).replace(/\.ya?ml$/, '');
}

function unknownTopology(wanted: string, known: readonly string[]): LabFailure {
  const guess = nearest(wanted, known);
  return new LabFailure({
    code: 'unknown-topology',
    message: `There is no topology "${wanted}". ${guess === undefined ? '' : `Did you mean ${guess}? `}There are: ${known.join(', ') || 'none'}.`,
    next: 'name one of topologies/, "meshrs lab up dci" for example, or the path of a file',
  });
}
