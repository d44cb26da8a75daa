import { z } from 'zod';

/*
 * GET /status is described once and read two ways. The input type of its schema is what an agent of this version writes:
 * all keys, and no words but the known ones. The output type is what a reader may count on: while a fleet rolls out, the
 * answer is of an older agent, which lacks keys, or of a newer one, which has keys and words beside these.
 */

/** What a reader has in place of a word that it does not know: neither none, nor one of those that it knows. */
export type Unknown = 'unknown';

/** The same check, where the writer is held to a narrower type than what a reader takes. */
export function writes<W>() {
  // The input of a schema is a type alone: nothing at run time depends on it.
  return <O>(schema: z.ZodType<O>) => schema as z.ZodType<O, W>;
}

/** One of the words. The writer has no other; a reader takes any. */
export function wordOf<const W extends string>(words: readonly W[]): z.ZodType<W | Unknown, W> {
  const isKnown = (text: string): text is W => words.some((word) => word === text);
  return writes<W>()(z.string().transform((text): W | Unknown => (isKnown(text) ? text : 'unknown')));
}

/** A key that the writer always has, and that a reader may find missing: an agent of before did not have it. */
export function addedLater<S extends z.ZodType>(schema: S): AddedLater<S> {
  const tolerant: z.ZodType = schema.exactOptional();
  return tolerant as AddedLater<S>;
}

type AddedLater<S extends z.ZodType> = z.ZodType<
  z.output<S>,
  z.input<S>,
  z.core.$ZodTypeInternals<z.output<S>, z.input<S>> & { readonly optout: 'optional' }
>;

/**
 * The last member of a union of objects that `key` tells apart: what no member before it takes. The writer has no such
 * object.
 */
export function otherwise<const K extends string>(key: K) {
  const value = { [key]: 'unknown' } as Readonly<Record<K, Unknown>>;
  return writes<never>()(z.looseObject({ [key]: z.string() }).transform(() => value));
}

/** What JSON holds, which nobody changes. */
export type Json<T> = unknown extends T
  ? T
  : T extends string | number | boolean | null
    ? T
    : T extends readonly (infer E)[]
      ? readonly Json<E>[]
      : { readonly [K in keyof T]: Json<T[K]> };
