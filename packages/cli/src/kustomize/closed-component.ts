import { dirname, join } from 'node:path/posix';
import { parse } from 'yaml';
import type { Tree } from '../repository/tree.ts';
import { isKustomization } from './kustomization-file.ts';

/**
 * Whether everything that a folder of kustomizations reads stands in the folder itself. Only then do its files tell all
 * that a build of it depends on. What is not known for certain counts as reading elsewhere.
 */
export function isClosed(tree: Tree): boolean {
  return [...tree].every(([path, content]) => {
    if (!isKustomization(path)) return true;
    const references = referencesOf(content.toString('utf8'));
    return references?.every((reference) => isInside(tree, dirname(path), reference)) ?? false;
  });
}

/** Fields of a Kustomization that name no file (Kustomize reference, "kustomization"). */
const withoutFiles = new Set([
  'apiVersion',
  'kind',
  'metadata',
  'namespace',
  'namePrefix',
  'nameSuffix',
  'labels',
  'commonLabels',
  'commonAnnotations',
  'images',
  'replicas',
  'vars',
  'generatorOptions',
  'buildMetadata',
  'sortOptions',
]);

/** Fields that are lists of files and folders. */
const lists = new Set(['resources', 'bases', 'components', 'crds', 'configurations', 'patchesStrategicMerge']);

/** Fields that are lists of mappings with a file under `path`. */
const withPath = new Set(['patches', 'patchesJson6902', 'replacements']);

const generators = new Set(['configMapGenerator', 'secretGenerator']);

/** The files and folders that a kustomization names; undefined when it cannot be told. */
function referencesOf(text: string): string[] | undefined {
  let kustomization: unknown;
  try {
    kustomization = parse(text);
  } catch {
    // kustomize will say what is wrong with it.
    return undefined;
  }
  if (!isRecord(kustomization)) return undefined;
  const references: string[] = [];
  for (const [field, value] of Object.entries(kustomization)) {
    if (withoutFiles.has(field)) continue;
    const named = referencesIn(field, value);
    if (named === undefined) return undefined;
    references.push(...named);
  }
  return references;
}

function referencesIn(field: string, value: unknown): string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const entries: readonly unknown[] = value;
  if (lists.has(field)) return texts(entries);
  const records = entries.filter(isRecord);
  if (records.length !== entries.length) return undefined;
  if (withPath.has(field)) return texts(records.flatMap((record) => ('path' in record ? [record['path']] : [])));
  if (!generators.has(field)) return undefined;
  return texts(records.flatMap(({ files, envs, env }) => [...listOf(files), ...listOf(envs), ...listOf(env)]))?.map(
    (text) => text.slice(text.indexOf('=') + 1),
  );
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function texts(values: readonly unknown[]): string[] | undefined {
  const strings = values.filter((value) => typeof value === 'string');
  return strings.length === values.length ? strings : undefined;
}

function isInside(tree: Tree, folder: string, reference: string): boolean {
  if (reference.startsWith('/')) return false;
  const path = join(folder, reference).replace(/\/$/, '');
  return tree.has(path) || [...tree.keys()].some((known) => known.startsWith(`${path}/`));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
