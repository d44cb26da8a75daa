/**
 * Configuration of one command per line, where a mode's lines stand indented under the line that enters it, as IOS-XR and EOS show and
 * take it.
 */
export type Line = string | Block;

export interface Block {
  readonly enter: string;
  readonly inner: readonly Line[];
  /** What ends the mode, where the system wants it said: "end-policy". */
  readonly end?: string;
}

export function block(enter: string, ...inner: readonly (Line | readonly Line[] | undefined)[]): Block {
  return { enter, inner: inner.flat().filter((each) => each !== undefined) };
}

/** Indented by what the system shows for a level. Each block ends with a comment, as the system shows it, or with its own end. */
export function renderLines(lines: readonly Line[], indent: string, depth = 0): string {
  const before = indent.repeat(depth);
  return lines
    .map((line) =>
      typeof line === 'string'
        ? `${before}${line}\n`
        : `${before}${line.enter}\n${renderLines(line.inner, indent, depth + 1)}${before}${line.end ?? '!'}\n`,
    )
    .join('');
}

/** Any text up to the end of a line: printable ASCII without what these systems take for a comment or for help. */
export function lineText(value: string): string {
  return value
    .replace(/\s+/g, ' ')
    .replace(/[^ -~]|[!?"]/g, '_')
    .trim()
    .slice(0, 80);
}
