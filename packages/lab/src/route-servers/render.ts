import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { customFolder, renderManifests, type ManifestFile } from '@meshrs/manifests';
import { formatPath } from '@meshrs/strict-yaml';
import type { Topology } from '@meshrs/topology';
import { LabFailure, systemCode } from '../failure.ts';
import { run } from '../host/run.ts';
import { parseObjects, type RenderedObject } from '../kubernetes/objects.ts';
import type { Lab } from '../lab.ts';
import type { Tools } from '../tools.ts';
import { differences, formatDifferences, type ObjectDifference } from './built-objects.ts';
import { labTopology, type LabImages } from './lab-topology.ts';

/** The route servers' objects for the lab, and in what they differ from the generated ones. */
export interface RouteServerObjects {
  readonly objects: readonly RenderedObject[];
  readonly differences: readonly ObjectDifference[];
  /** Where the differences can be read. */
  readonly differencesFile: string;
}

/** The generated files of a topology, as they must stand in the repository. */
export function generatedFiles(repository: string, file: string, topology: Topology): readonly ManifestFile[] {
  const { files, obstacles } = renderManifests([{ file, topology }], (cluster) =>
    existsSync(join(repository, customFolder(cluster))),
  );
  const [obstacle] = obstacles;
  if (!obstacle) return files;
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

/** Builds the overlay as generated and as the lab runs it, with kustomize. */
export async function renderRouteServers(
  lab: Lab,
  tools: Tools,
  fleet: { readonly file: string; readonly topology: Topology; readonly cluster: string },
  images: LabImages,
): Promise<RouteServerObjects> {
  const { repository } = lab.paths;
  const build = async (variant: string, topology: Topology): Promise<RenderedObject[]> => {
    const root = join(lab.paths.state, 'manifests', variant);
    writeTree(root, generatedFiles(repository, fleet.file, topology));
    const custom = customFolder(fleet.cluster);
    if (existsSync(join(repository, custom))) cpSync(join(repository, custom), join(root, custom), { recursive: true });
    return parseObjects(await run([tools.kustomize, 'build', `overlays/${fleet.cluster}`], { cwd: root }));
  };
  const [generated, objects] = await Promise.all([
    build('generated', fleet.topology),
    build('lab', labTopology(fleet.topology, images)),
  ]);
  const list = differences(generated, objects);
  const differencesFile = join(lab.paths.state, 'manifests', 'differences.txt');
  writeFileSync(differencesFile, formatDifferences(list));
  return { objects, differences: list, differencesFile };
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
