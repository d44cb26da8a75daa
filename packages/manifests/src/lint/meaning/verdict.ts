import type { ObjectView } from '../../built/views.ts';
import { isMapping, type Difference } from './difference.ts';
import type { Loss } from '../kept/kept-field.ts';

/**
 * What a difference is: nobody's business but the user's, what needs a word of theirs, or what takes away what keeps one side up
 * while the other one goes.
 */
export type Verdict = 'free' | 'word' | { readonly never: Loss };

/** What a decision may look at beside the difference. */
export interface Surroundings {
  /** The whole object, as generated and as built. */
  readonly generated: unknown;
  readonly built: ObjectView;
  /** Whether Pod Security "restricted" is enforced in the namespace of the route servers. */
  readonly isRestricted: boolean;
  /** Key of the label by which a node belongs to a side. */
  readonly nodeLabel: string;
}

export type Decide = (difference: Difference, surroundings: Surroundings) => Verdict;

/**
 * A field by its path, `*` for any name; it stands for all that is in it, unless a longer path is there. A `*` at the end stands
 * for the whole of an element.
 */
export type MeaningTable = Readonly<Record<string, Verdict | Decide>>;

export function never(loss: Loss): Verdict {
  return { never: loss };
}

/** What is added is free, and what was generated stays as it is. */
export const additions: Decide = ({ before, isRepeated }) =>
  before === undefined && isRepeated !== true ? 'free' : 'word';

/** The verdict of the longest path that fits; what no table has needs a word. */
export function verdictOf(table: MeaningTable, difference: Difference, surroundings: Surroundings): Verdict {
  const fitting = Object.keys(table).filter((pattern) => fits(pattern.split('.'), difference.path));
  const [best] = fitting.sort((one, other) => weight(other) - weight(one));
  const found = best === undefined ? undefined : table[best];
  return found === undefined ? 'word' : verdictBy(found, difference, surroundings);
}

/** What a row of a table says. */
export function verdictBy(row: Verdict | Decide, difference: Difference, surroundings: Surroundings): Verdict {
  return typeof row === 'function' ? row(difference, surroundings) : row;
}

function fits(pattern: readonly string[], path: readonly string[]): boolean {
  const isLongEnough = pattern.at(-1) === '*' ? pattern.length === path.length : pattern.length <= path.length;
  return isLongEnough && pattern.every((key, index) => key === '*' || key === path[index]);
}

/** A longer path first, and of two of one length that with fewer places for any name. */
function weight(pattern: string): number {
  const keys = pattern.split('.');
  return keys.length * 100 - keys.filter((key) => key === '*').length;
}

/** A text in a mapping; undefined where there is none. */
export function textIn(value: unknown, key: string): string | undefined {
  const found = isMapping(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return typeof found === 'string' ? found : undefined;
}
