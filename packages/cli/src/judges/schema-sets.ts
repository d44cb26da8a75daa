import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, messageOf } from '../failure.ts';

/** One version of Kubernetes, and where the schemas of everything are that runs on it. */
export interface SchemaSet {
  /** "1.36". */
  readonly kubernetes: string;
  /** Values of kubeconform's -schema-location. */
  readonly locations: readonly string[];
}

/** The sets under schemas/: each version of Kubernetes, with every other one's schemas beside it. */
export function schemaSets(folder: string): SchemaSet[] {
  const versions = foldersIn(join(folder, 'kubernetes'));
  const others = foldersIn(folder)
    .filter((name) => name !== 'kubernetes')
    .flatMap((name) => foldersIn(join(folder, name)).map((version) => `${name}/${version}`));
  if (versions.length === 0) throw missing(folder);
  return versions.map((version) => ({
    kubernetes: version,
    locations: [`kubernetes/${version}`, ...others].map((set) =>
      join(folder, set, '{{.ResourceKind}}{{.KindSuffix}}.json'),
    ),
  }));
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort();
  } catch (error) {
    throw missing(folder, error);
  }
}

function missing(folder: string, cause?: unknown): Failure {
  return new Failure({
    code: 'schemas-missing',
    message: `${folder} holds no JSON schemas${cause === undefined ? '' : `: ${messageOf(cause)}`}`,
    next: 'run scripts/schemas, which makes them',
    cause,
  });
}
