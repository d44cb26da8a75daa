import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { askMany } from './ask-many.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** One that takes a time by the clock of the test; a silent one is given up after 2 s. */
interface Asked {
  readonly tookMs: number;
  readonly isSilent: boolean;
}
const silent: Asked = { tookMs: 2000, isSilent: true };
const slow: Asked = { tookMs: 1900, isSilent: false };
const refused: Asked = { tookMs: 1, isSilent: true };
const times = (count: number, asked: Asked) => Array.from({ length: count }, () => asked);

/** How long it took, and how many were asked at once at most. */
async function ask(all: readonly Asked[], atATime = 16) {
  let [now, most] = [0, 0];
  const from = performance.now();
  const done = askMany(
    all,
    async (asked) => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setTimeout(resolve, asked.tookMs));
      now -= 1;
      return asked;
    },
    { atATime, isSilent: ({ isSilent }) => isSilent },
  ).then((answers) => ({ answers, tookMs: performance.now() - from }));
  await vi.advanceTimersByTimeAsync(200_000);
  return { ...(await done), most };
}

describe('asking many', () => {
  it.each([
    [500, 16, 8000],
    [500, 32, 6000],
    [100, 16, 5000],
    [10, 16, 2001],
  ])('%i that are silent, %i at a time, takes less than %i ms', async (count, atATime, bound) => {
    const { answers, tookMs } = await ask(times(count, silent), atATime);
    expect(answers).toHaveLength(count);
    expect(tookMs).toBeLessThan(bound);
  });

  it('answers in the order of the question, whoever is silent', async () => {
    const all = [...times(40, silent), ...times(3, slow), ...times(40, silent), ...times(3, { ...slow, tookMs: 5 })];
    const { answers } = await ask(all);
    expect(answers.every((answer, index) => answer === all[index])).toBe(true);
  });

  it('asks no more at a time of those that are slow and answer', async () => {
    // For a second each stands in the way; the one before it has had most of its time by then.
    expect((await ask(times(200, slow))).most).toBeLessThanOrEqual(32);
    expect((await ask(times(200, { ...slow, tookMs: 900 }))).most).toBe(16);
  });

  it('does not hurry because of those that refuse at once', async () => {
    expect((await ask([...times(200, refused), ...times(200, { ...slow, tookMs: 900 })])).most).toBe(16);
  });

  it('fails as the question does', async () => {
    const failing = askMany([1, 2], () => Promise.reject(new Error('no')), { atATime: 1, isSilent: () => true });
    await expect(failing).rejects.toThrow('no');
  });
});
