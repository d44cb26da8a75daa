import { expect, it } from 'vitest';
import { chooseWhoGoes } from './choose-who-goes.ts';

/** "a" waits, "A" is served; the source is the letter. The last one is the newcomer. */
function goes(text: string): string | undefined {
  const all = new Set(Array.from(text, (each, place) => ({ place, source: each.toLowerCase(), isServed: each < 'a' })));
  const counts = new Map<string, number>();
  for (const { source } of all) counts.set(source, (counts.get(source) ?? 0) + 1);
  const newcomer = [...all].at(-1);
  if (!newcomer) throw new Error('nobody comes');
  const choice = chooseWhoGoes(newcomer, all, counts, { connections: 4, connectionsOfSource: 3 });
  return choice && `${String(choice.goes.place)} ${choice.reason}`;
}

it.each([
  ['abcd', undefined],
  ['abcde', '0 connections'],
  ['Abcde', '1 connections'],
  ['ABCDe', '4 connections'],
  ['baaa', undefined],
  ['aaaa', '0 connections-of-source'],
  ['Aaaa', '1 connections-of-source'],
  ['AAAa', '3 connections-of-source'],
])('of %s the connection that goes is %s', (text, expected) => {
  expect(goes(text)).toBe(expected);
});
