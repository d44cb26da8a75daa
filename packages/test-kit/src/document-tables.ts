import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const repository = join(import.meta.dirname, '../../..');

export function readDocument(file: string): string {
  return readFileSync(join(repository, file), 'utf8');
}

/** The rows of the table whose first head is this, each by its cells. A cell holds no "|". */
export function tableOf(page: string, head: string): readonly (readonly string[])[] {
  const lines = page.split('\n');
  const start = lines.findIndex((line) => line.startsWith('| ') && line.split('|')[1]?.trim() === head);
  if (start === -1) throw new Error(`The document has no table "${head}".`);
  const after = lines.slice(start + 2);
  const rows = after.slice(
    0,
    after.findIndex((line) => !line.startsWith('|')),
  );
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** What stands between the quotes of code. */
export function codeIn(text = ''): readonly string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, words = '']) => words);
}

/** A regular expression for words in which "…" stands for any text. */
export function patternOf(words: string): string {
  return words
    .split('…')
    .map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('.+');
}
