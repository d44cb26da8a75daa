/** What a cluster told, or why it is not known: a look that failed says nothing about what is there. */
export type Known<T> =
  | { readonly isKnown: true; readonly value: T }
  | { readonly isKnown: false; readonly why: string; readonly next: string };

export function known<T>(value: T): Known<T> {
  return { isKnown: true, value };
}

/** The first that is not known, where one is not. */
export function firstUnknown(
  ...all: readonly Known<unknown>[]
): { readonly why: string; readonly next: string } | undefined {
  return all.find((each) => !each.isKnown);
}
