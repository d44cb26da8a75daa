import { exitCodes, type ExitCode } from '../terminal/exit-codes.ts';
import { openCluster } from '../status/cluster-api.ts';
import { isGood } from '../status/cluster-status.ts';
import { formatClusterStatus } from '../status/format-status.ts';
import { gatherClusterStatus } from '../status/gather.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { chooseCluster, chooseTopology } from './choose-topology.ts';

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
  const topology = chooseTopology(terminal, wanted);
  const place = chooseCluster(topology, cluster);
  const api = openCluster({ kubeconfig, context, env: terminal.env });
  const seen = await gatherClusterStatus(api, topology, place);
  const ok = isGood(seen);
  terminal.writeOut(json ? `${JSON.stringify({ ok, ...seen }, null, 2)}\n` : `${formatClusterStatus(seen)}\n`);
  return ok ? exitCodes.ok : exitCodes.issues;
}
