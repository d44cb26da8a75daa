import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { formatIssue, nearest } from '@meshrs/strict-yaml';
import type { Topology } from '@meshrs/topology';
import { exitCodes, type ExitCode } from '../terminal/exit-codes.ts';
import { Failure } from '@meshrs/tools/failure';
import { openCluster } from '../status/cluster-api.ts';
import { isGood } from '../status/cluster-status.ts';
import { formatClusterStatus } from '../status/format-status.ts';
import { gatherClusterStatus } from '../status/gather.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { readTopologies } from '../topologies/read-topologies.ts';
import { findRepository, listTopologies, readTopologyTexts } from '../topologies/topology-files.ts';

export interface StatusCommandOptions {
  readonly json: boolean;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly cluster: string | undefined;
}

/** `meshrs status [TOPOLOGY]`: a live cluster against the topology that it should run. */
export async function status(
  terminal: Terminal,
  wanted: string | undefined,
  { json, kubeconfig, context, cluster }: StatusCommandOptions,
): Promise<ExitCode> {
  const topology = readOne(terminal, wanted);
  const place = chooseCluster(topology, cluster);
  const api = openCluster({ kubeconfig, context, env: terminal.env });
  const seen = await gatherClusterStatus(api, topology, place);
  const ok = isGood(seen);
  terminal.writeOut(json ? `${JSON.stringify({ ok, ...seen }, null, 2)}\n` : `${formatClusterStatus(seen)}\n`);
  return ok ? exitCodes.ok : exitCodes.issues;
}

/** The topology of that name or path; without one, the only one there is. */
export function readOne(terminal: Terminal, wanted: string | undefined): Topology {
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
