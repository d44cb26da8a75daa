import { sortedEntries } from '../sorted.ts';

/*
 * Values as literals of CEL, the language of admission policies. What stands in an expression comes through here alone:
 * a name of the topology is a value and never syntax.
 *
 * A cluster of Kubernetes 1.30 compiles what is new to it with the words of 1.29
 * (apiserver/pkg/cel/environment: DefaultCompatibilityVersion), so expressions have no ip(), cidr(), format library nor
 * comprehensions of two variables.
 */

/** A text in single quotes; JSON's escapes are CEL's, too. */
export function celText(text: string): string {
  const inner = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${inner}'`;
}

export function celList(texts: readonly string[]): string {
  return `[${texts.map(celText).join(', ')}]`;
}

export function celMap(values: Readonly<Record<string, string>>): string {
  return `{${sortedEntries(values)
    .map(([name, value]) => `${celText(name)}: ${celText(value)}`)
    .join(', ')}}`;
}

/** The value at a key of a mapping, '' for any other key. */
export function celLookup(values: Readonly<Record<string, string>>, key: string): string {
  const entries = sortedEntries(values).map(([name, value]) => `${celText(name)}: ${celText(value)}`);
  return entries.length === 0 ? "''" : `{${entries.join(', ')}}[?${key}].orValue('')`;
}

/** The value at a key of a mapping; for any other key what `otherwise`, an optional text in CEL, holds, or ''. */
export function celLookupOr(values: Readonly<Record<string, string>>, key: string, otherwise: string): string {
  const entries = sortedEntries(values).map(([name, value]) => `${celText(name)}: ${celText(value)}`);
  const found = entries.length === 0 ? '' : `{${entries.join(', ')}}[?${key}].or`;
  return `${found}(${otherwise}).orValue('')`;
}

/** Whether one of the conditions holds; none: false. */
export function celAny(conditions: readonly string[]): string {
  return conditions.length === 0 ? 'false' : conditions.map((condition) => `(${condition})`).join(' || ');
}

/** Whether all of the conditions hold; none: true. */
export function celAll(conditions: readonly string[]): string {
  return conditions.length === 0 ? 'true' : conditions.map((condition) => `(${condition})`).join(' && ');
}

/** A regular expression (RE2) that matches the text alone. */
export function literalPattern(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
