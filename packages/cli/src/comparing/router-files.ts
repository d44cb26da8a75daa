import type { Act } from '@meshrs/impact';
import { subtree, type Tree } from '../repository/tree.ts';
import { goneFrom, sessionOf, type Gone } from './gone-statements.ts';

/** More names than these are counted. */
const mostNames = 12;

/**
 * What a person does with the files of routers and clients that change: what comes is loaded before the commit, so that a new VIP is let
 * in when MetalLB tells it; what goes is taken out when nothing needs it any more. A whole file takes the place of a filter at once, and
 * touches the sessions with every side at once: where that matters, it is said. What others count on, too, is never taken out.
 */
export function routerActs(before: Tree, after: Tree, revision: string): Act[] {
  const devices = changesOf(statementsByFile(before), statementsByFile(after));
  const commands = [`git diff ${revision} -- routers`];
  const act = (when: Act['when'], changes: readonly Change[], what: (names: string) => string): Act[] =>
    changes.length > 0 ? [{ when, what: what(listed(changes.map(({ name }) => name))), commands }] : [];
  const where = (holds: (change: Change) => boolean): Change[] => devices.filter(holds);
  const [ofAll, attached] = [
    where((each) => each.left.ofAll.length > 0),
    where((each) => each.left.attached.length > 0),
  ];
  return [
    ...act(
      'before',
      where(
        (change) =>
          change.comes.length > 0 &&
          !losesWhatIsLetIn(change) &&
          !changesSeveralSessions(change) &&
          !changesTheirInterface(change),
      ),
      (names) => `load the files of ${names}: they have new statements`,
    ),
    ...act(
      'before',
      where(losesWhatIsLetIn),
      (names) =>
        `on ${names} add what is new, and keep what goes from filters and lists until the sync is over: loaded whole, a file may refuse an old VIP while MetalLB still tells it`,
    ),
    ...act(
      'before',
      where(changesSeveralSessions),
      (names) =>
        `on ${names} load what changes in the sessions with one side, wait until they are up, and then the rest: all at once, no session with any side may be left`,
    ),
    ...act(
      'before',
      where(changesTheirInterface),
      (names) =>
        `on ${names} an interface changes from which the sessions with several sides run: loaded, all of them end at once. Write another "anycastInterface" of these routers into the topology, and build again: then the sessions with one side move to it, and when they are up, the rest`,
    ),
    ...act(
      'after',
      where(({ goes, takenFrom }) => goes.length > 0 && takenFrom.length < 2),
      (names) => `take out what went from the files of ${names}, unless something new took its place`,
    ),
    ...act(
      'after',
      where(({ takenFrom }) => takenFrom.length > 1),
      (names) =>
        `take out what went from the files of ${names}, unless something new took its place, one side after the other: wait until the sessions of one are up before you touch those of the next`,
    ),
    ...act(
      'after',
      ofAll,
      (names) =>
        `on ${names} leave ${quoted(ofAll.flatMap(({ left }) => left.ofAll))}, though the files have them no more: they act on more than the sessions of these files, some of them on every session at once`,
    ),
    ...act(
      'after',
      attached,
      (names) =>
        `on ${names} leave ${quoted(attached.flatMap(({ left }) => left.attached))} where they stand, and all that they name: the group, process or VRF is not of these files, and without its policy it may tell the anycast address, or nothing`,
    ),
  ];
}

/** Statements that a device's file has in one tree and not in the other, or fewer times. */
interface Change {
  readonly name: string;
  readonly comes: readonly string[];
  /** Without what is left. */
  readonly goes: readonly string[];
  readonly left: Pick<Gone, 'ofAll' | 'attached'>;
  /** Sessions, by neighbor or group, of which both files say something, and not the same. */
  readonly sessions: readonly string[];
  /** Those of which the files say the same, but not of the interface that they run from. */
  readonly ofInterface: readonly string[];
  /** Sessions that stay, and from which something goes. */
  readonly takenFrom: readonly string[];
}

/** By the name of the file. */
function changesOf(old: Statements, next: Statements): Change[] {
  const nothing = new Map<string, number>();
  return [...new Set([...old.keys(), ...next.keys()])].sort().flatMap((path): Change[] => {
    const was = old.get(path) ?? nothing;
    const is = next.get(path) ?? nothing;
    const comes = more(is, was);
    const gone = more(was, is);
    if (comes.length + gone.length === 0) return [];
    const name = path.replace(/^routers\//, '').replace(/\.[^./]+\.[^./]+$/, '');
    const { takenOut, ...left } = goneFrom(gone, [...is.keys()]);
    const [before, after] = [sessionsOf(was.keys()), sessionsOf(is.keys())];
    const inBoth = (sessions: ReadonlySet<string>): string[] =>
      [...sessions].filter((each) => before.has(each) && after.has(each));
    const sessions = inBoth(sessionsOf([...comes, ...gone]));
    const ofInterface = inBoth(sessionsFrom(interfacesOf([...comes, ...gone]), [...was.keys(), ...is.keys()]));
    const takenFrom = inBoth(new Set([...sessionsOf(takenOut), ...sessionsFrom(interfacesOf(takenOut), is.keys())]));
    return [
      {
        name,
        comes,
        goes: takenOut,
        left,
        sessions,
        ofInterface: ofInterface.filter((each) => !sessions.includes(each)),
        takenFrom,
      },
    ];
  });
}

/** Something else comes, so that somebody loads the file before the sync. */
function losesWhatIsLetIn({ comes, goes }: Change): boolean {
  return comes.length > 0 && goes.some((line) => filter.test(line));
}

function changesSeveralSessions(change: Change): boolean {
  const { comes, sessions, ofInterface } = change;
  return comes.length > 0 && sessions.length + ofInterface.length > 1 && !changesTheirInterface(change);
}

/** In one moment, whoever loads it, and in which order. */
function changesTheirInterface({ comes, ofInterface }: Change): boolean {
  return comes.length > 0 && ofInterface.length > 1;
}

/** Where a statement stands that lets something in, on any system. */
const filter = /^(?:.*\| )?(?:(?:ip )?prefix-(?:list|set)|policy-statement|route-policy|route-map) /;

/** Sessions of files, each by the first name of a neighbor or group that stands in a statement. */
function sessionsOf(lines: Iterable<string>): Set<string> {
  return new Set([...lines].flatMap((line) => sessionOf(line) ?? []));
}

/** Those that run from one of these interfaces. */
function sessionsFrom(interfaces: ReadonlySet<string>, lines: Iterable<string>): Set<string> {
  return sessionsOf([...lines].filter((line) => interfaces.has(/ update-source (\S+)$/.exec(line)?.[1] ?? '')));
}

/** Where a file names an address in place of an interface, it stands at the sessions themselves. */
function interfacesOf(lines: readonly string[]): Set<string> {
  return new Set(lines.flatMap((line) => /^interface (\S+)/.exec(line)?.[1] ?? []));
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

/** Each statement behind those that it stands under: a neighbor of another group is another one. What ends a block is none. */
function placed(text: string): string[] {
  const above: { readonly depth: number; readonly line: string }[] = [];
  return text
    .split('\n')
    .filter((line) => !/^\s*(?:[#!}]|$|(?:exit|exit-address-family|endif|end-set|end-policy)$)/.test(line))
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

function quoted(statements: readonly string[]): string {
  return listed([...new Set(statements)].sort().map((each) => `"${each}"`));
}
