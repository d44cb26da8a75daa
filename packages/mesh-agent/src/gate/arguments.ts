import { parseAddress, type IpAddress } from '@meshrs/network';
import {
  isElsewhere,
  parseBudget,
  parseGateSide,
  parseGateSideElsewhere,
  parseSpeakers,
  type AnyGateSide,
  type BudgetIntent,
  type GateIntent,
  type GateTurnIntent,
  type RemovalGateIntent,
  type SpeakersIntent,
} from '@meshrs/contract';
import { nearest } from '@meshrs/strict-yaml';
import { parseArgs } from 'node:util';

export interface ParsedGateIntent extends GateIntent {
  readonly allowMissing: readonly IpAddress[];
}

export type ParsedGateArguments =
  | { readonly ok: true; readonly intent: ParsedGateIntent; readonly root: string }
  | { readonly ok: false; readonly problems: readonly string[] };

const options = {
  next: { type: 'string', multiple: true },
  side: { type: 'string', multiple: true },
  elsewhere: { type: 'string', multiple: true },
  selector: { type: 'string', multiple: true },
  fleet: { type: 'string', multiple: true },
  timeout: { type: 'string', multiple: true },
  'let-through': { type: 'string', multiple: true },
  revision: { type: 'string', multiple: true },
  turn: { type: 'string', multiple: true },
  'open-for': { type: 'string', multiple: true },
  budget: { type: 'string', multiple: true },
  'side-revision': { type: 'string', multiple: true },
  'announced-in': { type: 'string', multiple: true },
  speakers: { type: 'string', multiple: true },
  'pull-secret': { type: 'string', multiple: true },
  root: { type: 'string', multiple: true },
} as const;
const optionNames = Object.keys(options);
const removalOnly = ['side-revision', 'announced-in'];
const longestSeconds = 86_400;

/** Reads what `gateArguments` writes, after the word "gate"; every mistake is told, not only the first. */
export function parseGateArguments(args: readonly string[]): ParsedGateArguments {
  const reader = readOptions(
    args,
    optionNames.filter((name) => !removalOnly.includes(name)),
  );
  const { problems, one } = reader;
  const next = one('next', { isRequired: true });
  const revision = one('revision', { isRequired: false });
  const turnName = one('turn', { isRequired: false });
  const turn = readTurn(reader, turnName);
  const speakers = readSpeakers(reader, turnName);
  const pullSecrets = readPullSecrets(reader);
  const { sides, ...common } = readCommon(reader);
  const sidesHere = sides.filter((side) => !isElsewhere(side));
  if (next !== undefined && sidesHere.length > 0 && !sidesHere.some(({ name }) => name === next)) {
    problems.push(`--next: there is no side "${next}"; --side names ${sidesHere.map(({ name }) => name).join(', ')}.`);
  }
  const { selector, timeoutSeconds, root, ...rest } = common;
  if (problems.length > 0 || next === undefined || selector === undefined || timeoutSeconds === undefined) {
    return { ok: false, problems };
  }
  const intent = {
    ...{ next, sides, selector, timeoutSeconds, ...rest },
    ...(revision !== undefined && { revision }),
    ...(turn && { turn }),
    ...(speakers && { speakers }),
    ...(pullSecrets.length > 0 && { pullSecrets }),
  };
  return { ok: true, intent, root };
}

export interface ParsedRemovalIntent extends RemovalGateIntent {
  readonly allowMissing: readonly IpAddress[];
}

export type ParsedRemovalArguments =
  | { readonly ok: true; readonly intent: ParsedRemovalIntent; readonly root: string }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Reads what `removalGateArguments` writes, after the word "removal-gate". */
export function parseRemovalArguments(args: readonly string[]): ParsedRemovalArguments {
  const reader = readOptions(
    args,
    optionNames.filter((name) => !['next', 'revision', 'speakers', 'pull-secret'].includes(name)),
  );
  const { problems, one } = reader;
  const turn = readTurn(reader, one('turn', { isRequired: true }));
  const metallbNamespace = one('announced-in', { isRequired: false });
  const { selector, timeoutSeconds, root, ...rest } = readCommon(reader);
  const revisions = Object.fromEntries(
    reader.all('side-revision').flatMap((text) => {
      const { side, revision } = /^(?<side>[^=]+)=(?<revision>[^=]+)$/.exec(text)?.groups ?? {};
      if (side !== undefined && revision !== undefined) return [[side, revision]];
      problems.push(`--side-revision: "${text}" is not of the form SIDE=HASH.`);
      return [];
    }),
  );
  if (problems.length > 0 || !turn || selector === undefined || timeoutSeconds === undefined) {
    return { ok: false, problems };
  }
  const intent = {
    ...{ selector, timeoutSeconds, revisions, turn, ...rest },
    ...(metallbNamespace !== undefined && { metallbNamespace }),
  };
  return { ok: true, intent, root };
}

interface OptionReader {
  readonly problems: string[];
  /** Both kinds of sides, in the order in which they stand. */
  readonly sideOptions: readonly SideOption[];
  readonly all: (name: string) => readonly string[];
  readonly one: (name: string, how: { readonly isRequired: boolean }) => string | undefined;
}

