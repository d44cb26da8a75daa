import type { z } from 'zod';

/** An object of a build, with the name that messages have for it. */
export interface Built<View> {
  readonly id: string;
  readonly view: View;
}

/** Reads the objects of one kind of an API group. */
export type KindReader = <S extends z.ZodType>(kind: string, group: string, schema: S) => Built<z.output<S>>[];
