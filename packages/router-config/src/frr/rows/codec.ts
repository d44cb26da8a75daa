import {
  parseAsn,
  parsePrefix,
  parsePrintedAddress,
  withoutEmbeddedIpv4,
  type Asn,
  type IpAddress,
  type IpPrefix,
} from '@meshrs/network';
import { toFrrLine, toFrrWord, type FrrLine, type FrrWord } from '../words.ts';

/** How a value stands in a line, as words; one definition writes and reads it. */
export interface Codec<Value> {
  write(value: Value): readonly string[];
  /** Undefined: these words say no such value. */
  read(words: readonly string[]): Reading<Value> | undefined;
}

export interface Reading<Value> {
  readonly value: Value;
  /** The words behind it. */
  readonly rest: readonly string[];
}

/** One word that `parse` understands. */
export function single<Value>(
  parse: (word: string) => Value | undefined,
  write: (value: Value) => string = String,
): Codec<Value> {
  return {
    write: (value) => [write(value)],
    read: ([word, ...rest]) => {
      const value = word === undefined ? undefined : parse(word);
      return value === undefined ? undefined : { value, rest };
    },
  };
}

export const number: Codec<number> = single((word) => (/^\d+$/.test(word) ? Number(word) : undefined));
/** All that is left of the line, numbers with blanks between them. */
export const numbers: Codec<readonly number[]> = {
  write: (value) => value.map(String),
  read: (words) =>
    words.length > 0 && words.every((word) => /^\d+$/.test(word)) ? { value: words.map(Number), rest: [] } : undefined,
};
export const asNumber: Codec<Asn> = single(parseAsn);
export const ipAddress: Codec<IpAddress> = single(parsePrintedAddress);

export const ipPrefix: Codec<IpPrefix> = single((word) => {
  const parsed = parsePrefix(withoutEmbeddedIpv4(word));
  return parsed && 'prefix' in parsed ? parsed.prefix : undefined;
});

/** A name that the agent could have written; others are somebody else's and stay unknown. */
export const name: Codec<FrrWord> = single(parseName);

export function parseName(text: string): FrrWord | undefined {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/.test(text) ? toFrrWord(text) : undefined;
}

/** All that is left of the line. */
export const line: Codec<FrrLine> = {
  write: (value) => [value],
  read: (words) => (words.length === 0 ? undefined : { value: toFrrLine(words.join(' ')), rest: [] }),
};

export function oneOf<const Word extends string>(...allowed: readonly Word[]): Codec<Word> {
  return single((word) => allowed.find((each) => each === word));
}

/** One of two forms; `isFirst` tells which one a value has. */
export function either<One, Other>(
  first: Codec<One>,
  second: Codec<Other>,
  isFirst: (value: One | Other) => value is One,
): Codec<One | Other> {
  return {
    // A value that is not of the first form is of the second.
    write: (value) => (isFirst(value) ? first.write(value) : second.write(value)),
    read: (words) => first.read(words) ?? second.read(words),
  };
}

/** The value behind a keyword: "restart 5". */
export function keyword<Value>(word: string, codec: Codec<Value>): Codec<Value> {
  return {
    write: (value) => [word, ...codec.write(value)],
    read: ([first, ...rest]) => (first === word ? codec.read(rest) : undefined),
  };
}

/** The value before a keyword: "MAP in". */
export function before<Value>(word: string, codec: Codec<Value>): Codec<Value> {
  return {
    write: (value) => [...codec.write(value), word],
    read: (words) => {
      const reading = codec.read(words);
      return reading?.rest[0] === word ? { value: reading.value, rest: reading.rest.slice(1) } : undefined;
    },
  };
}

/** A value that may be left out. */
export function optional<Value>(codec: Codec<Value>): Codec<Value | undefined> {
  return {
    write: (value) => (value === undefined ? [] : codec.write(value)),
    read: (words) => codec.read(words) ?? { value: undefined, rest: words },
  };
}

/** A value that FRR writes as no word at all. */
export function impliedBy<Value>(implied: Value, codec: Codec<Value>): Codec<Value> {
  return {
    write: (value) => (value === implied ? [] : codec.write(value)),
    read: (words) => (words.length === 0 ? { value: implied, rest: words } : codec.read(words)),
  };
}

/** A codec for each field: a field without one is a type error. */
export type FieldCodecs<Value> = { readonly [Field in keyof Value]-?: Codec<Value[Field]> };

/** Several fields, one behind the other in the order of `codecs`. */
export function fields<Value extends object>(codecs: FieldCodecs<Value>): Codec<Value> {
  // Object.keys loses the types of the keys.
  const names = Object.keys(codecs) as (keyof Value)[];
  return {
    write: (value) => names.flatMap((field) => codecs[field].write(value[field])),
    read: (words) => {
      const value: Partial<Value> = {};
      let rest = words;
      for (const field of names) {
        const reading = codecs[field].read(rest);
        if (!reading) return undefined;
        if (reading.value !== undefined) value[field] = reading.value;
        rest = reading.rest;
      }
      // Each field was read; only optional ones may be missing.
      return { value: value as Value, rest };
    },
  };
}
