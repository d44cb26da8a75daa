import { fields, type Codec, type FieldCodecs } from './codec.ts';

/**
 * What bgpd does to the sessions of a group, a neighbor or the whole router when a value changes; found by trying each on
 * 10.7.1. From the mildest to the strongest.
 */
export const reactions = [
  'none',
  /** The sessions that have sent more prefixes than they may now. */
  'over-limit',
  'resets',
  /** bgpd changes it in nothing that is there: the group or the neighbor goes, and comes anew. */
  'anew',
] as const;
export type Reaction = (typeof reactions)[number];

/**
 * A statement of FRR's language, over the field that it serves: how it is written, taken back and read, and whom a change
 * resets. All texts are without what stands before them in the line, as "neighbor GROUP".
 */
export interface Row<Value> {
  /** What an operator calls it. */
  readonly name: string;
  /** FRR's own value; it is neither written nor shown. */
  readonly standard: Value;
  /** The line says that FRR's own value does not hold: "no bgp default ipv4-unicast". */
  readonly isNegated: boolean;
  /**
   * Where the line stands: under `router bgp` or what else the owner stands under, in an address family of it, or in the
   * entry of a route-map that refuses.
   */
  readonly place: 'own' | 'family' | 'refusal';
  set(value: Value): string;
  unset(value: Value): string;
  /** The value that a line's words say; undefined: they are of another row. */
  parse(words: readonly string[]): Value | undefined;
  /** Whether the line of one value takes the place of the other's; else that goes first. */
  replaces(before: Value, after: Value): boolean;
  /** `inherited` holds where a value is undefined: the peer group's. */
  resets(before: Value, after: Value, inherited: Value | undefined): Reaction;
}

/** A row for each field of a type but its identity: one that is missing is a type error. */
export type Rows<Owner, Identity extends keyof Owner> = {
  readonly [Field in Exclude<keyof Owner, Identity>]-?: Row<Owner[Field]>;
};

interface StatementFacts<Value> {
  readonly name: string;
  /** The words that the line begins with. */
  readonly words: string;
  readonly codec: Codec<NonNullable<Value>>;
  readonly resets: Reaction | Row<Value>['resets'];
  /** What `no` takes: the first words alone, or the whole line. */
  readonly unset?: 'words' | 'line';
  readonly place?: Row<Value>['place'];
}

/** A statement that says a value which may be absent. */
export function optionalRow<Value>(facts: StatementFacts<Value | undefined>): Row<Value | undefined> {
  return valueRow<Value | undefined>({ ...facts, standard: undefined });
}

/** A statement that says a value which FRR has one of its own for. */
export function valueRow<Value>(facts: StatementFacts<Value> & { readonly standard: Value }): Row<Value> {
  const { name, words, codec, resets, standard, unset = 'words', place = 'own' } = facts;
  const start = words.split(' ');
  // A value that is absent is FRR's own, and never written.
  const write = (value: Value): string =>
    value === undefined || value === null ? words : [words, ...codec.write(value)].join(' ');
  return {
    name,
    standard,
    isNegated: false,
    place,
    set: write,
    unset: (value) => (unset === 'line' ? write(value) : words),
    parse: (line) => {
      if (!start.every((word, index) => line[index] === word)) return undefined;
      const reading = codec.read(line.slice(start.length));
      return reading?.rest.length === 0 ? reading.value : undefined;
    },
    replaces: () => true,
    resets: typeof resets === 'string' ? () => resets : resets,
  };
}

/** A line that is there or not. */
export function flagRow(
  name: string,
  words: string,
  { resets, place = 'own' }: { readonly resets: Reaction; readonly place?: Row<boolean>['place'] },
): Row<boolean> {
  return {
    name,
    standard: false,
    isNegated: false,
    place,
    set: () => words,
    unset: () => words,
    parse: flagParser(words, true),
    replaces: () => true,
    resets: () => resets,
  };
}

