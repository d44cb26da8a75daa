import type { AsPathList, AsPathPattern } from '../config.ts';
import { fields, keyword, name, number, single } from './codec.ts';
import type { NumberedRow, NumberedRows } from './row.ts';

/** FRR numbers entries itself when nobody does; these are the numbers that it would give. */
const sequenceStep = 5;

interface Entry {
  readonly name: AsPathList['name'];
  readonly sequence: number;
  readonly pattern: AsPathPattern;
}

const entryWords = fields<Entry>({
  name,
  sequence: keyword('seq', number),
  pattern: keyword(
    'permit',
    // A brand for what stands between two blanks; bgpd has accepted it as an expression.
    single((word) => word as AsPathPattern),
  ),
});

/** A changed list makes bgpd ask its neighbors for their routes anew (RFC 2918): no session ends. */
const patternRow: NumberedRow<AsPathList, AsPathPattern> = {
  name: 'AS path list',
  resets: 'none',
  set: (list, pattern, index) =>
    [
      'bgp as-path access-list',
      ...entryWords.write({ name: list.name, sequence: sequenceStep * (index + 1), pattern }),
    ].join(' '),
  parse: (words) => {
    if (words.slice(0, 3).join(' ') !== 'bgp as-path access-list') return undefined;
    const entry = entryWords.read(words.slice(3));
    if (entry?.rest.length !== 0) return undefined;
    const { value } = entry;
    return { owner: value.name, sequence: value.sequence, item: value.pattern };
  },
};

/** A list has its name and its patterns, and nothing else. */
export const asPathListRows = { patterns: patternRow } satisfies NumberedRows<AsPathList, 'name'>;

/** The lines of a list, in order. */
export function asPathListLines(list: AsPathList): readonly string[] {
  return list.patterns.map((pattern, index) => patternRow.set(list, pattern, index));
}
