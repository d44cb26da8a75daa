import { expect, it } from 'vitest';
import { createLongerHold } from './longer-hold.ts';

function start(holdMs: number) {
  const world = { holdMs, nowMs: 0, isPending: false };
  const hold = createLongerHold({
    holdMs: () => world.holdMs,
    isPending: () => world.isPending,
    now: () => world.nowMs,
  });
  return { world, hold };
}

it.each([
  ['takes it away', 120_000, 0, 120_000],
  ['shortens it', 120_000, 5000, 120_000],
  ['gives more', 5000, 120_000, 120_000],
  ['gives one at all', 0, 120_000, 120_000],
  ['leaves it', 30_000, 30_000, 30_000],
])('counts the longer one for a file that %s', (_, before, after, counts) => {
  const { world, hold } = start(before);
  world.nowMs = 500_000;
  world.holdMs = after;
  expect(hold()).toBe(counts);
  world.nowMs += 59_999;
  expect(hold()).toBe(counts);
  // The next file is another one.
  world.nowMs += 1;
  expect(hold()).toBe(after);
});

it('counts it for what waits, however often the file changes meanwhile', () => {
  const { world, hold } = start(120_000);
  for (const next of [0, 5000, 0]) {
    world.holdMs = next;
    world.nowMs += 1000;
    expect(hold()).toBe(120_000);
    world.isPending = true;
  }
  world.nowMs += 90_000;
  expect(hold()).toBe(120_000);
  world.isPending = false;
  expect(hold()).toBe(0);
});
