import { address } from '@meshrs/network/test-data';
import { expect, it } from 'vitest';
import { createRecentClients, knownForMs, mostKnown, mostListed } from './recent-clients.ts';

const at = (index: number) => address(`10.${String(index >> 16)}.${String((index >> 8) & 255)}.${String(index & 255)}`);

function start() {
  const clock = { now: 0 };
  return { clock, known: createRecentClients(() => clock.now) };
}

it('knows who is there, and who was there a short time ago', () => {
  const { clock, known } = start();
  known.began(at(1));
  known.look([at(2), at(3)]);
  clock.now = knownForMs;
  known.look([at(3)]);
  expect(known.list()).toEqual([at(1), at(2), at(3)]);
  clock.now += 1;
  known.look([]);
  expect(known.list()).toEqual([at(3)]);
});

it('has another version where the list is another one, and only then', () => {
  const { clock, known } = start();
  const versions = new Set([known.version()]);
  known.began(at(1));
  versions.add(known.version());
  known.look([at(1), at(2)]);
  versions.add(known.version());
  expect(versions.size).toBe(3);
  const before = known.version();
  known.began(at(1));
  known.look([at(2), at(1)]);
  expect(known.version()).toBe(before);
  clock.now = knownForMs + 1;
  known.look([]);
  expect(known.version()).not.toBe(before);
});

it('lists those whose sessions began last, however many come and however often they are seen', () => {
  const { known } = start();
  const there = Array.from({ length: mostListed + 500 }, (_, index) => at(index));
  known.look(there);
  expect(known.list()).toEqual(there.slice(500));
  const before = known.version();
  known.began(at(3));
  expect(known.version()).not.toBe(before);
  known.look(there);
  expect(known.list()).toEqual([...there.slice(501), at(3)]);
  for (let index = 0; index < 2 * mostKnown; index += 1) known.began(at(10_000 + index));
  known.look(there);
  expect(known.list()).toHaveLength(mostListed);
  expect(known.list().at(-1)).toBe(at(mostListed + 499));
});
