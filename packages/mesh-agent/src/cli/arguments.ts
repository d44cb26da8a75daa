import { parseAddress, type IpAddress } from '@meshrs/network';
import { nearest } from '@meshrs/strict-yaml';
import { parseArgs } from 'node:util';
import { logLevels, type LogLevel } from '@meshrs/contract';

/** What the agent is asked to do. */
export type AgentCommand =
  | { readonly kind: 'init' | 'sidecar' | 'undrain' | 'list-evictions' | 'version' | 'help' }
  | { readonly kind: 'clear-evictions'; readonly which: IpAddress | 'all' }
  /** `by`: who asks, in words. */
  | { readonly kind: 'drain'; readonly by?: string }
  | { readonly kind: 'log-level'; readonly level?: LogLevel }
  | { readonly kind: 'debug'; readonly file?: string }
  /** Its own arguments are read where it is loaded. */
  | { readonly kind: 'gate'; readonly args: readonly string[] };

export type ParsedArguments =
  | { readonly ok: true; readonly command: AgentCommand; readonly root: string }
  | { readonly ok: false; readonly message: string };

export const usage = `mesh-agent: keeps a route server's iBGP mesh right, beside its routing engine.

  mesh-agent init                       write the engine's configuration, once, before the engine starts
  mesh-agent sidecar                    keep it right until SIGTERM; a restart of the agent changes nothing
  mesh-agent drain [--by WHO]           take the route server down gently, and wait until it is done
  mesh-agent undrain                    take a drain back, and wait until the route server serves
  mesh-agent evictions list             show who is kept out, why and until when
  mesh-agent evictions clear [ADDRESS]  let one address, or all, come back now
  mesh-agent log-level [LEVEL]          show or set what the sidecar logs: debug, info, warn, error; until it restarts
  mesh-agent debug [FILE]               write what the sidecar knows, without a secret, as one archive (tar, gzip)
  mesh-agent gate --next SIDE --side SIDE=STATEFULSET[,…]/CONFIGMAP --side … --selector LABEL=VALUE --timeout SECONDS
                  [--elsewhere SIDE=SETTINGS/ADDRESS@POD[,…]]… [--let-through ADDRESS]… [--revision HASH]
                                        wait until SIDE may be touched: every client of it is kept by another side;
                                        what --elsewhere names stands in another cluster: by which revisions of its
                                        settings and pods its agents answer
  mesh-agent --version | --help

  --root DIR    put this folder before every path, to try the agent outside a pod (default /)

Environment: POD_NAME, POD_IP, POD_NAMESPACE, UPDATE_SECONDS; KUBECONFIG outside a cluster.
`;

const commands = ['init', 'sidecar', 'drain', 'undrain', 'evictions', 'log-level', 'debug', 'gate'] as const;
const evictionCommands = ['list', 'clear'] as const;

/** Reads the arguments after the program's name. */
export function parseArguments(args: readonly string[]): ParsedArguments {
  const [first, ...others] = args;
  if (first === 'gate' && !others.includes('--help')) {
    return { ok: true, command: { kind: 'gate', args: others }, root: '/' };
  }
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        root: { type: 'string' },
        by: { type: 'string' },
        version: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (thrown) {
    return {
      ok: false,
      message: `${thrown instanceof Error ? thrown.message : String(thrown)}\nSee mesh-agent --help.`,
    };
  }
  const { values, positionals } = parsed;
  const root = values.root ?? '/';
  const accept = (command: AgentCommand): ParsedArguments => ({ ok: true, command, root });
  if (values.help) return accept({ kind: 'help' });
  if (values.version) return accept({ kind: 'version' });
  const [name, ...rest] = positionals;
  if (values.by !== undefined && name !== 'drain') {
    return { ok: false, message: '--by says who asks for a drain: mesh-agent drain --by WHO. See mesh-agent --help.' };
  }
  if (name === undefined) {
    return {
      ok: false,
      message: `One of the following arguments required: ${commands.join(', ')}. See mesh-agent --help.`,
    };
  }
  switch (name) {
    case 'init':
    case 'sidecar':
    case 'undrain':
      return rest.length === 0 ? accept({ kind: name }) : surplus(name, rest);
    case 'drain':
      if (rest.length > 0) return surplus(name, rest);
      return accept({ kind: name, ...(values.by !== undefined && { by: values.by }) });
    case 'log-level':
      return parseLogLevel(rest, accept);
    case 'debug': {
      const [file, ...others] = rest;
      return others.length > 0
        ? surplus('debug FILE', others)
        : accept({ kind: name, ...(file !== undefined && { file }) });
    }
    case 'gate':
      return { ok: false, message: 'gate comes first: mesh-agent gate --next … See mesh-agent --help.' };
    case 'evictions':
      return parseEvictions(rest, accept);
    default:
      return unknown('argument', name, commands);
  }
}

function parseLogLevel([name, ...others]: readonly string[], accept: (command: AgentCommand) => ParsedArguments) {
  if (others.length > 0) return surplus('log-level LEVEL', others);
  if (name === undefined) return accept({ kind: 'log-level' });
  const level = logLevels.find((each) => each === name);
  return level ? accept({ kind: 'log-level', level }) : unknown('level', name, logLevels);
}

function parseEvictions(rest: readonly string[], accept: (command: AgentCommand) => ParsedArguments): ParsedArguments {
  const [name, address, ...surplusArguments] = rest;
  if (name === undefined) {
    return { ok: false, message: `evictions needs one of: ${evictionCommands.join(', ')}. See mesh-agent --help.` };
  }
  if (name === 'list')
    return address === undefined ? accept({ kind: 'list-evictions' }) : surplus('evictions list', rest.slice(1));
  if (name !== 'clear') return unknown('argument of evictions', name, evictionCommands);
  if (surplusArguments.length > 0) return surplus('evictions clear ADDRESS', surplusArguments);
  if (address === undefined) return accept({ kind: 'clear-evictions', which: 'all' });
  const which = parseAddress(address);
  if (which !== undefined) return accept({ kind: 'clear-evictions', which });
  return {
    ok: false,
    message: `evictions clear: "${address}" is no IPv4 or IPv6 address. "mesh-agent evictions list" shows the addresses; without one all are cleared.`,
  };
}

function unknown(what: string, seen: string, known: readonly string[]): ParsedArguments {
  const guess = nearest(seen, known);
  return {
    ok: false,
    message: `Invalid ${what}: ${seen}. ${guess ? `Did you mean ${guess}? ` : ''}Allowed: ${known.join(', ')}.`,
  };
}

function surplus(command: string, seen: readonly string[]): ParsedArguments {
  return { ok: false, message: `${command} takes no further arguments; seen: ${seen.join(' ')}.` };
}
