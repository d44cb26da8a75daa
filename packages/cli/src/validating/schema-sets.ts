import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, messageOf } from '@meshrs/tools/failure';

/** A version of what applies the objects, and where the schemas of everything are that it takes. */
export interface SchemaSet {
  /** "1.36". */
  readonly version: string;
  /** "Kubernetes 1.36": for messages. */
  readonly name: string;
  /** Values of kubeconform's -schema-location. */
  readonly locations: readonly string[];
}

/** The sets under schemas/. */
export interface SchemaSets {
  /** One for each version of Kubernetes, with the schemas of all other products beside it. */
  readonly kubernetes: readonly SchemaSet[];
  /** One for each version of Argo CD; its own settings are kinds of Kubernetes. */
  readonly argoCd: readonly SchemaSet[];
}

export function schemaSets(folder: string): SchemaSets {
  const kubernetes = foldersIn(join(folder, 'kubernetes'));
  const argoCd = foldersIn(join(folder, 'argocd'));
  const newest = kubernetes.at(-1);
  if (newest === undefined || argoCd.length === 0) throw missing(folder);
  const others = foldersIn(folder)
    .filter((name) => name !== 'kubernetes')
    .flatMap((name) => foldersIn(join(folder, name)).map((version) => `${name}/${version}`));
  const set = (product: string, version: string, folders: readonly string[]): SchemaSet => ({
    version,
    name: `${product} ${version}`,
    locations: folders.map((name) => join(folder, name, '{{.ResourceKind}}{{.KindSuffix}}.json')),
  });
  return {
    kubernetes: kubernetes.map((version) => set('Kubernetes', version, [`kubernetes/${version}`, ...others])),
    argoCd: argoCd.map((version) => set('Argo CD', version, [`argocd/${version}`, `kubernetes/${newest}`])),
  };
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
