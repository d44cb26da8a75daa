import { parseAddress, type IpAddress } from '@meshrs/network';
import { nearest } from '@meshrs/strict-yaml';
import { parseArgs } from 'node:util';
import { logLevels, parseBudget, type BudgetIntent, type LogLevel } from '@meshrs/contract';
import { commands, type CommandName } from './usage.ts';

/** What the agent is asked to do. */
export type AgentCommand =
  | { readonly kind: 'init' | 'sidecar' | 'undrain' | 'list-evictions' | 'version' }
  /** `of`: left out for all of them. */
  | { readonly kind: 'help'; readonly of?: CommandName }
  /** `which`: left out where nobody was named, and nobody is cleared. */
  | { readonly kind: 'clear-evictions'; readonly which?: IpAddress | 'all' }
  /** `by`: who asks, in words; `isForced`: also where it takes the last session of clients. */
  | { readonly kind: 'drain'; readonly by?: string; readonly isForced?: true }
  | { readonly kind: 'log-level'; readonly level?: LogLevel }
  | { readonly kind: 'debug'; readonly file?: string }
  | {
      readonly kind: 'close-turn';
      readonly closes: { readonly name: string; readonly budget: BudgetIntent; readonly takesOver: boolean };
    }
  /** Its own arguments are read where it is loaded. */
  | { readonly kind: 'gate' | 'removal-gate'; readonly args: readonly string[] };

export type ParsedArguments =
  | { readonly ok: true; readonly command: AgentCommand; readonly root: string }
  | { readonly ok: false; readonly message: string };

const evictionCommands = ['list', 'clear'] as const;

const options = {
  root: { type: 'string' },
  by: { type: 'string' },
  force: { type: 'boolean' },
  all: { type: 'boolean' },
  turn: { type: 'string' },
  budget: { type: 'string' },
  'take-over': { type: 'boolean' },
  version: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;
type OptionName = keyof typeof options;
const optionNames = Object.keys(options) as readonly OptionName[];

/** Whose option each is that not every command has; gate and removal-gate read their own. */
const onlyOf: Partial<Readonly<Record<OptionName, CommandName>>> = {
  by: 'drain',
  force: 'drain',
  all: 'evictions',
  turn: 'close-turn',
  budget: 'close-turn',
  'take-over': 'close-turn',
};

/** Reads the arguments after the program's name. */
export function parseArguments(args: readonly string[]): ParsedArguments {
  const [first, ...others] = args;
  if (first === 'gate' || first === 'removal-gate') {
    const asksHelp = others.some((each) => each === '--help' || each === '-h');
    return { ok: true, command: asksHelp ? { kind: 'help', of: first } : { kind: first, args: others }, root: '/' };
  }
  const { values, positionals, problems } = readOptions(args);
  const [name, ...rest] = positionals;
  const asksHelp = values.help === true || name === 'help';
  // What its options may be is not known of a command that there is not.
  if (name !== undefined && !commandOf(name) && !asksHelp && !values.version) {
    return unknown('argument', name, [...commands, 'help']);
  }
  if (problems.length > 0) return { ok: false, message: `${problems.join('\n')}\nSee mesh-agent --help.` };
  const root = values.root ?? '/';
  const accept = (command: AgentCommand): ParsedArguments => ({ ok: true, command, root });
  if (name === 'help') return parseHelp(rest, accept);
  if (asksHelp) {
    const of = commandOf(name);
    return accept({ kind: 'help', ...(of && { of }) });
  }
  if (values.version) return accept({ kind: 'version' });
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
      return accept({
        kind: name,
        ...(values.by !== undefined && { by: values.by }),
        ...(values.force && { isForced: true }),
      });
    case 'log-level':
      return parseLogLevel(rest, accept);
    case 'debug': {
      const [file, ...others] = rest;
      return others.length > 0
        ? surplus('debug FILE', others)
        : accept({ kind: name, ...(file !== undefined && { file }) });
    }
    case 'close-turn':
      if (rest.length > 0) return surplus(name, rest);
      return parseCloseTurn(values, accept);
    case 'gate':
    case 'removal-gate':
      return { ok: false, message: `${name} comes first: mesh-agent ${name} --side … See mesh-agent --help.` };
    case 'evictions':
      return parseEvictions(rest, values, accept);
    default:
      return unknown('argument', name, commands);
  }
}

