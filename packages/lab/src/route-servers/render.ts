import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { customFolder, renderManifests, type ManifestFile } from '@meshrs/manifests';
import { formatPath } from '@meshrs/strict-yaml';
import type { Topology } from '@meshrs/topology';
import { LabFailure, systemCode } from '../host/failure.ts';
import { run } from '../host/run.ts';
import { parseObjects, type RenderedObject } from '../kubernetes/objects.ts';
import type { Lab } from '../lab/lab.ts';
import type { Tools } from '../lab/tools.ts';
import { componentRevisions } from './component-revisions.ts';
import { differences, formatDifferences, type ObjectDifference } from './built-objects.ts';

/** The route servers' objects for the lab, and in what they differ from the generated ones. */
export interface RouteServerObjects {
  /** By the name of the cluster. */
  readonly objects: ReadonlyMap<string, readonly RenderedObject[]>;
  readonly differences: readonly ObjectDifference[];
  /** Where the differences can be read. */
  readonly differencesFile: string;
}

/** The generated files of a topology, as they must stand in the repository. */
export function generatedFiles(repository: string, file: string, topology: Topology): readonly ManifestFile[] {
  const hasComponent = (cluster: string): boolean => existsSync(join(repository, customFolder(cluster)));
  const rendered = renderManifests([{ file, topology }], hasComponent);
  const [obstacle] = rendered.obstacles;
  if (!obstacle) {
    const revisions = componentRevisions(repository, rendered);
    return renderManifests([{ file, topology }], hasComponent, revisions).files;
  }
  throw new LabFailure({
    code: 'topology-unfit',
    message: `${file}: ${formatPath(obstacle.finding.path)}: ${obstacle.finding.message}`,
    next: obstacle.finding.hint,
  });
}

/** Refuses a tree that the topology would not give: what runs in the lab must be what is committed. */
export function assertFresh(repository: string, topologyFile: string, files: readonly ManifestFile[]): void {
  const stale = files.filter(({ path, text }) => readIfThere(join(repository, path)) !== text).map(({ path }) => path);
  if (stale.length === 0) return;
  throw new LabFailure({
    code: 'stale-tree',
    message: `${String(stale.length)} generated ${stale.length === 1 ? 'file is' : 'files are'} not what ${topologyFile} gives, the first is ${stale[0] ?? ''}.`,
    next: 'run "pnpm build", and look at what it changes',
  });
}

/** How a lab runs what is generated. */
export interface LabVersion {
  readonly topology: Topology;
  /** Changes the written tree further. */
  readonly editTree?: (root: string) => void;
  /** Which of the overlay's objects come into the lab. */
  readonly isWanted: (object: RenderedObject) => boolean;
}

/** What is generated is of a file, with a folder for each cluster. */
export interface FleetFile {
  /** Path of the topology from the root of the repository. */
  readonly file: string;
  readonly clusters: readonly string[];
}

/** Builds everything of every cluster as generated and as the lab runs it, with kustomize. */
export async function renderRouteServers(
  lab: Lab,
  tools: Tools,
  fleet: FleetFile & { readonly topology: Topology },
  { topology, editTree, isWanted }: LabVersion,
): Promise<RouteServerObjects> {
  const build = async (variant: Variant, folder: string): Promise<RenderedObject[]> =>
    parseObjects(await run([tools.kustomize, 'build', folder], { cwd: treeOf(lab, variant) }));
  writeVariant(lab, fleet, 'generated', fleet.topology);
  writeVariant(lab, fleet, 'lab', topology);
  editTree?.(treeOf(lab, 'lab'));
  const built = await Promise.all(
    fleet.clusters.map(async (cluster) => {
      const apps = `clusters/${cluster}/apps`;
      const overlay = `overlays/${cluster}`;
      const [generated, inLab, generatedApps, labApps] = await Promise.all([
        build('generated', overlay),
        build('lab', overlay),
        build('generated', apps),
        build('lab', apps),
      ]);
      const objects = inLab.filter(isWanted);
      return { cluster, objects, list: differences([...generatedApps, ...generated], [...labApps, ...objects]) };
    }),
  );
  const list = built.flatMap((one) => one.list);
  const differencesFile = join(lab.paths.state, 'manifests', 'differences.txt');
  writeFileSync(differencesFile, formatDifferences(list));
  return {
    objects: new Map(built.map(({ cluster, objects }) => [cluster, objects])),
    differences: list,
    differencesFile,
  };
}

/** The generated tree of a topology as it is, and as the lab runs it. */
export type Variant = 'generated' | 'lab';

/** Where a variant's whole tree stands, as it would in the repository. */
export function treeOf(lab: Lab, variant: Variant): string {
  return join(lab.paths.state, 'manifests', variant);
}

/** Writes everything that a topology gives, with the user's own component, and nothing else. */
export function writeVariant(lab: Lab, { file, clusters }: FleetFile, variant: Variant, topology: Topology): void {
  const { repository } = lab.paths;
  const root = treeOf(lab, variant);
  rmSync(root, { recursive: true, force: true });
  writeTree(root, generatedFiles(repository, file, topology));
  for (const custom of clusters.map(customFolder)) {
    if (existsSync(join(repository, custom))) cpSync(join(repository, custom), join(root, custom), { recursive: true });
  }
}

function writeTree(root: string, files: readonly ManifestFile[]): void {
  for (const { path, text } of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
