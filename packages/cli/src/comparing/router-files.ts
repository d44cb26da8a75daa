import type { Act } from '@meshrs/impact';
import { subtree, type Tree } from '../repository/tree.ts';

/** More names than these are counted. */
const mostNames = 12;

/**
 * What a person does with the files of routers and clients that change: what comes is loaded before the commit, so that a new VIP is let
 * in when MetalLB tells it; what goes is taken out when nothing needs it any more. A whole file takes the place of a filter at once, and
 * touches the sessions with every side at once: where that matters, it is said.
 */
export function routerActs(before: Tree, after: Tree, revision: string): Act[] {
  const devices = changesOf(statementsByFile(before), statementsByFile(after));
  const commands = [`git diff ${revision} -- routers`];
  const act = (when: Act['when'], names: readonly string[], what: (names: string) => string): Act[] =>
    names.length > 0 ? [{ when, what: what(listed(names)), commands }] : [];
  const namesWhere = (holds: (change: Change) => boolean): string[] => devices.filter(holds).map(({ name }) => name);
  return [
    ...act(
      'before',
      namesWhere((change) => change.comes.length > 0 && !losesWhatIsLetIn(change) && !changesSeveralSessions(change)),
      (names) => `load the files of ${names}: they have new statements`,
    ),
    ...act(
      'before',
      namesWhere(losesWhatIsLetIn),
      (names) =>
        `on ${names} add what is new, and keep what goes from filters and lists until the sync is over: loaded whole, a file may refuse an old VIP while MetalLB still tells it`,
    ),
    ...act(
      'before',
      namesWhere(changesSeveralSessions),
      (names) =>
        `on ${names} load what changes in the sessions with one side, wait until they are up, and then the rest: all at once, no session with any side may be left`,
    ),
    ...act(
      'after',
      namesWhere(({ goes }) => goes.length > 0),
      (names) => `take out what went from the files of ${names}, unless something new took its place`,
    ),
  ];
}

/** Statements that a device's file has in one tree and not in the other, or fewer times. */
interface Change {
  readonly name: string;
  readonly comes: readonly string[];
  readonly goes: readonly string[];
  /** Sessions, by neighbor or group, of which both files say something, and not the same. */
  readonly sessions: readonly string[];
}

/** By the name of the file. */
function changesOf(old: Statements, next: Statements): Change[] {
  const nothing = new Map<string, number>();
  return [...new Set([...old.keys(), ...next.keys()])].sort().flatMap((path): Change[] => {
    const was = old.get(path) ?? nothing;
    const is = next.get(path) ?? nothing;
    const comes = more(is, was);
    const goes = more(was, is);
    if (comes.length + goes.length === 0) return [];
    const name = path.replace(/^routers\//, '').replace(/\.[^./]+\.[^./]+$/, '');
    const [before, after] = [sessionsOf(was.keys()), sessionsOf(is.keys())];
    const sessions = [...sessionsOf([...comes, ...goes])].filter((each) => before.has(each) && after.has(each));
    return [{ name, comes, goes, sessions }];
  });
}

/** Something else comes, so that somebody loads the file before the sync. */
function losesWhatIsLetIn({ comes, goes }: Change): boolean {
  return comes.length > 0 && goes.some((line) => filter.test(line));
}

function changesSeveralSessions({ comes, sessions }: Change): boolean {
  return comes.length > 0 && sessions.length > 1;
}

/** Where a statement stands that lets something in, on any system. */
const filter = /^(?:.*\| )?(?:(?:ip )?prefix-(?:list|set)|policy-statement|route-policy|route-map) /;

/** Neighbors and groups of BGP, each by the first name that stands in a statement. */
function sessionsOf(lines: Iterable<string>): Set<string> {
  return new Set([...lines].flatMap((line) => /(?:^| )(?:neighbor|group|neighbor-group) (\S+)/.exec(line)?.[1] ?? []));
}

function more(these: ReadonlyMap<string, number>, others: ReadonlyMap<string, number>): string[] {
  return [...these].filter(([line, count]) => count > (others.get(line) ?? 0)).map(([line]) => line);
}

type Statements = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** Statements with the number of each, of each device's file; comments are for people. */
function statementsByFile(tree: Tree): Statements {
  const files = [...subtree(tree, ['routers'])].filter(([path]) => !path.endsWith('.md'));
  return new Map(
    files.map(([path, content]) => {
      const counts = new Map<string, number>();
      for (const line of placed(content.toString('utf8'))) counts.set(line, (counts.get(line) ?? 0) + 1);
      return [path, counts];
    }),
  );
}

/** Each statement behind those that it stands under: a neighbor of another group is another one. */
function placed(text: string): string[] {
  const above: { readonly depth: number; readonly line: string }[] = [];
  return text
    .split('\n')
    .filter((line) => !/^\s*([#!}]|$)/.test(line))
    .flatMap((raw) => {
      const depth = raw.length - raw.trimStart().length;
      while ((above.at(-1)?.depth ?? -1) >= depth) above.pop();
      // Of a set each entry but the last one ends with a comma; another number of an entry is no other entry.
      const { line, entries } = withEntries(
        raw
          .trim()
          .replace(/,$/, '')
          .replace(/\bseq [0-9]+ (?=permit )/, ''),
      );
      above.push({ depth, line });
      const whole = above.map((each) => each.line).join(' | ');
      return entries.length === 0 ? [whole] : entries.map((entry) => `${whole} | ${entry}`);
    });
}

/** "next-hop in (192.0.2.1, 192.0.2.2)" and "next-hop [ 192.0.2.1 192.0.2.2 ]": each address by itself. */
function withEntries(line: string): { readonly line: string; readonly entries: readonly string[] } {
  const [, start, addresses] = /^(.*\bnext-hop )(?:in )?[([]?([0-9a-f.:, ]+)[)\]]?(?: then|;)$/.exec(line) ?? [];
  if (start === undefined || addresses === undefined) return { line, entries: [] };
  return { line: start.trim(), entries: addresses.split(/[ ,]+/).filter((each) => each !== '') };
}

function listed(names: readonly string[]): string {
  const shown = names.length > mostNames ? names.slice(0, mostNames - 1) : names;
  const rest = names.length - shown.length;
  return `${shown.join(', ')}${rest > 0 ? ` and ${String(rest)} more` : ''}`;
}
