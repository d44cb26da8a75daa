import { distance } from 'fastest-levenshtein';

/**
 * "did you mean X": the known word that begins like this one, or the nearest one when it is near enough to be a typing
 * error.
 */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const lower = word.toLowerCase();
  const beginning = known.filter((candidate) => lower.length >= 3 && candidate.toLowerCase().startsWith(lower));
  if (beginning.length === 1) return beginning[0];
  const [best] = known
    .map((candidate) => ({ candidate, edits: distance(lower, candidate.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  // Of the shorter one: a word of three letters with two others is another word.
  const length = best && Math.min(lower.length, best.candidate.length);
  return best && length !== undefined && best.edits <= Math.max(1, Math.ceil(length / 3)) && best.edits < length
    ? best.candidate
    : undefined;
}
