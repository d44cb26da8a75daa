import { omit } from '../omit.ts';
import { isSameValue, strongest, type Reaction, type Row, type Rows } from './row.ts';

/** What the rows of a table together do for one owner: a group, a neighbor, a router. */
export interface Owner<Fields extends object> {
  /** All fields as FRR has them when nothing is said. */
  readonly standard: Fields;
  /** All that is not FRR's own value, in the order of the table. */
  lines(value: Fields): readonly OwnerLine[];
  /** From one value to another: what goes, from the end, then what comes, in the order of the table. */
  difference(before: Fields, after: Fields): OwnerDifference;
  isSame(before: Fields, after: Fields): boolean;
  /** What the change does to sessions, and the names of the statements that do it. */
  reaction(before: Fields, after: Fields, inherited?: Partial<Fields>): OwnerReaction;
  /**
   * The value after the change, with the field as before that a line of the change says, as "no shutdown". Undefined: no
   * field changes by such a line.
   */
  withoutLine<Whole extends Fields>(before: Fields, after: Whole, line: string): Whole | undefined;
  /** Takes what a line says into the draft; false: no row knows it. */
  read(draft: Fields, words: readonly string[], place: RowPlace): boolean;
}

export type RowPlace = Row<unknown>['place'];

/** A command without what stands before it; `no` is said of it or not. */
export interface OwnerLine {
  readonly place: RowPlace;
  readonly isNo: boolean;
  readonly text: string;
}

export interface OwnerDifference {
  readonly going: readonly OwnerLine[];
  readonly coming: readonly OwnerLine[];
}

export interface OwnerReaction {
  readonly reaction: Reaction;
  readonly because: readonly string[];
}

type Field<Fields> = keyof Fields;
type FieldRow<Fields> = readonly [Field<Fields>, Row<Fields[Field<Fields>]>];

/** Rows without their types: `Fields` are all fields of the owner but its identity. */
export function owner<Whole, Identity extends keyof Whole>(
  table: Rows<Whole, Identity>,
): Owner<Pick<Whole, Exclude<keyof Whole, Identity>>> {
  type Fields = Pick<Whole, Exclude<keyof Whole, Identity>>;
  // Object.entries loses which row belongs to which field; the table's type holds them together.
  const rows = Object.entries(table) as unknown as readonly FieldRow<Fields>[];
  const fields = rows.map(([field]) => field);
  return {
    standard: standardOf(rows),
    lines: (value) => {
      const lines: OwnerLine[] = [];
      for (const [field, row] of rows) if (isSaid(row, value[field])) lines.push(lineOf(row, value[field]));
      return lines;
    },
    difference: (before, after) => differenceOf(rows, before, after),
    // Of many neighbors most stay as they are: this is asked of each.
    isSame: (before, after) => {
      for (const field of fields) {
        const value = before[field];
        const other = after[field];
        if (value !== other && !isSameValue(value, other)) return false;
      }
      return true;
    },
    reaction: (before, after, inherited) => reactionOf(rows, before, after, inherited),
    withoutLine: (before, after, line) => withoutLine(rows, before, after, line),
    read: (draft, words, place) => {
      const isNegated = words[0] === 'no';
      const own = isNegated ? words.slice(1) : words;
      for (const [field, row] of rows) {
        if (row.place !== place || row.isNegated !== isNegated) continue;
        const value = row.parse(own);
        if (value === undefined) continue;
        draft[field] = value;
        return true;
      }
      return false;
    },
  };
}

function standardOf<Fields extends object>(rows: readonly FieldRow<Fields>[]): Fields {
  // Optional fields are absent; all others have a value in their row.
  return Object.fromEntries(
    rows.flatMap(([field, { standard }]) => (standard === undefined ? [] : [[field, standard]])),
  ) as Fields;
}

function differenceOf<Fields extends object>(
  rows: readonly FieldRow<Fields>[],
  before: Fields,
  after: Fields,
): OwnerDifference {
  const changed = rows.filter(([field]) => !isSameValue(before[field], after[field]));
  const going = changed.filter(
    ([field, row]) =>
      isSaid(row, before[field]) && !(isSaid(row, after[field]) && row.replaces(before[field], after[field])),
  );
  return {
    going: going
      .toReversed()
      .map(([field, row]) => ({ place: row.place, isNo: !row.isNegated, text: row.unset(before[field]) })),
    coming: changed
      .filter(([field, row]) => isSaid(row, after[field]))
      .map(([field, row]) => lineOf(row, after[field])),
  };
}

function withoutLine<Fields extends object, Whole extends Fields>(
  rows: readonly FieldRow<Fields>[],
  before: Fields,
  after: Whole,
  line: string,
): Whole | undefined {
  const isOf = ([field]: FieldRow<Fields>): boolean => {
    const { going, coming } = differenceOf(rows, before, { ...before, [field]: after[field] });
    return [...going, ...coming].some(({ isNo, text }) => line === (isNo ? `no ${text}` : text));
  };
  const [field] = rows.find(isOf) ?? [];
  if (field === undefined) return undefined;
  const held = { ...after, [field]: before[field] };
  // What is absent has no key: equal configurations are deeply equal.
  return before[field] === undefined ? (omit(held, field) as Whole) : held;
}

function reactionOf<Fields extends object>(
  rows: readonly FieldRow<Fields>[],
  before: Fields,
  after: Fields,
  inherited: Partial<Fields> | undefined,
): OwnerReaction {
  const because: string[] = [];
  let reaction: Reaction = 'none';
  for (const [field, row] of rows) {
    if (isSameValue(before[field], after[field])) continue;
    const own = row.resets(before[field], after[field], inherited?.[field]);
    if (own === 'none') continue;
    because.push(row.name);
    reaction = strongest(reaction, own);
  }
  return { reaction, because };
}

function lineOf<Value>(row: Row<Value>, value: Value): OwnerLine {
  return { place: row.place, isNo: row.isNegated, text: row.set(value) };
}

function isSaid<Value>(row: Row<Value>, value: Value): boolean {
  return !isSameValue(value, row.standard);
}
