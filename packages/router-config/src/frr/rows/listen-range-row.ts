import type { ListenRange } from '../config.ts';
import { fields, ipPrefix, keyword, name } from './codec.ts';

/** A range is its prefix and its group; another of either is another range. */
const rangeWords = fields<ListenRange>({ prefix: ipPrefix, group: keyword('peer-group', name) });

export function listenRangeLine(range: ListenRange): string {
  return ['bgp listen range', ...rangeWords.write(range)].join(' ');
}

export function parseListenRange(words: readonly string[]): ListenRange | undefined {
  if (words.slice(0, 3).join(' ') !== 'bgp listen range') return undefined;
  const reading = rangeWords.read(words.slice(3));
  return reading?.rest.length === 0 ? reading.value : undefined;
}
