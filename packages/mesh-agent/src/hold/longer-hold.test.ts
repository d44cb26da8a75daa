import { expect, it } from 'vitest';
import type { KeptHold } from './kept-hold.ts';
import { createLongerHold } from './longer-hold.ts';

function start(holdMs: number, before?: KeptHold, nowMs = 0) {
  const world = { holdMs, nowMs, isPending: false, kept: before };
  const hold = createLongerHold({
    holdMs: () => world.holdMs,
    isPending: () => world.isPending,
    now: () => world.nowMs,
    before,
    onKept: (kept) => {
      world.kept = kept;
    },
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
  expect(hold.ms()).toBe(counts);
  world.nowMs += 59_999;
  hold.decided();
  expect(hold.ms()).toBe(counts);
  // The next file is another one.
  world.nowMs += 1;
  expect(hold.ms()).toBe(after);
});

it('counts it for what waits, however often the file changes meanwhile', () => {
  const { world, hold } = start(120_000);
  for (const next of [0, 5000, 0]) {
    world.holdMs = next;
    world.nowMs += 1000;
    expect(hold.ms()).toBe(120_000);
    hold.decided();
    world.isPending = true;
  }
  world.nowMs += 90_000;
  expect(hold.ms()).toBe(120_000);
  world.isPending = false;
  expect(hold.ms()).toBe(0);
});

it('counts it until an engine that is silent has answered, however long that takes', () => {
  const { world, hold } = start(120_000);
  world.nowMs = 500_000;
  world.holdMs = 0;
  expect(hold.ms()).toBe(120_000);
  world.nowMs += 600_000;
  expect(hold.ms()).toBe(120_000);
  hold.decided();
  expect(hold.ms()).toBe(0);
});

it.each([
  ['that has read the new file', 1000],
  ['that died before it could read it', undefined],
])('counts it for an agent that takes the place of one %s', (_, readAfterMs) => {
  const first = start(120_000, undefined, 500_000);
  first.hold.ms();
  if (readAfterMs !== undefined) {
    first.world.holdMs = 0;
    first.world.nowMs += readAfterMs;
    first.hold.ms();
  }
  const { world, hold } = start(0, first.hold.kept(), first.world.nowMs + 5000);
  expect(hold.ms()).toBe(120_000);
  world.nowMs += 30_000;
  expect(hold.ms()).toBe(120_000);
  hold.decided();
  world.nowMs += 60_000;
  expect(hold.ms()).toBe(0);
});

it('keeps what counts, each time that it changes', () => {
  const { world, hold } = start(120_000, undefined, 500_000);
  hold.ms();
  expect(world.kept).toBeUndefined();
  world.holdMs = 5000;
  hold.ms();
  expect(world.kept).toEqual({ lastMs: 5000, longestMs: 120_000, changedAtMs: 500_000 });
  world.nowMs += 61_000;
  hold.decided();
  hold.ms();
  expect(world.kept).toEqual({ lastMs: 5000, longestMs: 5000, changedAtMs: 500_000 });
});

it('counts for a drain that began before the file changed, and not for one that begins by it', () => {
  const { world, hold } = start(120_000, undefined, 500_000);
  world.nowMs += 1000;
  world.holdMs = 0;
  expect(hold.sinceMs(500_500)).toBe(120_000);
  world.nowMs += 1000;
  expect(hold.sinceMs(500_500)).toBe(120_000);
  expect(hold.sinceMs(501_500)).toBe(0);
});
