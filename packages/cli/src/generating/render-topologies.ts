import {
  clusterFacts,
  manifestCodes,
  renderManifests,
  type ClusterFacts,
  type Fleet,
  type ManifestFile,
  type NotGenerated,
} from '@meshrs/manifests';
import { renderDevices, type NotRendered } from '@meshrs/router-config/devices';
import { locate, type Issue } from '@meshrs/strict-yaml';
import { readTopologies } from '../topologies/read-topologies.ts';
import type { TopologyText } from '../topologies/topology-files.ts';

/** What topologies give; plain data, the same when it comes back from JSON. */
export interface Rendered {
  /** Of the topologies, and what stands against generating from them; warnings among them. */
  readonly issues: readonly Issue[];
  /** One of the issues is an error: nothing may be generated. */
  readonly hasErrors: boolean;
  readonly files: readonly ManifestFile[];
  /** Clusters that have an overlay. */
  readonly clusters: readonly ClusterFacts[];
  readonly notGenerated: readonly NotGenerated[];
  /** By topology, the routers and clients of systems that no file is made for yet. */
  readonly notRendered: readonly NotRenderedDevices[];
}

export interface NotRenderedDevices {
  readonly file: string;
  readonly devices: readonly NotRendered[];
}

/**
 * Reads topologies and makes everything from them. `clustersWithCustom`: those whose overlay includes a user's
 * component; `builtRevisions`: what builds of those give, by cluster and side.
 */
export function renderTopologies(
  texts: readonly TopologyText[],
  clustersWithCustom: readonly string[],
  builtRevisions: Readonly<Record<string, Readonly<Record<string, string>>>> = {},
): Rendered {
  const { files, issues } = readTopologies(texts);
  const fleets = files.flatMap(({ file, topology }): Fleet[] => (topology ? [{ file, topology }] : []));
  const rendered = renderManifests(fleets, (cluster) => clustersWithCustom.includes(cluster), builtRevisions);
  const obstacles = rendered.obstacles.flatMap(({ file, finding }) => {
    const document = files.find((each) => each.file === file)?.document;
    return document ? [locate(finding, document, manifestCodes)] : [];
  });
  const devices = fleets.map(({ file, topology }) => ({ file, ...renderDevices(file, topology) }));
  const all: readonly Issue[] = [...issues, ...obstacles];
  return {
    issues: all,
    hasErrors: all.some(({ severity }) => severity === 'error'),
    files: [...rendered.files, ...devices.flatMap(({ files: ofFleet }) => ofFleet)],
    clusters: rendered.clusters.map(clusterFacts),
    notGenerated: rendered.notGenerated,
    notRendered: devices.flatMap(({ file, notRendered }) =>
      notRendered.length > 0 ? [{ file, devices: notRendered }] : [],
    ),
  };
}
