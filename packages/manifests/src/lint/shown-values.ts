/** Two values as JSON; undefined: not there. */
interface Values {
  /** As generated. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** What is there and what was generated, as a finding shows them: short, and of two long texts the first lines that differ. */
export function shownValues({ before, after }: Values): { readonly seen: string; readonly allowed: string } {
  const [seen, allowed] = differing(after, before);
  return { seen: shortened(seen ?? 'not there'), allowed: shortened(allowed ?? 'left out') };
}

function differing(...texts: readonly (string | undefined)[]): readonly (string | undefined)[] {
  const [one = '', other = ''] = texts;
  if (!one.includes('\\n') || !other.includes('\\n')) return texts;
  const lines = [one, other].map((text) => text.slice(1, -1).split('\\n'));
  const [ours = [], theirs = []] = lines;
  const at = Array.from({ length: Math.max(ours.length, theirs.length) }, (_, index) => index).find(
    (index) => ours[index] !== theirs[index],
  );
  return lines.map((each) => `line ${String((at ?? 0) + 1)}: ${each[at ?? 0] ?? 'not there'}`);
}

function shortened(text: string): string {
  return text.length > 200 ? `${text.slice(0, 197)}...` : text;
}