/** What FRR does unless the line with `no` is there. */
export function switchedOffRow(name: string, words: string, resets: Reaction): Row<boolean> {
  return {
    ...flagRow(name, words, { resets }),
    standard: true,
    isNegated: true,
    parse: flagParser(words, false),
  };
}

function flagParser(words: string, value: boolean): Row<boolean>['parse'] {
  const own = words.split(' ');
  return (line) => (line.length === own.length && own.every((word, index) => line[index] === word) ? value : undefined);
}

/** The statement of one kind of a value, with a codec for each of its other fields. */
interface KindStatement<Value> {
  readonly words: string;
  readonly codecs: FieldCodecs<Omit<Value, 'kind'>>;
  readonly unset: 'words' | 'line';
}

/** A value of several kinds, each with a statement of its own: a kind without one is a type error. */
export function kindRow<Value extends { readonly kind: string }>(
  { name, resets }: { readonly name: string; readonly resets: Reaction },
  kinds: { readonly [Kind in Value['kind']]: KindStatement<Extract<Value, { kind: Kind }>> },
): Row<Value | undefined> {
  const rowOf = new Map(
    Object.entries<KindStatement<Value>>(kinds).map(([kind, { words, codecs, unset }]) => [
      kind,
      // A value of the kind is read by the kind's own codecs alone.
      optionalRow<Value>({ name, words, codec: withKind(kind, fields(codecs)) as Codec<Value>, resets, unset }),
    ]),
  );
  const of = (value: Value | undefined): Row<Value | undefined> | undefined => value && rowOf.get(value.kind);
  return {
    name,
    standard: undefined,
    isNegated: false,
    place: 'own',
    set: (value) => of(value)?.set(value) ?? '',
    unset: (value) => of(value)?.unset(value) ?? '',
    parse: (words) => {
      for (const row of rowOf.values()) {
        const value = row.parse(words);
        if (value !== undefined) return value;
      }
      return undefined;
    },
    replaces: (before, after) => before?.kind === after?.kind,
    resets: () => resets,
  };
}

function withKind<Value extends object>(kind: string, codec: Codec<Value>): Codec<Value & { readonly kind: string }> {
  return {
    write: (value) => codec.write(value),
    read: (words) => {
      const reading = codec.read(words);
      return reading && { ...reading, value: { kind, ...reading.value } };
    },
  };
}

/** A limit that is lower than what held before resets those that are above it. */
export function resetsAbove<Value>(
  limitOf: (value: Value & {}) => number,
): (before: Value | undefined, after: Value | undefined, inherited: Value | undefined) => Reaction {
  const limit = (value: Value | undefined): number =>
    value === undefined || value === null ? Infinity : limitOf(value);
  return (before, after, inherited) => (limit(after ?? inherited) < limit(before ?? inherited) ? 'over-limit' : 'none');
}

/** Whether two values of a field are the same; they are plain data of few words. */
export function isSameValue(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  const entries = Object.entries(one);
  const others = other as Readonly<Record<string, unknown>>;
  return (
    entries.length === Object.keys(other).length && entries.every(([key, value]) => isSameValue(value, others[key]))
  );
}

export function strongest(one: Reaction, other: Reaction): Reaction {
  return reactions.indexOf(one) >= reactions.indexOf(other) ? one : other;
}

/** The statements of a field that is a list: one for each item, in the order of their numbers. */
export interface NumberedRow<Owner, Item> {
  readonly name: string;
  readonly resets: 'none';
  set(owner: Owner, item: Item, index: number): string;
  parse(
    words: readonly string[],
  ): { readonly owner: string; readonly sequence: number; readonly item: Item } | undefined;
}

/** A row for each list of a type: one that is missing, or a field that is no list, is a type error. */
export type NumberedRows<Owner, Identity extends keyof Owner> = {
  readonly [Field in Exclude<keyof Owner, Identity>]-?: Owner[Field] extends readonly (infer Item)[]
    ? NumberedRow<Owner, Item>
    : never;
};
