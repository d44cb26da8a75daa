import { overlaps, rangeOf } from '@meshrs/network';
import { prefix } from '@meshrs/network/test-data';
import type { PlannedChange, PlannedCommand } from './plan-changes.ts';
import { parseRunningConfig } from './running-config.ts';
import { emptyFrrConfig, type FrrConfig } from './config.ts';
import { renderFrrConfig } from './render-config.ts';

/**
 * A small model of bgpd's configuration: a set of lines in blocks. It knows what a line replaces, what `no` takes away,
 * and what bgpd 10.7.1 was seen to refuse; it shares nothing with the planner but the words.
 */
export interface CommandModel {
  readonly top: ReadonlySet<string>;
  readonly blocks: ReadonlyMap<string, ReadonlySet<string>>;
}

export class ModelRefuses extends Error {}

export function modelOf(config: FrrConfig): CommandModel {
  const top = new Set<string>();
  const blocks = new Map<string, Set<string>>();
  let block: string | undefined;
  let family = '';
  for (const raw of renderFrrConfig(config).split('\n')) {
    const line = raw.trim();
    if (line === '' || line.startsWith('!') || line.startsWith('frr defaults')) continue;
    if (line === 'exit-address-family') family = '';
    else if (line === 'exit') block = undefined;
    else if (line.startsWith('address-family ')) family = ` ${line}`;
    else if (/^(router bgp|route-map) /.test(line)) {
      block = line;
      blocks.set(line, new Set());
    } else if (block === undefined) top.add(line);
    else {
      const name = `${block}${family}`;
      blocks.set(name, (blocks.get(name) ?? new Set()).add(line));
    }
  }
  return { top, blocks };
}

/** The model after the commands of all changes. Throws ModelRefuses where bgpd would reject a command. */
export function carryOutOnModel(model: CommandModel, changes: readonly PlannedChange[]): CommandModel {
  const top = new Set(model.top);
  const blocks = new Map([...model.blocks].map(([name, lines]) => [name, new Set(lines)]));
  for (const { commands } of changes) for (const command of commands) run(command);
  return { top, blocks };

  function run({ context, text }: PlannedCommand): void {
    if (text.startsWith('do ')) return;
    if (context.kind === 'top') runTop(text);
    else if (context.kind === 'route-map') runLine(blockNamed(`route-map ${context.name} ${context.entry}`), text);
    else runRouter(context.kind === 'family' ? ` address-family ${context.family}` : '', text);
  }

  function runTop(text: string): void {
    const block = /^(no )?((?:router bgp|route-map) \S+)( permit 10| deny 5)?$/.exec(text);
    if (block) {
      const [, no, name = '', entry = ''] = block;
      const whole = `${name}${entry}`;
      const existing = [...blocks.keys()].filter((key) => key === whole || key.startsWith(`${whole} `));
      if (no !== undefined) {
        if (existing.length === 0) throw new ModelRefuses(`${text}: there is none`);
        for (const key of existing) blocks.delete(key);
      } else blocks.set(text, blocks.get(text) ?? new Set());
      return;
    }
    const sequence = /^(no )?(bgp (?:as-path access-list|large-community-list expanded) \S+ seq \d+) /.exec(text);
    const words = text.replace(/^no /, '').split(' ');
    const key = sequence?.[2] ?? words.slice(0, words[0] === 'bgp' ? 2 : 1).join(' ');
    const before = [...top].filter((line) => `${line} `.startsWith(`${key} `));
    if (sequence && !text.startsWith('no ')) refuseDuplicate(text);
    if (text.startsWith('no ') && before.length === 0) throw new ModelRefuses(`${text}: there is none`);
    for (const line of before) top.delete(line);
    if (!text.startsWith('no ')) top.add(text);
  }

  /** bgpd says nothing and does nothing. */
  function refuseDuplicate(text: string): void {
    const content = (line: string): string => line.replace(/ seq \d+/, '');
    if ([...top].some((line) => content(line) === content(text)))
      throw new ModelRefuses(`${text}: stands there already`);
  }

  function runRouter(family: string, text: string): void {
    const name = [...blocks.keys()].find((key) => /^router bgp \d+$/.test(key));
    if (name === undefined) throw new ModelRefuses(`${text}: no router bgp`);
    const own = blockNamed(name);
    const target = family === '' ? own : (blocks.get(`${name}${family}`) ?? new Set<string>());
    blocks.set(`${name}${family}`, target);
    refuseImpossible(own, text);
    const gone = /^no neighbor (\S+)( peer-group)?$/.exec(text)?.[1];
    if (gone === undefined) runLine(target, text);
    else for (const [key, lines] of blocks) if (key.startsWith(name)) deleteStarting(lines, `neighbor ${gone} `);
    for (const [key, lines] of blocks) if (lines.size === 0 && key.includes('address-family')) blocks.delete(key);
  }

  function refuseImpossible(own: ReadonlySet<string>, text: string): void {
    const [, owner = '', rest = ''] = /^(?:no )?neighbor (\S+) ?(.*)$/.exec(text) ?? [];
    const has = (line: string): boolean => own.has(line);
    const hasStarting = (start: string): boolean => [...own].some((line) => line.startsWith(start));
    const groupName = /^peer-group (\S+)$/.exec(rest)?.[1] ?? /^bgp listen range \S+ peer-group (\S+)$/.exec(text)?.[1];
    if (groupName !== undefined && !has(`neighbor ${groupName} peer-group`))
      throw new ModelRefuses(`${text}: no such group`);
    const isCreating = rest === 'peer-group' || groupName !== undefined || rest.startsWith('remote-as ');
    if (owner !== '' && !isCreating && !hasStarting(`neighbor ${owner} `))
      throw new ModelRefuses(`${text}: no such neighbor`);
    if (rest.startsWith('peer-group ') && hasStarting(`neighbor ${owner} peer-group `)) {
      throw new ModelRefuses(`${text}: it has a group`);
    }
    if (rest.startsWith('ebgp-multihop') && !text.startsWith('no') && hasStarting(`neighbor ${owner} ttl-security`)) {
      throw new ModelRefuses(`${text}: together with ttl-security`);
    }
    if (rest.startsWith('ttl-security') && !text.startsWith('no') && hasStarting(`neighbor ${owner} ebgp-multihop`)) {
      throw new ModelRefuses(`${text}: together with ebgp-multihop`);
    }
    if (text.startsWith('bgp listen range ') && !has(text)) refuseOverlap(own, text);
    const isUsed = (): boolean =>
      [...own].some((line) => line.startsWith('bgp listen range ') && line.endsWith(` peer-group ${owner}`));
    if (text === `no neighbor ${owner} peer-group` && isUsed()) throw new ModelRefuses(`${text}: it has ranges`);
  }

  function blockNamed(name: string): Set<string> {
    const block = blocks.get(name);
    if (!block) throw new ModelRefuses(`${name} is not there`);
    return block;
  }
}