function readOptions(args: readonly string[], allowed: readonly string[]): OptionReader {
  // Not strict: parseArgs would stop at the first mistake.
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
  const problems: string[] = [];
  const given = new Map<string, string[]>();
  const sideOptions: SideOption[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') problems.push(`"${token.value}" is no option; gate takes options alone.`);
    if (token.kind !== 'option') continue;
    if (!allowed.includes(token.name)) problems.push(unknownOption(token.rawName, token.name, allowed));
    else if (token.value === undefined || token.value === '') problems.push(`${token.rawName} needs a value.`);
    else if (token.name === 'side' || token.name === 'elsewhere') {
      sideOptions.push({ name: token.name, value: token.value });
    } else given.set(token.name, [...(given.get(token.name) ?? []), token.value]);
  }
  const all = (name: string): readonly string[] => given.get(name) ?? [];
  return {
    ...{ problems, sideOptions, all },
    one: (name, { isRequired }) => {
      const values = all(name);
      if (values.length > 1) problems.push(`--${name} may be given once; seen: ${values.join(', ')}.`);
      if (values.length === 0 && isRequired) problems.push(`--${name} is missing.`);
      return values[0];
    },
  };
}

/** What every gate is told of whom it looks at. */
function readCommon({ problems, sideOptions, all, one }: OptionReader) {
  const selector = one('selector', { isRequired: true });
  const fleet = one('fleet', { isRequired: false });
  const timeout = one('timeout', { isRequired: true });
  const root = one('root', { isRequired: false }) ?? '/';
  const sides = readSides(sideOptions, problems);
  const timeoutSeconds = timeout === undefined ? undefined : readSeconds('timeout', timeout, problems);
  const allowMissing = all('let-through').flatMap((text) => {
    const address = parseAddress(text);
    if (address === undefined) problems.push(`--let-through: "${text}" is no IPv4 or IPv6 address.`);
    return address ?? [];
  });
  return { sides, selector, timeoutSeconds, allowMissing, root, ...(fleet !== undefined && { fleet }) };
}

/** Undefined: none is named, or a problem is told. */
function readTurn({ problems, one }: OptionReader, name: string | undefined): GateTurnIntent | undefined {
  const openFor = one('open-for', { isRequired: name !== undefined });
  const budgetText = one('budget', { isRequired: name !== undefined });
  const budget = budgetText === undefined ? undefined : readBudget(budgetText, problems);
  if (name === undefined && openFor !== undefined)
    problems.push('--open-for says for how long --turn is opened; --turn is missing.');
  const openSeconds = openFor === undefined ? undefined : readSeconds('open-for', openFor, problems);
  return name === undefined || openSeconds === undefined || !budget ? undefined : { name, openSeconds, budget };
}

/** Undefined: none is named, or a problem is told. */
function readSpeakers({ problems, one }: OptionReader, turn: string | undefined): SpeakersIntent | undefined {
  const text = one('speakers', { isRequired: false });
  if (text === undefined) return undefined;
  if (turn === undefined) {
    problems.push('--speakers names pods that are replaced in the turn of the side; --turn is missing.');
  }
  const speakers = parseSpeakers(text);
  if (!speakers)
    problems.push(
      `--speakers: "${text}" is not of the form NAMESPACE/DAEMONSET[,DAEMONSET][,!DAEMONSET]@HASH[#LABEL].`,
    );
  return speakers;
}

function readPullSecrets({ problems, all }: OptionReader): readonly string[] {
  const names = all('pull-secret');
  if (names.length > 0 && all('speakers').length === 0) {
    problems.push('--pull-secret names what the images of --speakers are pulled with; --speakers is missing.');
  }
  return names;
}

interface SideOption {
  readonly name: 'side' | 'elsewhere';
  readonly value: string;
}

function readSides(options: readonly SideOption[], problems: string[]): readonly AnyGateSide[] {
  const sides = options.flatMap((option) => readSide(option, problems) ?? []);
  const names = sides.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) problems.push(`Side ${twice} is named twice, by --side or --elsewhere.`);
  if (options.every(({ name }) => name !== 'side')) {
    problems.push('--side is missing; it is given once a side, in the order in which they go.');
  }
  return sides;
}

function readSide({ name, value }: SideOption, problems: string[]): AnyGateSide | undefined {
  if (name === 'side') {
    const side = parseGateSide(value);
    if (!side) problems.push(`--side: "${value}" is not of the form SIDE=STATEFULSET[,STATEFULSET]/CONFIGMAP.`);
    return side;
  }
  const side = parseGateSideElsewhere(value);
  if (!side) {
    problems.push(`--elsewhere: "${value}" is not of the form SIDE=SETTINGS/ADDRESS@POD[,ADDRESS@POD].`);
  }
  for (const { address } of side?.agents ?? []) {
    if (parseAddress(address) === undefined) problems.push(`--elsewhere: "${address}" is no IPv4 or IPv6 address.`);
  }
  return side;
}

function readBudget(text: string, problems: string[]): BudgetIntent | undefined {
  const budget = parseBudget(text);
  if (!budget) problems.push(`--budget: "${text}" is not of the form NAME:FIELD=VALUE@SECONDS.`);
  return budget;
}

function readSeconds(option: string, text: string, problems: string[]): number | undefined {
  const seconds = /^\d+$/.test(text) ? Number(text) : 0;
  if (seconds >= 1 && seconds <= longestSeconds) return seconds;
  problems.push(`--${option}: "${text}" is no whole number of seconds from 1 to ${String(longestSeconds)}.`);
  return undefined;
}

function unknownOption(rawName: string, name: string, allowed: readonly string[]): string {
  const guess = nearest(name, allowed);
  return `There is no option ${rawName}. ${guess === undefined ? '' : `Did you mean --${guess}? `}Allowed: ${allowed.map((each) => `--${each}`).join(', ')}.`;
}
