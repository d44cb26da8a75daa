import { parseDocument } from 'yaml';
import type { Tree } from '../repository/tree.ts';
import { isKustomization } from './kustomization-file.ts';

/** What a kustomization reads from somewhere else than the repository. */
export interface RemoteReference {
  /** The kustomization. */
  readonly path: string;
  readonly reference: string;
}

/**
 * Fields of a Kustomization in which kustomize takes an address for a file or a folder (Kustomize reference,
 * "kustomization"); other fields hold values, in which an address is a text.
 */
const fields = new Set([
  'resources',
  'bases',
  'components',
  'crds',
  'configurations',
  'generators',
  'transformers',
  'validators',
  'patchesStrategicMerge',
]);
/** Fields whose mappings name files under these keys. */
const files: Readonly<Record<string, readonly string[]>> = {
  patches: ['path'],
  patchesJson6902: ['path'],
  replacements: ['path'],
  openapi: ['path'],
  configMapGenerator: ['files', 'envs', 'env'],
  secretGenerator: ['files', 'envs', 'env'],
  helmCharts: ['repo'],
};

/** As kustomize tells them from paths (api/internal/git/repospec.go, api/internal/loader/fileloader.go). */
const remote =
  /^[a-z][a-z0-9+.-]*:\/\/|^git::|^gh:|^[^/\s]+@[^/\s]+[:/]|^(?:www\.)?github\.com[/:]|\?(?:ref|version)=/i;

/** What the kustomizations of a tree read from other places: it may be another thing when Argo CD builds it. */
export function remoteReferences(tree: Tree): RemoteReference[] {
  return [...tree]
    .filter(([path]) => isKustomization(path))
    .flatMap(([path, content]) =>
      referencesOf(content.toString('utf8'))
        .filter((reference) => remote.test(reference))
        .map((reference) => ({ path, reference })),
    );
}

/** What is no YAML names nothing; kustomize says what is wrong with it. */
function referencesOf(text: string): string[] {
  const document = parseDocument(text);
  const value: unknown = document.errors.length > 0 ? undefined : document.toJS();
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([field, content]) => {
    if (fields.has(field)) return textsOf(content);
    return (Object.hasOwn(files, field) ? (files[field] ?? []) : []).flatMap((key) =>
      listOf(content)
        .filter(isRecord)
        .flatMap((entry) => textsOf(entry[key])),
    );
  });
}

/** A generator names a file behind "name=". */
function textsOf(value: unknown): string[] {
  return listOf(value)
    .filter((entry) => typeof entry === 'string')
    .filter((text) => !text.includes('\n'))
    .map((text) => text.replace(/^[\w.-]+=/, ''));
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