/** bgpd takes no range that overlaps with another one, whosever it is. */
function refuseOverlap(own: ReadonlySet<string>, text: string): void {
  const rangeIn = (line: string) => /^bgp listen range (\S+) /.exec(line)?.[1];
  const listen = rangeOf(prefix(rangeIn(text) ?? ''));
  for (const line of own) {
    const other = rangeIn(line);
    if (other !== undefined && overlaps(rangeOf(prefix(other)), listen)) {
      throw new ModelRefuses(`${text}: overlaps with ${other}`);
    }
  }
}

/** Words that a line's key has; what follows is its value. */
const keyLengths: readonly (readonly [RegExp, number])[] = [
  [/^bgp listen range /, 6],
  [/^bgp default ipv4-unicast/, 3],
  [/^bgp listen limit/, 3],
  [/^bgp \S+/, 2],
  [/^match \S+/, 2],
  [/^neighbor \S+ timers connect/, 4],
  [/^neighbor \S+ ttl-security hops/, 4],
  [/^neighbor \S+ route-map/, 3],
  [/^neighbor \S+ \S+/, 3],
];

function runLine(block: Set<string>, text: string): void {
  const isNo = text.startsWith('no ');
  const line = text.replace(/^no /, '');
  const key = keyOf(line);
  // `no bgp default ipv4-unicast` is shown; that it is not there is the default.
  if (key === 'bgp default ipv4-unicast') {
    if (isNo) block.add(text);
    else block.delete(`no ${line}`);
    return;
  }
  const before = [...block].filter((other) => keyOf(other) === key);
  if (isNo && before.length === 0) throw new ModelRefuses(`${text}: there is none`);
  for (const other of before) block.delete(other);
  if (!isNo) block.add(line);
}

function keyOf(line: string): string {
  const length = keyLengths.find(([pattern]) => pattern.test(line))?.[1] ?? 1;
  const words = line.split(' ');
  const direction = /route-map \S+ (in|out)$/.exec(line)?.[1] ?? '';
  return [...words.slice(0, length), direction].join(' ').trim();
}

function deleteStarting(lines: Set<string>, start: string): void {
  for (const line of lines) if (line.startsWith(start)) lines.delete(line);
}

/** The model's lines as configuration data. */
export function configOf(model: CommandModel): FrrConfig {
  const routers = [...model.blocks.keys()].filter((name) => /^router bgp \d+$/.test(name));
  const text = [
    ...model.top,
    ...[...model.blocks].flatMap(([name, lines]) => (name.startsWith('route-map') ? [name, ...indent(lines)] : [])),
    ...routers.flatMap((name) => [
      name,
      ...indent(groupsFirst(model.blocks.get(name) ?? new Set())),
      ...[...model.blocks].flatMap(([family, lines]) => {
        const address = family.startsWith(`${name} address-family `) ? family.slice(name.length + 1) : undefined;
        return address === undefined ? [] : [` ${address}`, ...indent(lines), ' exit-address-family'];
      }),
    ]),
  ];
  const { config, unknownLines } = parseRunningConfig(text.join('\n'));
  if (unknownLines.length > 0) throw new Error(`The model made lines that are not read: ${unknownLines.join('; ')}`);
  return { ...emptyFrrConfig, ...config };
}

/** Groups stand before what is said of them. */
function groupsFirst(lines: ReadonlySet<string>): Set<string> {
  const isGroup = (line: string): boolean => /^neighbor \S+ peer-group$/.test(line);
  return new Set([...[...lines].filter(isGroup), ...[...lines].filter((line) => !isGroup(line))]);
}

function indent(lines: Iterable<string>): string[] {
  return [...lines].map((line) => ` ${line}`);
}
