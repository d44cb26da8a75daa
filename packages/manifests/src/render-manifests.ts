import type { Finding } from '@meshrs/strict-yaml';
import type { Topology } from '@meshrs/topology';
import type { ManifestCode } from './codes.ts';
import { findObstacles } from './find-obstacles.ts';
import { argoCdFiles } from './layout/argo-cd-folder.ts';
import { baseFolder } from './layout/base-folder.ts';
import { clusterFolder } from './layout/cluster-folder.ts';
import { writeFolder, type ManifestFile } from './layout/manifest-file.ts';
import { sideFolder } from './layout/side-folder.ts';
import { sidesOf, type ClusterScope } from './scope.ts';
import { compareText, sortedTexts } from './sorted.ts';

/** A valid topology, with the path of its file from the root of the repository. */
export interface Fleet {
  readonly file: string;
  readonly topology: Topology;
}

export interface RenderedManifests {
  /** By path. */
  readonly files: readonly ManifestFile[];
  readonly clusters: readonly RenderedCluster[];
  readonly notGenerated: readonly NotGenerated[];
  /** Of the topologies, by file; one of them is enough for nothing to be written. */
  readonly obstacles: readonly { readonly file: string; readonly finding: Finding<ManifestCode> }[];
}

/** A cluster that has an overlay. */
export interface RenderedCluster extends ClusterScope {
  readonly fleet: Fleet;
  /** Folder to build, from the root of the repository. */
  readonly overlay: string;
}

/** Clusters for which nothing is generated, and why. */
export interface NotGenerated {
  readonly file: string;
  readonly clusters: readonly string[];
  readonly reason: string;
}

/**
 * The files of base/, overlays/ and clusters/ for all topologies. `hasCustomFolder` tells for which clusters
 * `customFolder` holds a component of the user's; `builtRevisions` are those of the clusters that have one
 * (`revisionsOfBuild`), left out where it is not built yet.
 */
export function renderManifests(
  fleets: readonly Fleet[],
  hasCustomFolder: (cluster: string) => boolean,
  builtRevisions: Readonly<Record<string, Readonly<Record<string, string>>>> = {},
): RenderedManifests {
  const notGenerated: NotGenerated[] = [];
  const clusters: RenderedCluster[] = [];
  const files: ManifestFile[] = [];
  for (const fleet of [...fleets].sort((one, other) => compareText(one.file, other.file))) {
    const [cluster, ...others] = sortedTexts(Object.keys(fleet.topology.placement.clusters));
    if (cluster === undefined) continue;
    if (others.length > 0) {
      notGenerated.push({ file: fleet.file, clusters: [cluster, ...others], reason: severalClusters });
      continue;
    }
    const revisions = builtRevisions[cluster];
    const scope = {
      cluster,
      topology: fleet.topology,
      hasCustom: hasCustomFolder(cluster),
      ...(revisions !== undefined && { builtRevisions: revisions }),
    };
    files.push(...renderCluster(fleet, scope));
    clusters.push({ ...scope, fleet, overlay: `overlays/${cluster}` });
  }
  const obstacles = [
    ...fleets.flatMap(({ file, topology }) => findObstacles(topology).map((finding) => ({ file, finding }))),
    ...fleetNames(fleets),
  ];
  return { files: files.sort((one, other) => compareText(one.path, other.path)), clusters, notGenerated, obstacles };
}

const severalClusters =
  'route servers of different clusters do not find each other through a headless Service, and no addresses for the mesh between clusters can be generated yet';

function renderCluster({ file }: Fleet, scope: ClusterScope): ManifestFile[] {
  const { cluster, topology, hasCustom } = scope;
  const base = `base/${fleetName(file)}`;
  const overlay = `overlays/${cluster}`;
  const sides = sidesOf(scope);
  return [
    ...writeFolder(base, file, baseFolder(topology)),
    ...writeFolder(overlay, file, clusterFolder(scope), {
      before: [`../../${base}`],
      after: sides.map(({ side }) => side),
      components: hasCustom ? ['custom'] : [],
    }),
    ...sides.flatMap((side) => writeFolder(`${overlay}/${side.side}`, file, sideFolder(side))),
    ...argoCdFiles(scope, file, overlay),
  ];
}

/** "dci" of "topologies/dci.yaml". */
function fleetName(file: string): string {
  return file.replace(/^.*\//, '').replace(/\.[^.]*$/, '');
}

function fleetNames(fleets: readonly Fleet[]): RenderedManifests['obstacles'][number][] {
  const owners = new Map<string, string>();
  return fleets.flatMap(({ file }): RenderedManifests['obstacles'][number][] => {
    const name = fleetName(file);
    const owner = owners.get(name);
    if (owner !== undefined) return [{ file, finding: nameTwice(name, owner) }];
    owners.set(name, file);
    return /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name) ? [] : [{ file, finding: badName(name) }];
  });
}

function nameTwice(name: string, owner: string): Finding<ManifestCode> {
  return {
    code: 'fleet-twice',
    path: [],
    message: `${owner} is called "${name}" too; both would write base/${name}.`,
    seen: name,
    hint: 'rename one of the two files',
  };
}

function badName(name: string): Finding<ManifestCode> {
  return {
    code: 'fleet-name',
    path: [],
    message: `base/ cannot have a folder called "${name}".`,
    seen: name,
    allowed: 'letters, digits, "-", "_" and ".", a letter or digit first',
    hint: 'rename the file, for example to dci.yaml',
  };
}
