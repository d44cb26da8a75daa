import type { ChangedPath } from '@meshrs/manifests/built';

/** What is known of a field. */
export type FieldEffect =
  /** A file of `src/kinds` looks at it, and tells what a change does. */
  | 'told'
  /** A change of it disturbs nobody: why. */
  | { readonly nothing: string }
  /** Nobody has looked, or what it does nobody can tell from a build: why. */
  | { readonly unknown: string };

/**
 * The fields of a kind by their paths, without the places in lists: "spec.ports.nodePort". One stands for all that is in it,
 * unless a longer one is there.
 */
export type FieldTable = Readonly<Record<string, FieldEffect>>;

export function nothing(because: string): FieldEffect {
  return { nothing: because };
}

export function unknown(because: string): FieldEffect {
  return { unknown: because };
}

/** What is known of a changed path; undefined: it is in no table. */
export function fieldEffect(table: FieldTable, path: string): FieldEffect | undefined {
  for (let known = withoutPlaces(path); known !== ''; known = known.slice(0, Math.max(0, known.lastIndexOf('.')))) {
    if (Object.hasOwn(table, known)) return table[known];
  }
  return undefined;
}

/** The changes of which nobody can say what they do. */
export function unknownChanges(table: FieldTable, changes: readonly ChangedPath[]): readonly ChangedPath[] {
  return changes.filter(({ path }) => {
    const effect = fieldEffect(table, path);
    return effect === undefined || (typeof effect === 'object' && 'unknown' in effect);
  });
}

function withoutPlaces(path: string): string {
  return path.replaceAll(/\[\d+\]/g, '');
}
