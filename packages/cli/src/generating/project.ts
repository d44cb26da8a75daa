import type { RequiredSecret } from '@meshrs/manifests';
import { clustersWithCustom } from '../kustomize/custom-folder.ts';
import type { Problem } from '../problems/problem.ts';
import { cacheKey, type ResultCache } from '../tools/result-cache.ts';
import { readTopologyTexts, type TopologyText } from '../topologies/topology-files.ts';
import { readRecord, recordPath, type GeneratedRecord } from '../repository/generated-record.ts';
import type { CustomRevisions } from './custom-revisions.ts';
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
  /** What of the users' components keeps files from being wanted. */
  readonly problems: readonly Problem[];
  /** Clusters whose overlays cannot be told because of that: what is wanted of them lacks the revisions of the sides. */
  readonly unknown: readonly string[];
}

/** With what a repository is read. */
export interface ProjectTools {
  /** A hash of the program that runs. */
  readonly programIdentity: string;
  /** Remembers what topologies without errors gave. */
  readonly cache: ResultCache;
  /** Path of kustomize; asked for only when a component of the user's has to be built. */
  readonly kustomize: () => string;
}

/** Reads it twice where users have components: the second time with the revisions that builds with these give. */
export async function readProject(repository: string, tools: ProjectTools): Promise<Project> {
  const record = readRecord(repository);
  const tree = readTree(repository, treeFolders);
  const disk = new Map([...tree, ...readFiles(repository, [recordPath, ...Object.keys(record)])]);
  const texts = readTopologyTexts(repository);
  const custom = clustersWithCustom(tree);
  const first = projectOf(await renderOrRemember({ texts, custom, revisions: {} }, tools), record, disk);
  const concerned = first.rendered.clusters.filter(({ cluster }) => custom.includes(cluster));
  if (first.rendered.hasErrors || concerned.length === 0) return first;
  const { customRevisions } = await import('./custom-revisions.ts');
  const { revisions, unknown, problems } = await customRevisions(futureTree(first), concerned, {
    ...tools,
    repository,
  });
  if (Object.keys(revisions).length === 0) return { ...first, unknown, problems };
  const second = projectOf(await renderOrRemember({ texts, custom, revisions }, tools), record, disk);
  return { ...second, unknown, problems };
}

function projectOf(rendered: Rendered, record: GeneratedRecord, disk: Tree): Project {
  const { hasErrors, files } = rendered;
  const wanted = new Map(hasErrors ? [] : files.map(({ path, text }) => [path, Buffer.from(text)]));
  return { rendered, wanted, record, disk, problems: [], unknown: [] };
}

interface Sources {
  readonly texts: readonly TopologyText[];
  /** Clusters with a component of the user's. */
  readonly custom: readonly string[];
  readonly revisions: CustomRevisions['revisions'];
}

async function renderOrRemember(sources: Sources, { programIdentity, cache }: ProjectTools): Promise<Rendered> {
  const key = cacheKey(['topologies', programIdentity, JSON.stringify(sources)]);
  const known = cache.get(key);
  if (known !== undefined) return JSON.parse(known) as Rendered;
  // Readers and renderers are large, and where nothing has changed they are not needed.
  const { renderTopologies } = await import('./render-topologies.ts');
  const rendered = renderTopologies(sources.texts, sources.custom, sources.revisions);
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