/** Not strict: parseArgs would stop at the first mistake, in words about its own syntax. */
function readOptions(args: readonly string[]) {
  const { tokens, positionals } = parseArgs({
    args: [...args],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const problems: string[] = [];
  const command = commandOf(positionals[0]);
  const allowed = optionNames.filter((each) => onlyOf[each] === undefined || onlyOf[each] === command);
  const values: {
    root?: string;
    by?: string;
    force?: true;
    all?: true;
    'take-over'?: true;
    turn?: string;
    budget?: string;
    version?: true;
    help?: true;
  } = {};
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const { name, rawName, value } = token;
    const only = optionNames.find((each) => each === name && !allowed.includes(each));
    if (only !== undefined) {
      const not = command === undefined ? '' : `, and not of ${command}`;
      problems.push(`${rawName} is an option of mesh-agent ${onlyOf[only] ?? ''}${not}.`);
      continue;
    }
    switch (name) {
      case 'root':
      case 'by':
      case 'turn':
      case 'budget':
        if (value === undefined || value === '' || (!token.inlineValue && value.startsWith('-'))) {
          problems.push(
            `${rawName} needs a value${value ? `; seen: ${value}. Write ${rawName}=${value} where that is meant` : ''}.`,
          );
        } else values[name] = value;
        break;
      case 'force':
      case 'all':
      case 'take-over':
      case 'version':
      case 'help':
        if (value !== undefined) problems.push(`${rawName} takes no value; seen: ${value}.`);
        values[name] = true;
        break;
      default:
        problems.push(unknownOption(rawName, name, allowed));
    }
  }
  return { values, positionals, problems };
}

/** Of the options of the command alone: another one's would be refused next. */
function unknownOption(rawName: string, name: string, allowed: readonly string[]): string {
  const guess = nearest(name, allowed);
  const all = allowed.map((each) => `--${each}`).join(', ');
  return `There is no option ${rawName}. ${guess === undefined ? '' : `Did you mean --${guess}? `}Allowed: ${all}.`;
}

function commandOf(name: string | undefined): CommandName | undefined {
  return commands.find((each) => each === name);
}

function parseHelp(
  [name, ...others]: readonly string[],
  accept: (command: AgentCommand) => ParsedArguments,
): ParsedArguments {
  if (others.length > 0) return surplus('help COMMAND', others);
  if (name === undefined) return accept({ kind: 'help' });
  const of = commandOf(name);
  return of ? accept({ kind: 'help', of }) : unknown('command', name, commands);
}

function parseCloseTurn(
  {
    turn,
    budget: text,
    'take-over': takesOver = false,
  }: { readonly turn?: string; readonly budget?: string; readonly 'take-over'?: boolean },
  accept: (command: AgentCommand) => ParsedArguments,
): ParsedArguments {
  const budget = parseBudget(text ?? '');
  if (turn !== undefined && budget) return accept({ kind: 'close-turn', closes: { name: turn, budget, takesOver } });
  return {
    ok: false,
    message:
      'close-turn needs a turn and a budget: mesh-agent close-turn --turn NAME --budget NAME:FIELD=VALUE@SECONDS. See mesh-agent --help.',
  };
}

function parseLogLevel([name, ...others]: readonly string[], accept: (command: AgentCommand) => ParsedArguments) {
  if (others.length > 0) return surplus('log-level LEVEL', others);
  if (name === undefined) return accept({ kind: 'log-level' });
  const level = logLevels.find((each) => each === name);
  return level ? accept({ kind: 'log-level', level }) : unknown('level', name, logLevels);
}

function parseEvictions(
  rest: readonly string[],
  { all = false }: { readonly all?: boolean },
  accept: (command: AgentCommand) => ParsedArguments,
): ParsedArguments {
  const [name, address, ...surplusArguments] = rest;
  if (name === undefined) {
    return { ok: false, message: `evictions needs one of: ${evictionCommands.join(', ')}. See mesh-agent --help.` };
  }
  if (name === 'list') {
    if (all) return { ok: false, message: 'evictions list shows all; --all is for evictions clear.' };
    return address === undefined ? accept({ kind: 'list-evictions' }) : surplus('evictions list', rest.slice(1));
  }
  if (name !== 'clear') return unknown('argument of evictions', name, evictionCommands);
  if (surplusArguments.length > 0) return surplus('evictions clear ADDRESS', surplusArguments);
  if (address === undefined) return accept({ kind: 'clear-evictions', ...(all && { which: 'all' }) });
  if (all) return { ok: false, message: `evictions clear takes ${address} or --all, and not both.` };
  const which = parseAddress(address);
  if (which !== undefined) return accept({ kind: 'clear-evictions', which });
  return {
    ok: false,
    message: `evictions clear: "${address}" is no IPv4 or IPv6 address. "mesh-agent evictions list" shows the addresses; --all clears all.`,
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
