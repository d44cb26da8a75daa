import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A block of a document that a reader copies: commands where it is indented, YAML where it stands between fences. */
export interface CodeBlock {
  /** The file's path in the repository. */
  readonly file: string;
  /** Its first line in the file, counted from 1. */
  readonly line: number;
  readonly kind: 'indented' | 'yaml';
  readonly text: string;
}

const repository = join(import.meta.dirname, '../../../..');

/** The blocks of one document, in its order; those of other languages than YAML (examples of what is printed) are left out. */
export function codeBlocks(file: string): readonly CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let open: { line: number; kind: CodeBlock['kind'] | 'other'; indent: number; lines: string[] } | undefined;
  const end = (): void => {
    if (open?.kind === 'indented' || open?.kind === 'yaml') {
      const { line, kind, indent, lines } = open;
      const text = lines
        .map((each) => each.slice(indent))
        .join('\n')
        .trimEnd();
      blocks.push({ file, line, kind, text: `${text}\n` });
    }
    open = undefined;
  };
  let previous = '';
  for (const [at, line] of readFileSync(join(repository, file), 'utf8').split('\n').entries()) {
    const fence = /^ *```(\w*)/.exec(line);
    const indent = /^ */.exec(line)?.[0].length ?? 0;
    const isFenced = open?.indent === 0;
    if (fence !== null && isFenced) end();
    else if (fence !== null) {
      end();
      open = { line: at + 2, kind: fence[1] === 'yaml' ? 'yaml' : 'other', indent: 0, lines: [] };
    } else if (isFenced) open?.lines.push(line);
    else if (open === undefined && previous.trim() === '' && indent >= 4) {
      open = { line: at + 1, kind: 'indented', indent, lines: [line] };
    } else if (open !== undefined && (line.trim() === '' || indent >= open.indent)) open.lines.push(line);
    else end();
    previous = line;
  }
  end();
  return blocks;
}

/** Whether a block is commands of a shell; what is left is lines of files. */
export function isCommands({ kind, text }: CodeBlock): boolean {
  return kind === 'indented' && /^(kubectl|pnpm|scripts\/|for |read |ip |argocd |sysctl |printf )/m.test(text);
}

/** Each command line of meshrs that a document has, in its blocks and in its sentences, without what a shell makes of it. */
export function meshrsLines(file: string): readonly { readonly line: number; readonly words: readonly string[] }[] {
  const text = readFileSync(join(repository, file), 'utf8');
  return [...text.matchAll(/(?:pnpm (?:run )?meshrs|scripts\/meshrs) ([^\n`#|;]+)/g)].map((match) => ({
    line: text.slice(0, match.index).split('\n').length,
    words: [...(match[1] ?? '').matchAll(/'[^']*'|"[^"]*"|[^\s'"]+/g)].map(([word]) =>
      word.replaceAll(/^['"]|['"]$/g, ''),
    ),
  }));
}
