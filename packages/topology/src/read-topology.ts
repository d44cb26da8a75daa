import {
  compareIssues,
  locate,
  readStrictYaml,
  type Finding,
  type Issue,
  isInside,
  type SourceDocument,
} from '@meshrs/strict-yaml';
import { checkAddresses } from './checks/addresses.ts';
import { checkAsns } from './checks/asns.ts';
import { checkApiServerPorts } from './checks/api-server-ports.ts';
import { checkAttachment } from './checks/attachment.ts';
import { checkBackend } from './checks/backend.ts';
import { checkCapacity } from './checks/capacity.ts';
import { checkDevices } from './checks/devices.ts';
import { checkEngineMemory } from './checks/engine-memory.ts';
import { adviseOfHoldTimes, checkCapabilities } from './checks/capabilities.ts';
import type { Check } from './checks/check.ts';
import { checkClients } from './checks/clients.ts';
import { checkCommunities } from './checks/communities.ts';
import { checkIgnoredFields } from './checks/ignored-fields.ts';
import { checkNames } from './checks/names.ts';
import { checkPasswords } from './checks/passwords.ts';
import { checkPlacement } from './checks/placement.ts';
import { checkPods } from './checks/pods.ts';
import { checkRanges } from './checks/ranges.ts';
import { checkSideImages } from './checks/side-images.ts';
import { checkSyncWindows } from './checks/sync-windows.ts';
import { checkUnsupported } from './checks/unsupported.ts';
import { checkWideRanges } from './checks/wide-ranges.ts';
import { topologyCodes, type CheckCode, type TopologyCode } from './codes.ts';
import { topologySchema, type Topology } from './schema/index.ts';

const advice = {
  emptyFile: 'run "meshrs init" for a first topology',
  keys: 'meshrs explain lists the keys of each place',
};

const checks: readonly Check[] = [
  checkPlacement,
  checkNames,
  checkAddresses,
  checkRanges,
  checkAsns,
  checkAttachment,
  checkDevices,
  checkCapabilities,
  checkCapacity,
  checkEngineMemory,
  checkClients,
  checkBackend,
  checkCommunities,
  checkPasswords,
  checkPods,
  checkIgnoredFields,
  checkApiServerPorts,
  checkSideImages,
  checkSyncWindows,
];

/** What a file without errors may do better; beside errors it would only be in the way. */
const advising: readonly Check[] = [checkWideRanges, adviseOfHoldTimes];

export type TopologyIssue = Issue<TopologyCode>;

/** A file that was read: all its issues, and the topology when none of them is an error. */
export interface TopologyFile {
  readonly file: string;
  readonly issues: readonly TopologyIssue[];
  readonly topology?: Topology;
  /** What could be read in spite of errors; for checks across files only. */
  readonly document?: SourceDocument;
}

export interface ReadTopologyOptions {
  /** Take what nothing can run yet too: renderers are tested with it before agents can run it. */
  readonly allowUnsupported?: boolean;
}

/** Reads the text of a topology and reports everything that is wrong with it in one run. */
export function readTopology(
  file: string,
  text: string,
  { allowUnsupported = false }: ReadTopologyOptions = {},
): TopologyFile {
  const findAll = (topology: Topology): Finding<CheckCode>[] =>
    [...checks, ...(allowUnsupported ? [] : [checkUnsupported])].flatMap((check) => check(topology));
  const read = readStrictYaml(file, text, topologySchema, advice);
  if (read.ok) {
    const found = locateAll(findAll(read.value), read.document);
    const hasErrors = found.some(({ severity }) => severity === 'error');
    const advised = hasErrors ? [] : advising.flatMap((check) => check(read.value));
    const issues = [...found, ...locateAll(advised, read.document)].sort(compareIssues);
    return { file, issues, document: read.document, ...(!hasErrors && { topology: read.value }) };
  }
  const { rest } = read;
  if (!rest) return { file, issues: read.issues };
  const findings = findAll(rest.value)
    .filter(({ code }) => !rest.removed.some(([section]) => topologyCodes[code].needs?.includes(String(section))))
    // What is found at a value that was replaced speaks of the replacement.
    .filter(({ path }) => !rest.touched.some((touched) => isInside(path, touched)));
  return {
    file,
    issues: [...read.issues, ...locateAll(findings, rest.document)].sort(compareIssues),
    document: rest.document,
  };
}

/** Topologies of one repository share the folders of their clusters. */
export function checkAcross(files: readonly TopologyFile[]): TopologyIssue[] {
  const owners = new Map<string, string>();
  const issues: TopologyIssue[] = [];
  for (const { file, topology, document } of files) {
    if (!topology || !document) continue;
    for (const cluster of Object.keys(topology.placement.clusters)) {
      const owner = owners.get(cluster);
      if (owner === undefined) {
        owners.set(cluster, file);
        continue;
      }
      const finding: Finding<CheckCode> = {
        code: 'cluster-in-two-files',
        path: ['placement', 'clusters', cluster],
        message: `The cluster "${cluster}" stands in ${owner} too; both files would write overlays/${cluster}.`,
        seen: cluster,
        allowed: 'a cluster name that no other topology has',
        hint: 'rename the cluster in one of the two files',
      };
      issues.push(locate(finding, document, topologyCodes));
    }
  }
  return issues;
}

function locateAll(findings: readonly Finding<CheckCode>[], document: SourceDocument): TopologyIssue[] {
  return findings.map((finding) => locate(finding, document, topologyCodes)).sort(compareIssues);
}
