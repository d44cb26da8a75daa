/** Entries by key, in the order of code units: output must not depend on the order in a topology. */
export function sortedEntries<T>(record: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(record).sort(([one], [other]) => compareText(one, other));
}

export function sortedTexts<T extends string>(texts: readonly T[]): T[] {
  return [...texts].sort(compareText);
}

export function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
