import type { GateVerdict } from '@meshrs/gate';
import { describe, expect, it } from 'vitest';
import { defaultTiming } from './gate-timing.ts';
import type { GateTurn, OpeningTurn } from './gate-turn.ts';
import { openTurn, type LaterLook } from './open-turn.ts';

const verdict = { kind: 'open', why: 'clients-elsewhere' } as Extract<GateVerdict, { kind: 'open' }>;
const wanted = { side: 'a', revision: undefined, reason: 'a test' };
const open: OpeningTurn = { kind: 'open', until: 'later' };
const spreading: OpeningTurn = { kind: 'spreading', until: 'later', obstacles: ['API server 10.0.0.3:6443'] };

/** Opens by an API whose answers take their time, and with clients that are kept until a moment. */
async function opens({
  answers,
  eachTakesMs,
  lookTookMs = 100,
  lostAtMs = Infinity,
  endsAtMs = Infinity,
}: {
  readonly answers: readonly OpeningTurn[];
  readonly eachTakesMs: number;
  readonly lookTookMs?: number;
  readonly lostAtMs?: number;
  /** The gate's time is over while it looks again, after this moment. */
  readonly endsAtMs?: number;
}) {
  let nowMs = 0;
  let asked = 0;
  const lookedAtMs: number[] = [];
  const wasFresh: boolean[] = [];
  const ending = new AbortController();
  const deadlinesMs: number[] = [];
  const turn: GateTurn = {
    close: () => Promise.resolve([]),
    closedAs: () => '1',
    giveUp: () => Promise.resolve({ kind: 'done', closed: true }),
    open: ({ isFresh }) => {
      nowMs += eachTakesMs;
      wasFresh.push(isFresh());
      const answer = answers[Math.min(asked, answers.length - 1)] ?? open;
      asked += 1;
      return Promise.resolve(answer);
    },
  };
  const opening = await openTurn(turn, verdict, wanted, {
    tell: () => undefined,
    ending: ending.signal,
    timing: {
      ...defaultTiming,
      confirmAfterMs: 3000,
      clock: { monotonicMs: () => nowMs },
      deadline: (milliseconds) => {
        deadlinesMs.push(milliseconds);
        return new AbortController().signal;
      },
      wait: (milliseconds) => {
        nowMs += milliseconds;
        return Promise.resolve();
      },
    },
    ...{ lookedAtMs: 0, lookTookMs },
    again: () => {
      lookedAtMs.push(nowMs);
      if (nowMs > endsAtMs) {
        ending.abort();
        return Promise.resolve({ kind: 'not-seen', lacking: ['a look that was broken off'] });
      }
      const later: LaterLook = nowMs < lostAtMs ? { kind: 'kept' } : { kind: 'not-kept', lacking: ['client 10.0.0.1'] };
      return Promise.resolve(later);
    },
  });
  return { opening, lookedAtMs, wasFresh, deadlinesMs };
}

describe('a turn that every API server has', () => {
  it('within a moment is open without another look', async () => {
    const { opening, lookedAtMs } = await opens({ answers: [spreading, open], eachTakesMs: 100 });
    expect(opening).toEqual({ kind: 'open', until: 'later', turn: 'opened' });
    expect(lookedAtMs).toEqual([]);
  });

  it('after minutes is open only by looks of those minutes', async () => {
    const answers = [...Array.from({ length: 60 }, () => spreading), open];
    const { opening, lookedAtMs } = await opens({ answers, eachTakesMs: 1000 });
    expect(opening).toMatchObject({ kind: 'open' });
    const gaps = lookedAtMs.map((at, index) => at - (lookedAtMs[index - 1] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(5000);
    expect(lookedAtMs.length).toBeGreaterThan(20);
  });

  it.each([
    ['while it waits for the others', [spreading], 1000],
    ['while the API server was slow to write it', [open], 20_000],
    ['when the last API server follows', [spreading, spreading, open], 2000],
  ] as const)('is taken back where clients are lost %s', async (_, answers, eachTakesMs) => {
    const { opening } = await opens({ answers, eachTakesMs, lostAtMs: 3500 });
    expect(opening).toEqual({ kind: 'lost', obstacles: ['client 10.0.0.1'] });
  });

  it('is not written by looks that are old', async () => {
    expect((await opens({ answers: [open], eachTakesMs: 14_000 })).wasFresh).toEqual([true]);
    expect((await opens({ answers: [open], eachTakesMs: 16_000 })).wasFresh).toEqual([false]);
  });
  it('is written by looks that are not older than two of them take, and looks again for as long as that takes', async () => {
    const slow = { answers: [open], lookTookMs: 20_000 };
    const seen = await opens({ ...slow, eachTakesMs: 39_000 });
    expect(seen.wasFresh).toEqual([true]);
    expect(seen.opening).toMatchObject({ kind: 'open' });
    expect(seen.deadlinesMs).toEqual([83_000]);
    expect((await opens({ ...slow, eachTakesMs: 41_000 })).wasFresh).toEqual([false]);
    expect((await opens({ answers: [open], eachTakesMs: 4000 })).deadlinesMs).toEqual([30_000]);
  });

  it('says what it waits for when its time is over while it looks again', async () => {
    const { opening } = await opens({ answers: [spreading], eachTakesMs: 100, endsAtMs: 20_000 });
    expect(opening).toEqual(spreading);
  });

  it('does not pass by a look that was broken off', async () => {
    const { opening } = await opens({ answers: [open], eachTakesMs: 4000, endsAtMs: 0 });
    expect(opening).toEqual({ kind: 'lost', obstacles: ['a look that was broken off'] });
  });
});

it('is looked at again for a time that a timer of Node takes, however long a look took by a clock of fractions', () => {
  for (const milliseconds of [0.25, 30_000.4, 72_695.73711999878]) {
    expect(defaultTiming.deadline(milliseconds).aborted).toBe(false);
  }
});
