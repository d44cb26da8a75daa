import type { AsPathList, AsPathPattern, LargeCommunityList, LargeCommunityPattern } from '../config.ts';
import type { FrrWord } from '../words.ts';
import { fields, keyword, name, number, single } from './codec.ts';
import type { NumberedRow, NumberedRows } from './row.ts';

/** FRR numbers entries itself when nobody does; these are the numbers that it would give. */
const sequenceStep = 5;

interface PatternList<Pattern> {
  readonly name: FrrWord;
  readonly patterns: readonly Pattern[];
}

interface Entry {
  readonly name: FrrWord;
  readonly sequence: number;
  readonly pattern: string;
}

const entryWords = fields<Entry>({
  name,
  sequence: keyword('seq', number),
  pattern: keyword(
    'permit',
    single((word) => word),
  ),
});

/** A list of regular expressions. `Pattern` is a brand for what stands between two blanks; bgpd has accepted it as one. */
function patternRow<Pattern extends string>(own: string, words: string): NumberedRow<PatternList<Pattern>, Pattern> {
  const start = words.split(' ');
  return {
    name: own,
    // A changed list makes bgpd ask its neighbors for their routes anew (RFC 2918): no session ends.
    resets: 'none',
    set: (list, pattern, index) =>
      [words, ...entryWords.write({ name: list.name, sequence: sequenceStep * (index + 1), pattern })].join(' '),
    parse: (line) => {
      if (!start.every((word, index) => line[index] === word)) return undefined;
      const entry = entryWords.read(line.slice(start.length));
      if (entry?.rest.length !== 0) return undefined;
      const { value } = entry;
      return { owner: value.name, sequence: value.sequence, item: value.pattern as Pattern };
    },
  };
}

/** A list has its name and its patterns, and nothing else. */
export const asPathListRows = {
  patterns: patternRow<AsPathPattern>('AS path list', 'bgp as-path access-list'),
} satisfies NumberedRows<AsPathList, 'name'>;

export const largeCommunityListRows = {
  patterns: patternRow<LargeCommunityPattern>('large community list', 'bgp large-community-list expanded'),
} satisfies NumberedRows<LargeCommunityList, 'name'>;

/** The lines of a list, in order. */
export function asPathListLines(list: AsPathList): readonly string[] {
  return list.patterns.map((pattern, index) => asPathListRows.patterns.set(list, pattern, index));
}

export function largeCommunityListLines(list: LargeCommunityList): readonly string[] {
  return list.patterns.map((pattern, index) => largeCommunityListRows.patterns.set(list, pattern, index));
}
