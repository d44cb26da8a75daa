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
  lostAtMs = Infinity,
}: {
  readonly answers: readonly OpeningTurn[];
  readonly eachTakesMs: number;
  readonly lostAtMs?: number;
}) {
  let nowMs = 0;
  let asked = 0;
  const lookedAtMs: number[] = [];
  const wasFresh: boolean[] = [];
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
    ending: new AbortController().signal,
    timing: {
      ...defaultTiming,
      confirmAfterMs: 3000,
      clock: { monotonicMs: () => nowMs },
      deadline: () => new AbortController().signal,
      wait: (milliseconds) => {
        nowMs += milliseconds;
        return Promise.resolve();
      },
    },
    lookedAtMs: 0,
    again: () => {
      lookedAtMs.push(nowMs);
      const later: LaterLook = nowMs < lostAtMs ? { kind: 'kept' } : { kind: 'not-kept', lacking: ['client 10.0.0.1'] };
      return Promise.resolve(later);
    },
  });
  return { opening, lookedAtMs, wasFresh };
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
});
