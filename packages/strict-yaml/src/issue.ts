/** Where a value stands: keys and list positions from the root of the document. */
export type Path = readonly (string | number)[];

export type Severity = 'error' | 'warning';

/** One thing that is wrong with a user's data, without its place in the file. */
export interface Finding<Code extends string = string> {
  readonly code: Code;
  readonly path: Path;
  /** What is wrong, one sentence. */
  readonly message: string;
  /** The value as written; by default the text that stands at `path`. */
  readonly seen?: string;
  /** What would be right. */
  readonly allowed?: string;
  /** What to do next. */
  readonly hint: string;
  /** How many others it stands for, which are not told. */
  readonly untold?: number;
}

/** A finding with its place: everything a person or a program needs to fix it. */
export interface Issue<Code extends string = string> extends Finding<Code> {
  readonly severity: Severity;
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1. */
  readonly column: number;
}

/** What a code stands for; the table of all of them becomes docs/errors.md. */
export interface CodeDescription {
  readonly severity: Severity;
  readonly title: string;
  /** Why it is refused, or warned of. */
  readonly why: string;
}

/** "nodes.meshrr-kube1.links[0].router": a path as people write it; the document itself is "(file)". */
export function formatPath(path: Path): string {
  if (path.length === 0) return '(file)';
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${String(part)}]`;
      const isPlain = /^[A-Za-z0-9_-]+$/.test(part);
      if (!isPlain) return `[${JSON.stringify(part)}]`;
      return index === 0 ? part : `.${part}`;
    })
    .join('');
}

/** Whether a place is another one, or lies in it. */
export function isInside(path: Path, outer: Path): boolean {
  return outer.every((part, index) => path[index] === part);
}

/** Several lines: place, what, the value seen, what is allowed, what to do. */
export function formatIssue(issue: Issue): string {
  const lines = [
    `${issue.file}:${String(issue.line)}:${String(issue.column)}: ${issue.severity} ${issue.code} at ${formatPath(issue.path)}`,
    `  ${issue.message}`,
  ];
  if (issue.seen !== undefined) lines.push(`  seen:    ${issue.seen}`);
  if (issue.allowed !== undefined) lines.push(`  allowed: ${issue.allowed}`);
  lines.push(`  do:      ${issue.hint}`);
  return lines.join('\n');
}

/** By place, then by code, so that two runs and two readers see the same order. */
export function compareIssues(one: Issue, other: Issue): number {
  return (
    compareText(one.file, other.file) ||
    one.line - other.line ||
    one.column - other.column ||
    compareText(one.code, other.code) ||
    compareText(formatPath(one.path), formatPath(other.path))
  );
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
