import { describe, expect, it } from 'vitest';
import { shareFor } from './share.ts';

/** Work that takes `workMs` of a clock that the test moves. */
function working() {
  const state = { nowMs: 0, changes: 0, workMs: 20, made: 0, fails: false };
  const ask = shareFor(
    1000,
    { monotonicMs: () => state.nowMs, wallMs: (ms) => ms },
    async () => {
      state.made += 1;
      const { made } = state;
      await Promise.resolve();
      state.nowMs += state.workMs;
      if (state.fails) throw new Error(`not made: ${String(made)}`);
      return made;
    },
    () => state.changes,
  );
  return { state, ask };
}

describe('shared work', () => {
  it('is done once for all who ask while it goes on, and within its time', async () => {
    const { state, ask } = working();
    expect(await Promise.all([ask(), ask(), ask()])).toEqual([1, 1, 1]);
    state.nowMs = 999;
    expect(await ask()).toBe(1);
    state.nowMs = 1000;
    expect(await ask()).toBe(2);
  });

  it('is done anew at once after a change', async () => {
    const { state, ask } = working();
    await ask();
    state.nowMs = 500;
    state.changes += 1;
    expect(await ask()).toBe(2);
    expect(await ask()).toBe(2);
  });

  it('that began before a change does not count as what came after', async () => {
    const { state, ask } = working();
    const first = ask();
    state.changes += 1;
    expect([await first, await ask()]).toEqual([1, 1]);
    state.nowMs = 100;
    expect(await ask()).toBe(2);
  });

  it.each([5, 20, 100, 199])(
    'of %i ms takes a fifth of the time at most, however often something changes',
    async (workMs) => {
      const { state, ask } = working();
      state.workMs = workMs;
      while (state.nowMs < 60_000) {
        state.changes += 1;
        state.nowMs += 1;
        await ask();
      }
      expect(state.made * workMs).toBeLessThanOrEqual(60_000 / 5 + workMs);
      expect(state.made * workMs).toBeGreaterThan(60_000 / 6);
    },
  );

  it('that takes long is done as often as without changes', async () => {
    const { state, ask } = working();
    state.workMs = 700;
    await ask();
    state.changes += 1;
    state.nowMs = 999;
    expect(await ask()).toBe(1);
    state.nowMs = 1000;
    expect(await ask()).toBe(2);
  });

  it('that fails is shared, too, and done anew like any other', async () => {
    const { state, ask } = working();
    state.fails = true;
    await expect(ask()).rejects.toThrow('not made: 1');
    await expect(ask()).rejects.toThrow('not made: 1');
    state.changes += 1;
    state.nowMs = 500;
    await expect(ask()).rejects.toThrow('not made: 2');
  });
});
