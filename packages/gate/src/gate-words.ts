/** What the words speak of beside the verdict. */
export interface GatePlace {
  readonly next: string;
  /** The other sides, in order, with their StatefulSets; of a side of another cluster they are not known. */
  readonly others: readonly { readonly name: string; readonly statefulSets: readonly string[] }[];
}

/** How many clients or route servers a sentence names before it counts the rest. */
const namedAtMost = 10;

export function otherSides({ others }: GatePlace): string {
  if (others.length === 0) return 'another side, which this cluster does not have';
  return others.length === 1 ? `side ${others[0]?.name ?? ''}` : `sides ${others.map(({ name }) => name).join(', ')}`;
}

/** Enough of a hash to know it again. */
export function short(revision: string): string {
  return revision.slice(0, 12);
}

export function listed(words: readonly string[]): string {
  const rest = words.length - namedAtMost;
  return [...words.slice(0, namedAtMost), ...(rest > 0 ? [`and ${String(rest)} more`] : [])].join(', ');
}
