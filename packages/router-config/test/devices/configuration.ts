import type { System } from '@meshrs/topology';

/** Configuration of a device as tests keep it: each statement behind the blocks that it stands in. */
export type Statement = readonly string[];

/** "router bgp 65201 neighbor 192.0.2.1 …" */
export function whole(statement: Statement): string {
  return statement.join(' ');
}

export function parse(system: System, text: string): Statement[] {
  return system === 'junos' ? parseBraces(text) : parseIndented(text);
}

function parseBraces(text: string): Statement[] {
  const path: string[] = [];
  return text.split('\n').flatMap((raw) => {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) return [];
    if (line === '}') {
      path.pop();
      return [];
    }
    if (line.endsWith(' {')) {
      path.push(line.slice(0, -2));
      return [[...path]];
    }
    const statement = line.slice(0, -1);
    const list = /^(.+) \[ (.+) \]$/.exec(statement);
    // A list is as many statements: a merge adds to it, and a delete may name one of them.
    return list
      ? (list[2] ?? '').split(' ').map((each) => [...path, `${list[1] ?? ''} ${each}`])
      : [[...path, statement]];
  });
}

function parseIndented(text: string): Statement[] {
  const path: { readonly depth: number; readonly line: string }[] = [];
  return text.split('\n').flatMap((raw) => {
    const line = raw.trim();
    if (line === '' || /^(!|exit|end)/.test(line)) return [];
    const depth = raw.length - raw.trimStart().length;
    while ((path.at(-1)?.depth ?? -1) >= depth) path.pop();
    path.push({ depth, line });
    return [path.map((each) => each.line)];
  });
}

/** A command of a system, where it was entered: `path` has the modes. */
export interface Command {
  readonly path: readonly string[];
  readonly line: string;
}

/** Commands as a person enters them: what is none of `no`, `delete` and `commit` opens a mode, and an "exit" leaves it. */
export function commandsOf(lines: readonly string[]): Command[] {
  const path: string[] = [];
  return lines.flatMap((raw): Command[] => {
    const line = raw.trim();
    if (line.startsWith('exit')) {
      if (path.pop() === undefined) throw new Error('There is no mode to leave.');
      return [];
    }
    if (/^(no |delete |commit$|!)/.test(line)) return [{ path: [...path], line }];
    path.push(line);
    return [];
  });
}

/** What a "no" or a "delete" removes. */
export function removedBy({ path, line }: Command, statements: readonly Statement[]): Statement[] {
  const target = line.replace(/^(no|delete) /, '');
  const isInside = (statement: Statement) => path.every((mode, index) => statement[index] === mode);
  const neighbor = /^neighbor (\S+)(?: peer[ -]group)?$/.exec(target)?.[1];
  if (path.length > 0 && neighbor !== undefined) {
    const members = statements.flatMap(
      (each) => new RegExp(`^neighbor (\\S+) peer-group ${neighbor}$`).exec(each.at(-1) ?? '')?.[1] ?? [],
    );
    const gone = [neighbor, ...members].map((name) => `neighbor ${name} `);
    return statements.filter(
      (each) => isInside(each) && each.some((part) => gone.some((start) => part.replace(/^no /, '').startsWith(start))),
    );
  }
  return statements.filter((each) => isInside(each) && `${whole(each.slice(path.length))} `.startsWith(`${target} `));
}
