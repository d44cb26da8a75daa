import { expect, it } from 'vitest';
import { createLingering } from './lingering.ts';

const wait = { id: 'one', for: ['settings'] } as const;

function start() {
  const world = { nowMs: 0 };
  const lingering = createLingering(() => world.nowMs);
  const isToldAt = (nowMs: number): boolean => {
    world.nowMs = nowMs;
    return lingering.now() !== undefined;
  };
  return { world, lingering, isToldAt };
}

it('is told for five seconds from the end of what was decided on, however long that takes', () => {
  const { world, lingering, isToldAt } = start();
  lingering.decided(wait);
  expect(lingering.now()).toMatchObject(wait);
  // A slow engine: the session ends after eight seconds.
  expect(isToldAt(8000)).toBe(true);
  lingering.ended();
  expect([isToldAt(12_999), isToldAt(13_000)]).toEqual([true, false]);
  world.nowMs = 20_000;
  lingering.decided({ ...wait, id: 'two' });
  lingering.ended();
  expect(lingering.now()).toMatchObject({ id: 'two' });
  expect([isToldAt(24_999), isToldAt(25_000)]).toEqual([true, false]);
});

it('is told no longer than anybody goes by an answer, where the end does not come', () => {
  const { lingering, isToldAt } = start();
  lingering.decided(wait);
  expect([isToldAt(14_999), isToldAt(15_000)]).toEqual([true, false]);
  lingering.ended();
  expect(isToldAt(15_001)).toBe(false);
});

it('is not told anew by the end of what carried out nothing', () => {
  const { world, lingering, isToldAt } = start();
  lingering.decided(wait);
  lingering.ended();
  world.nowMs = 4000;
  lingering.ended();
  expect([isToldAt(4999), isToldAt(5000)]).toEqual([true, false]);
  lingering.ended();
  expect(isToldAt(5001)).toBe(false);
});
