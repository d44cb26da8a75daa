/** "a, b and c"; of more than six "a, b, c, d, e and 7 more"; "none". */
export function listed(words: readonly string[]): string {
  if (words.length === 0) return 'none';
  if (words.length > 6) return `${words.slice(0, 5).join(', ')} and ${String(words.length - 5)} more`;
  const last = words.at(-1) ?? '';
  return words.length > 1 ? `${words.slice(0, -1).join(', ')} and ${last}` : last;
}

/** "1 pod", "2 pods". */
export function count(number: number, thing: string): string {
  return `${String(number)} ${thing}${number === 1 ? '' : 's'}`;
}
