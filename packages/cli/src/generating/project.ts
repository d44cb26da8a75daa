import type { RequiredSecret } from '@meshrs/manifests';
import { clustersWithCustom } from '../kustomize/custom-folder.ts';
import { cacheKey, type ResultCache } from '../tools/result-cache.ts';
import { readTopologyTexts } from '../topologies/topology-files.ts';
import { readRecord, recordPath, type GeneratedRecord } from '../repository/generated-record.ts';
import type { Rendered } from './render-topologies.ts';
import { readFiles, readTree, treeFolders, type Tree } from '../repository/tree.ts';

/** A repository as it is, and what its topologies want of it. */
export interface Project {
  readonly rendered: Rendered;
  /** Generated files as they are wanted; empty when nothing may be generated. */
  readonly wanted: Tree;
  readonly record: GeneratedRecord;
  /** Everything under base/, overlays/ and clusters/, the record and its files, as on disk. */
  readonly disk: Tree;
}

/** `cache` remembers what topologies without errors gave, for the program that `programIdentity` tells from others. */
export async function readProject(repository: string, programIdentity: string, cache: ResultCache): Promise<Project> {
  const record = readRecord(repository);
  const disk = readTree(repository, treeFolders);
  const rendered = await renderOrRemember(repository, clustersWithCustom(disk), programIdentity, cache);
  const { files } = rendered;
  return {
    rendered,
    wanted: new Map(rendered.hasErrors ? [] : files.map(({ path, text }) => [path, Buffer.from(text)])),
    record,
    disk: new Map([...disk, ...readFiles(repository, [recordPath, ...Object.keys(record)])]),
  };
}

async function renderOrRemember(
  repository: string,
  custom: readonly string[],
  programIdentity: string,
  cache: ResultCache,
): Promise<Rendered> {
  const texts = readTopologyTexts(repository);
  const key = cacheKey(['topologies', programIdentity, JSON.stringify(texts), JSON.stringify(custom)]);
  const known = cache.get(key);
  if (known !== undefined) return JSON.parse(known) as Rendered;
  // Readers and renderers are large, and where nothing has changed they are not needed.
  const { renderTopologies } = await import('./render-topologies.ts');
  const rendered = renderTopologies(texts, custom);
  if (!rendered.hasErrors) cache.set(key, JSON.stringify(rendered));
  return rendered;
}

/** The tree that will stand on disk: what is wanted, and the user's own files beside it. */
export function futureTree({ wanted, record, disk }: Project): Tree {
  const own = [...disk].filter(([path]) => !(path in record) && path !== recordPath);
  return new Map([...own, ...wanted]);
}

/** Secrets that the user creates, by cluster. */
export function requiredSecretsOf({ rendered }: Project): Readonly<Record<string, readonly RequiredSecret[]>> {
  const clusters = rendered.hasErrors ? [] : rendered.clusters;
  return Object.fromEntries(clusters.map(({ cluster, requiredSecrets }) => [cluster, requiredSecrets]));
}
