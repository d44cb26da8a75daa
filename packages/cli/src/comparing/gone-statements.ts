import { isIP } from 'node:net';

/** Statements that went from a device's file. Each stands behind those that it stands under, with " | " between them. */
export interface Gone {
  /** What the file alone has made. */
  readonly takenOut: readonly string[];
  /** The words of what acts on more than the sessions of the file: "router-id". */
  readonly ofAll: readonly string[];
  /** What brings a policy of the file to something that is not of the file. */
  readonly attached: readonly string[];
}

/** Which of them a person takes out of the device, and which stay. What is not known to be the file's own stays. */
export function goneFrom(gone: readonly string[], next: readonly string[]): Gone {
  const others = gone.filter((line) => !isOwn(line) && !isReplaced(line, gone, next));
  const attached = others.filter((line) => namesIn(lastOf(line)).length > 0);
  const kept = namedBy(attached, gone, next);
  return {
    takenOut: gone.filter((line) => isOwn(line) && !kept.has(line)),
    // What only opens a block says nothing by itself.
    ofAll: others.filter((line) => !attached.includes(line) && !line.endsWith(' {')).map(wordsOf),
    attached: attached.map((line) => lastOf(line).replace(/;$/, '')),
  };
}

/** A statement with another value in the same place; of a list of Junos' each one stays beside the others. */
function isReplaced(line: string, gone: readonly string[], next: readonly string[]): boolean {
  if (gone.some((each) => each.startsWith(`${line} | `))) return false;
  if (namesIn(line).length > 0 && line.endsWith(';')) return false;
  const last = lastOf(line);
  const [name] = namesIn(last);
  const words = name === undefined ? `${wordsOf(line)} ` : last.slice(0, last.indexOf(name));
  const start = `${line.slice(0, -last.length)}${words}`;
  return next.some((each) => {
    const other = each.replace(/;$/, ' ');
    return `${other} `.startsWith(start) && !each.slice(start.length).includes(' | ');
  });
}

/** The neighbor, by its address, or the group that a file makes and a statement is about. */
export function sessionOf(line: string): string | undefined {
  const name = /(?:^| )(?:neighbor|group|neighbor-group) ([^ ;]+)/.exec(line)?.[1];
  return name !== undefined && (name.startsWith('meshrs-') || isIP(name) !== 0) ? name : undefined;
}

/** A session, a policy or a list, the address of an interface, or a route target of a VRF. */
function isOwn(line: string): boolean {
  return (
    sessionOf(line) !== undefined ||
    definedIn(line) !== undefined ||
    line.startsWith('bfd | ') ||
    /^interface [^|]+ \| (?:ip(?:v4)? address|description) |^interfaces \{ .* \| address \S+;$/.test(line) ||
    /(?:^| \| )route-target (?:import|export) |(?:im|ex)port route-target \| /.test(line)
  );
}

/** The policy or list that a statement is a part of. */
function definedIn(line: string): string | undefined {
  return /^(?:policy-options \{ \| )?(?:ip )?(?:prefix-list|prefix-set|route-map|route-policy|policy-statement|community|as-path-set|as-path access-list) ([^ ;]+)/.exec(
    line,
  )?.[1];
}

/** Of policies and lists that are nowhere any more, those that stay since something that stays names them. */
function namedBy(attached: readonly string[], gone: readonly string[], next: readonly string[]): Set<string> {
  const still = new Set(next.flatMap((line) => definedIn(line) ?? []));
  const names = new Set(attached.flatMap(namesIn));
  const kept = new Set<string>();
  const toKeep = (): string[] =>
    gone.filter((line) => {
      const name = definedIn(line);
      return name !== undefined && names.has(name) && !still.has(name) && !kept.has(line);
    });
  for (let lines = toKeep(); lines.length > 0; lines = toKeep()) {
    for (const line of lines) {
      kept.add(line);
      for (const name of namesIn(line)) names.add(name);
    }
  }
  return kept;
}

function namesIn(line: string): string[] {
  return [...line.matchAll(/\bmeshrs-[A-Za-z0-9_-]+/g)].map(([name]) => name);
}

function lastOf(line: string): string {
  return line.split(' | ').at(-1) ?? line;
}

/** "router-id" of "router-id 192.0.2.1", "address-family" of "address-family ipv4 unicast". */
function wordsOf(line: string): string {
  const last = lastOf(line);
  return /^[a-z-]+(?: [a-z-]+)*(?=[ ;]|$)/.exec(last)?.[0] ?? last;
}
