import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { formatIssue, nearest } from '@meshrs/strict-yaml';
import { Failure } from '@meshrs/tools/failure';
import type { Topology } from '@meshrs/topology';
import type { Terminal } from '../terminal/terminal.ts';
import { readTopologies } from '../topologies/read-topologies.ts';
import { findRepository, listTopologies, readTopologyTexts } from '../topologies/topology-files.ts';

/** The topology of that name or path; without one, the only one there is. */
export function chooseTopology(terminal: Terminal, wanted: string | undefined): Topology {
  const path =
    wanted !== undefined && existsSync(resolve(terminal.cwd, wanted)) ? wanted : findByName(terminal, wanted);
  const { files, issues } = readTopologies(readTopologyTexts(terminal.cwd, [path]));
  const [{ file, topology } = { file: path, topology: undefined }] = files;
  if (topology) return topology;
  const errors = issues.filter(({ severity }) => severity === 'error');
  throw new Failure({
    code: 'topology-unfit',
    message: `${file} has errors:\n\n${errors.map(formatIssue).join('\n\n')}\n`,
    next: `correct ${file}; "meshrs check" says what is left`,
  });
}

function findByName({ cwd }: Terminal, wanted: string | undefined): string {
  const repository = findRepository(cwd);
  const byName = new Map(listTopologies(repository).map((path) => [basename(path).replace(/\.ya?ml$/, ''), path]));
  const names = [...byName.keys()];
  const found = byName.get(wanted ?? (names.length === 1 ? (names[0] ?? '') : ''));
  if (found !== undefined) return join(repository, found);
  const guess = wanted === undefined ? undefined : nearest(wanted, names);
  throw new Failure({
    code: 'no-topology',
    message:
      wanted === undefined
        ? `There are ${String(names.length)} topologies, and none is named.`
        : `There is no topology "${wanted}".${guess === undefined ? '' : ` Did you mean ${guess}?`}`,
    next: `name one of: ${names.join(', ') || 'none; "meshrs init" writes a first one'}`,
  });
}

/** The cluster of that name, with its sides; without a name the only one there is. */
export function chooseCluster(topology: Topology, wanted: string | undefined) {
  const { clusters } = topology.placement;
  const names = Object.keys(clusters);
  const cluster = wanted ?? (names.length === 1 ? (names[0] ?? '') : '');
  const sides = Object.hasOwn(clusters, cluster) ? clusters[cluster]?.sides : undefined;
  if (sides) return { cluster, sides: [...sides].sort() };
  throw new Failure({
    code: 'no-cluster',
    message:
      wanted === undefined
        ? `The topology has ${String(names.length)} clusters, and none is named.`
        : `The topology has no cluster "${wanted}".`,
    next: `name the one that your kubeconfig's context reaches: --cluster ${names.join(', or --cluster ')}`,
  });
}
