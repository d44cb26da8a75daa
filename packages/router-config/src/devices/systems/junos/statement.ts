import { notEmpty } from '../../words.ts';

/**
 * Junos' configuration as a tree: a leaf is a statement that ends with ";", a branch one with "{ … }" (Junos OS CLI User Guide, "Junos
 * OS CLI Configuration Mode Overview"). Words are separated by one blank; a value from outside goes through `word` or `text`.
 */
export type JunosStatement = string | Branch;

export interface Branch {
  readonly name: string;
  readonly inner: readonly JunosStatement[];
}

export function branch(
  name: string,
  ...inner: readonly (JunosStatement | readonly JunosStatement[] | undefined)[]
): Branch {
  return { name, inner: inner.flat().filter((each) => each !== undefined) };
}

/** Branches without a statement are left out: Junos would make an empty container of some. */
export function renderStatements(statements: readonly JunosStatement[], depth = 0): string {
  const indent = '    '.repeat(depth);
  return statements
    .map((each) => {
      if (typeof each === 'string') return `${indent}${each};\n`;
      const inner = renderStatements(each.inner, depth + 1);
      return inner === '' ? '' : `${indent}${each.name} {\n${inner}${indent}}\n`;
    })
    .join('');
}

/** Any text as one value in quotes: what is not printable ASCII, and what ends or escapes a string, becomes "_". */
export function text(value: string): string {
  return `"${value
    .replace(/\s+/g, ' ')
    .replace(/[^ -~]|["\\]/g, '_')
    .trim()
    .slice(0, 255)}"`;
}

/** One value, or several in brackets. @throws RangeError if there is none: without the condition a term would match all. */
export function oneOrMore(words: readonly string[], what: string): string {
  return notEmpty(words, what).length === 1 ? words.join('') : `[ ${words.join(' ')} ]`;
}
