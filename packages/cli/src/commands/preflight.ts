import { formatPreflight } from '../preflight/format-preflight.ts';
import { gatherFacts } from '../preflight/gather.ts';
import { decideRows } from '../preflight/decide-rows.ts';
import type { PreflightRow } from '../preflight/row.ts';
import { wantedOf } from '../preflight/wanted.ts';
import { openCluster } from '../status/cluster-api.ts';
import { exitCodes, type ExitCode } from '../terminal/exit-codes.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { chooseCluster, chooseTopology } from './choose-topology.ts';
import type { StatusCommandOptions } from './status.ts';

/** `meshrs preflight [TOPOLOGY]`: whether a live cluster has what the first sync of the topology needs. */
export async function preflight(
  terminal: Terminal,
  named: string | undefined,
  { json, kubeconfig, context, cluster }: StatusCommandOptions,
): Promise<ExitCode> {
  const topology = chooseTopology(terminal, named);
  const place = chooseCluster(topology, cluster);
  const api = openCluster({ kubeconfig, context, env: terminal.env });
  const wanted = wantedOf(topology, place.cluster, place.sides);
  const rows = decideRows(await gatherFacts(api, wanted), wanted);
  const seen = { cluster: place.cluster, context: api.context, server: api.server, rows };
  const exitCode = exitCodeOf(rows);
  terminal.writeOut(
    json ? `${JSON.stringify({ ok: exitCode === exitCodes.ok, ...seen }, null, 2)}\n` : `${formatPreflight(seen)}\n`,
  );
  return exitCode;
}

/** What could not be read is neither well nor wrong; a person's part does not count, since it is always there. */
function exitCodeOf(rows: readonly PreflightRow[]): ExitCode {
  if (rows.some(({ state }) => state === 'fail')) return exitCodes.issues;
  return rows.some(({ state }) => state === 'unknown') ? exitCodes.failure : exitCodes.ok;
}
