import { locate, type Issue } from '@meshrs/strict-yaml';
import {
  clusterFacts,
  manifestCodes,
  renderManifests,
  type ClusterFacts,
  type Fleet,
  type RenderedManifests,
  type RequiredSecret,
} from '@meshrs/manifests';
import { customKustomization } from '../judges/judge-custom.ts';
import { readTopologies } from '../topology-files.ts';
import { readRecord, recordPath, type GeneratedRecord } from './generated-record.ts';
import { readFiles, readTree, treeFolders, type Tree } from './tree.ts';

/** A repository as it is, and what its topologies want of it. */
export interface Project {
  /** Issues of the topologies and what stands against generating from them; warnings among them. */
  readonly issues: readonly Issue[];
  /** Undefined when one of the issues is an error. */
  readonly rendered: RenderedManifests | undefined;
  /** Generated files as they are wanted; empty when nothing was rendered. */
  readonly wanted: Tree;
  readonly record: GeneratedRecord;
  /** Everything under base/, overlays/ and clusters/, the record and its files, as on disk. */
  readonly disk: Tree;
}

export function readProject(repository: string): Project {
  const { files, issues } = readTopologies(repository, []);
  const record = readRecord(repository);
  const disk = readTree(repository, treeFolders);
  const fleets = files.flatMap(({ file, topology }): Fleet[] => (topology ? [{ file, topology }] : []));
  const rendered = renderManifests(fleets, (cluster) => customKustomization(disk, cluster) !== undefined);
  const obstacles = rendered.obstacles.flatMap(({ file, finding }) => {
    const document = files.find((each) => each.file === file)?.document;
    return document ? [locate(finding, document, manifestCodes)] : [];
  });
  const all: Issue[] = [...issues, ...obstacles];
  const isUsable = all.every(({ severity }) => severity !== 'error');
  return {
    issues: all,
    rendered: isUsable ? rendered : undefined,
    wanted: new Map(isUsable ? rendered.files.map(({ path, text }) => [path, Buffer.from(text)]) : []),
    record,
    disk: new Map([...disk, ...readFiles(repository, [recordPath, ...Object.keys(record)])]),
  };
}

/** The tree that will stand on disk: what is wanted, and the user's own files beside it. */
export function futureTree({ wanted, record, disk }: Project): Tree {
  const own = [...disk].filter(([path]) => !(path in record) && path !== recordPath);
  return new Map([...own, ...wanted]);
}

/** Secrets that the user creates, by cluster. */
export function requiredSecretsOf({ rendered }: Project): Readonly<Record<string, readonly RequiredSecret[]>> {
  const facts = rendered ? factsOf(rendered) : [];
  return Object.fromEntries(facts.map(({ cluster, requiredSecrets }) => [cluster, requiredSecrets]));
}

export function factsOf({ clusters }: RenderedManifests): ClusterFacts[] {
  return clusters.map(clusterFacts);
}
