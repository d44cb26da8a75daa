import { createClientBook } from '@meshrs/contract';
import { toldByStatus } from '@meshrs/contract/clients';
import { servingStatus } from '@meshrs/contract/status/test-data';
import type { AgentAnswer, PodSight } from '@meshrs/gate';
import { address } from '@meshrs/network/test-data';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { askAll, renewed, seenOf, type Asking } from './ask-all.ts';

const here = address('10.0.0.1');
const silent = Array.from({ length: 250 }, (_, index) => address(`10.0.1.${String(index + 1)}`));
const book = createClientBook();
let said = 0;

/** One that says another moment each time. */
function answer(tookMs: number): AgentAnswer {
  said += 1;
  const agent = { ...servingStatus.agent, now: new Date(said).toISOString() };
  return { ok: true, told: toldByStatus(book, { ...servingStatus, agent }), tookMs };
}

/** By the clock of the test, with agents that answer after a time; undefined: they are silent. */
function world(tookMs: (at: string) => number | undefined) {
  const asked: string[] = [];
  const asking: Asking = {
    agents: {
      ask: async (at) => {
        asked.push(at);
        const took = tookMs(at);
        await new Promise((resolve) => setTimeout(resolve, took ?? 2000));
        return took === undefined ? { ok: false, why: 'no answer within 2 s' } : answer(took);
      },
    },
    ...{ said: new Map(), silent: new Set(), listening: new Set<string>() },
    now: () => performance.now(),
    signal: new AbortController().signal,
  };
  return { asked, asking };
}

const pod: PodSight = {
  ...{ name: 'b', side: 'elsewhere', isTerminating: false, isForeign: false, engine: 'unknown' as const },
  ...{ uid: undefined, address: undefined, podName: undefined },
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

async function timed<T>(work: Promise<T>): Promise<readonly [T, number]> {
  const from = performance.now();
  const done = work.then((result) => [result, performance.now() - from] as const);
  await vi.advanceTimersByTimeAsync(60_000);
  return await done;
}

describe('a look at many', () => {
  it.each([1, 16, 64, 120, 250])(
    'is not held up by %i silent ones, and ends with an answer that is young',
    async (count) => {
      const { asked, asking } = world((at) => (at === here ? 5 : undefined));
      const addresses = [here, ...silent.slice(0, count)];
      const [first, tookMs] = await timed(askAll(addresses, asking));
      // Three rounds at most, until as many as are asked at a time have been silent for their 2 s, and the others beside them.
      expect(tookMs).toBeLessThan(3000 + 2000 + (count / 16 + 1) * 100);
      expect(first.map((each) => each.address)).toEqual(addresses);
      const [again] = await timed(renewed(first, asking));
      // Only who answered is asked again.
      expect(asked.filter((at) => at === here)).toHaveLength(2);
      expect(asked).toHaveLength(count + 2);
      const [, nextMs] = await timed(askAll(addresses, asking));
      expect(nextMs).toBeLessThan(2000 + (count / 16 + 1) * 100);
      const before = first[0] ?? expect.unreachable();
      const after = again[0] ?? expect.unreachable();
      expect(seenOf(pod, before, before.askedAtMs + tookMs + 1500).reading.kind).toBe('stale');
      expect(seenOf(pod, after, after.askedAtMs + 5).reading.kind).toBe('read');
    },
  );

  it('asks nobody twice whose answer is young', async () => {
    const { asked, asking } = world(() => 20);
    const work = askAll([here, ...silent], asking);
    await vi.advanceTimersByTimeAsync(500);
    await renewed(await work, asking);
    expect(asked).toHaveLength(1 + silent.length);
  });

  it('does not take what a copy says for an answer of now', async () => {
    const { asking } = world(() => 20);
    const copy = answer(20);
    const copies: Asking = { ...asking, agents: { ask: () => Promise.resolve(copy) } };
    const [first] = await timed(askAll([here], copies));
    expect(first[0]?.answer.ok).toBe(true);
    const [again] = await timed(renewed(first, copies));
    expect(again[0]?.answer).toEqual({ ok: false, why: 'its agent repeats an answer of before' });
  });
});

describe('an answer at the end of a look', () => {
  it.each([
    [3000, 'read'],
    [3001, 'stale'],
    // The process was paused.
    [20_000, 'stale'],
  ])('that was asked for %i ms before is %s', (elapsedMs, kind) => {
    expect(seenOf(pod, { address: here, answer: answer(10), askedAtMs: 500 }, 500 + elapsedMs).reading.kind).toBe(kind);
  });

  it('is as old as its engine was asked before it, and since then', () => {
    const told = answer(10);
    const age = (nowMs: number) => {
      const { reading } = seenOf(pod, { address: here, answer: told, askedAtMs: 500 }, nowMs);
      return reading.kind === 'read' ? reading.ageMs : expect.unreachable();
    };
    expect(age(1510) - age(510)).toBe(1000);
  });
});
