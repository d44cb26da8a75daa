import { turnName, turnWords } from '@meshrs/contract';
import { asFailure } from '../opening/refusals.ts';
import { closeSide } from '../opening/close-side.ts';
import { confirmFleet } from '../opening/confirm.ts';
import { openSide } from '../opening/open-side.ts';
import { readOpeningRequest, readReason } from '../opening/opening-request.ts';
import { openCluster } from '../status/cluster-api.ts';
import { exitCodes, type ExitCode } from '../terminal/exit-codes.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { chooseCluster, chooseTopology } from './choose-topology.ts';

export interface CloseCommandOptions {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly reason: string;
  readonly force: boolean;
}

export interface OpenCommandOptions extends CloseCommandOptions {
  readonly cluster: string | undefined;
  readonly both: boolean;
  readonly minutes: string;
  readonly wait: string;
  readonly confirm: string | undefined;
}

/** `meshrs open SIDE [TOPOLOGY]`: opens a side by hand, for as long as the command runs. */
export async function open(
  terminal: Terminal,
  [first, second]: readonly [string | undefined, string | undefined],
  options: OpenCommandOptions,
): Promise<ExitCode> {
  const [side, wanted] = options.both ? [undefined, first] : [first, second];
  const topology = chooseTopology(terminal, wanted);
  const { cluster, sides } = chooseCluster(topology, options.cluster);
  const request = readOpeningRequest({ ...options, side }, sides);
  const api = openCluster({ ...options, env: terminal.env });
  const say = lineWriter(terminal);
  say(`Fleet ${turnName(topology.routeServers)}, context "${api.context}" at ${api.server}`);
  if (request.isForced) {
    const { isInteractive } = terminal;
    const fleet = turnName(topology.routeServers);
    await confirmFleet(fleet, warningOf(request.open), { typed: options.confirm, isInteractive, say });
  }
  const end = new Promise<string>((resolve) => terminal.onEnd?.(resolve));
  try {
    const opened = await openSide(request, { api, topology, cluster, say, end });
    if (opened.kind === 'refused') say(refusalOf(request.open, opened.obstacles));
    return opened.kind === 'closed' ? exitCodes.ok : exitCodes.issues;
  } catch (thrown) {
    throw asFailure(thrown, api);
  }
}

/** `meshrs close [TOPOLOGY]`: closes what another has left open. */
export async function close(
  terminal: Terminal,
  wanted: string | undefined,
  options: CloseCommandOptions,
): Promise<ExitCode> {
  const topology = chooseTopology(terminal, wanted);
  const reason = readReason(options.reason);
  const api = openCluster({ ...options, env: terminal.env });
  const say = lineWriter(terminal);
  try {
    await closeSide({ reason, isForced: options.force }, { api, topology, say });
    return exitCodes.ok;
  } catch (thrown) {
    throw asFailure(thrown, api);
  }
}

function lineWriter(terminal: Terminal): (line: string) => void {
  return (line) => {
    terminal.writeOut(`${line}\n`);
  };
}

function warningOf(open: string): string {
  return open === turnWords.all
    ? 'While all sides are open nothing keeps a session for anybody: one command can take every client off both sides.'
    : `Nobody asks whether the clients of side ${open} have a session with another side; what is open now is closed first.`;
}

function refusalOf(open: string, obstacles: readonly string[]): string {
  const why = obstacles.length === 0 ? 'it was ended before that was known' : obstacles.join('; ');
  return `${open === turnWords.all ? 'Nothing was' : `Side ${open} was not`} opened: ${why}`;
}
