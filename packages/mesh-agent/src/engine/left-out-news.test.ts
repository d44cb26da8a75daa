import { expect, it } from 'vitest';
import { createLeftOutNews } from './left-out-news.ts';
import type { LeftOutChanges } from './mesh-engine.ts';

/** A letter for each change that is left out; a capital one: nobody was asked about it. `?`: not all that is wanted was looked at. */
function leftOutOf(text: string): LeftOutChanges {
  const left = (text.match(/[a-z]/gi) ?? []).map((key) => ({
    key,
    change: { kind: 'neighbor-removed', group: 'CLIENTS', subject: key, resets: 'neighbor' } as const,
    clients: [],
  }));
  const unasked = left.filter(({ key }) => key !== key.toLowerCase());
  return { left, unasked, isWhole: !text.includes('?') };
}

it.each<[string, readonly string[], readonly string[]]>([
  ['nothing at all: nothing', ['', '', ''], []],
  ['nothing, and not all was looked at: nothing', ['?', '', '?'], []],
  ['nothing any more: once', ['A', '', ''], ['A', '']],
  ['nothing any more of what was asked about: once', ['a', '', ''], ['a', '']],
  ['nothing, and not all was looked at: not the end of what was told', ['A', '?', ''], ['A', '']],
  ['something that an attempt which has not looked at all met: told, and its end', ['A?', '', ''], ['A?', '']],
  ['what was asked about, and not all was looked at: nothing, as it was', ['a?', ''], []],
  ['the same again: each time, the listener knows what it has said', ['A', 'A', 'aB', ''], ['A', 'A', 'aB', '']],
  ['again after its end', ['A', '', 'A', ''], ['A', '', 'A', '']],
])('%s', (_, attempts, told) => {
  const seen: LeftOutChanges[] = [];
  const news = createLeftOutNews((each) => seen.push(each));
  for (const attempt of attempts) news.tell(leftOutOf(attempt));
  expect(seen).toEqual(told.map(leftOutOf));
});
