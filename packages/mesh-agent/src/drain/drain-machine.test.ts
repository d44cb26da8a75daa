import { drainTimeoutSeconds } from '@meshrs/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { notDrained } from '../engine/drain-at-engine.ts';
import {
  drainAtEngine,
  drainWakeMs,
  holdEndMs,
  isUnready,
  stepDrain,
  type Drain,
  type DrainEvent,
} from './drain-machine.ts';

const times = {
  gracefulShutdownSeconds: 10,
  ceaseSeconds: 2,
  holdSeconds: 0,
  isUnreadyAtOnce: true,
  askMs: 20_000,
  seenMs: 10_000,
};
const by = { cause: 'pre-stop', by: 'preStop of the engine' } as const;
const requested: DrainEvent = { kind: 'requested', by, agoMs: 0 };
const done: DrainEvent = { kind: 'step-done' };
const time: DrainEvent = { kind: 'time' };
const failed: DrainEvent = { kind: 'step-failed' };
const takenBack: DrainEvent = { kind: 'taken-back' };
const newLife: DrainEvent = { kind: 'new-life' };
const resumed: DrainEvent = { kind: 'resumed' };
const serving: Drain = { phase: 'serving' };

/** The state after the events, and the phases in which the engine was given something. */
function play(...events: readonly (readonly [number, DrainEvent])[]): { state: Drain; steps: string[] } {
  let state = serving;
  const steps: string[] = [];
  for (const [nowMs, event] of events) {
    const next = stepDrain(state, event, times, nowMs);
    state = next.state;
    if (next.isStep) steps.push(state.phase);
  }
  return { state, steps };
}

const closed = [
  [0, requested],
  [3, done],
  [10_003, time],
  [10_005, done],
] as const;

describe('stepDrain', () => {
  it('announces, waits, closes, waits, is drained', () => {
    const { state, steps } = play(...closed, [12_005, time]);
    expect(steps).toEqual(['graceful-shutdown', 'closing']);
    expect(state).toEqual({ phase: 'drained', request: { ...by, atMs: 0 }, drainedAtMs: 12_005, outcome: 'complete' });
  });

  it('waits its time in each phase', () => {
    expect(play([0, requested], [3, done], [10_002, time]).state.phase).toBe('graceful-shutdown');
    const closing = play(...closed, [12_004, time]).state;
    expect(closing.phase).toBe('closing');
    expect(drainWakeMs(closing)).toBe(12_005);
  });

  it('does nothing more when it is asked again', () => {
    expect(play([0, requested], [1, requested], [2, requested]).steps).toEqual(['graceful-shutdown']);
    const { state } = play(...closed, [12_005, time]);
    expect(stepDrain(state, requested, times, 99_000)).toEqual({ state, isStep: false });
  });

  it('tries a failing step again for two seconds and then goes on without it', () => {
    const { state, steps } = play([0, requested], [500, failed], [1999, failed], [2000, failed]);
    expect(steps).toEqual(['graceful-shutdown', 'graceful-shutdown', 'graceful-shutdown', 'closing']);
    const end = stepDrain(stepDrain(state, done, times, 2001).state, time, times, 4001);
    expect(end.state).toMatchObject({ phase: 'drained', outcome: 'incomplete' });
  });

  it('is incomplete when client sessions could not be closed, and goes on to try', () => {
    const late = play([0, requested], [0, done], [10_000, time], [11_000, failed], [14_000, time]);
    expect(late.state).toMatchObject({ phase: 'drained', outcome: 'incomplete' });
    expect(late.steps.at(-1)).toBe('drained');
    expect(stepDrain(late.state, failed, times, 14_500)).toEqual({ state: late.state, isStep: true });
  });

  it('takes the time that a step has taken off the wait after it', () => {
    const { state } = play([0, requested], [11_000, done]);
    expect(drainWakeMs(state)).toBe(12_000);
    const closing = stepDrain(stepDrain(state, time, times, 12_000).state, done, times, 15_500);
    expect(drainWakeMs(closing.state)).toBe(16_000);
  });

  it('goes on where an agent that died left it, in the time that is left', () => {
    const left = play([0, requested], [3, done]).state;
    const again = stepDrain(left, resumed, times, 4000);
    expect(again).toEqual({ state: left, isStep: true });
    expect(drainWakeMs(stepDrain(again.state, done, times, 4010).state)).toBe(10_003);
    expect(stepDrain(again.state, time, times, 60_000).state.phase).toBe('closing');
    expect(stepDrain(serving, resumed, times, 4000)).toEqual({ state: serving, isStep: false });
  });

  it.each([
    ['graceful-shutdown', closed.slice(0, 2), false],
    ['closing, not done', closed.slice(0, 3), false],
    ['closing', closed, true],
    ['drained', [...closed, [12_005, time] as const], true],
  ])('is taken back while it is %s, and can be asked for again', (_, events, wasUnready) => {
    const back = play(...events, [13_000, takenBack]);
    expect(back.state).toEqual({ phase: 'undraining', request: { ...by, atMs: 0 }, wasUnready, wasClosed: wasUnready });
    expect(back.steps.at(-1)).toBe('undraining');
    const tried = stepDrain(back.state, failed, times, 13_500);
    expect(tried).toEqual({ state: back.state, isStep: true });
    expect(stepDrain(back.state, takenBack, times, 13_600)).toEqual({ state: back.state, isStep: false });
    expect(stepDrain(back.state, done, times, 14_000)).toEqual({ state: serving, isStep: false });
    for (const from of [back.state, serving]) {
      const again = stepDrain(from, requested, times, 15_000);
      expect(again).toMatchObject({ state: { phase: 'graceful-shutdown', request: { atMs: 15_000 } }, isStep: true });
    }
  });

  it('takes a drain back that nobody has asked for', () => {
    expect(play([5, takenBack])).toEqual({
      state: {
        phase: 'undraining',
        request: { cause: 'unknown', by: 'unknown', atMs: 5 },
        wasUnready: false,
        wasClosed: false,
      },
      steps: ['undraining'],
    });
  });

  it('lets nobody in on the way down, and everybody on the way back', () => {
    const isGracefulShutdown = true;
    const ran = { isGracefulShutdown, closedWith: 'bye' };
    const announcing = play([0, requested]).state;
    expect(drainAtEngine(announcing, 'bye', notDrained)).toEqual({ isGracefulShutdown });
    expect(drainAtEngine(announcing, 'bye', ran)).toEqual(ran);
    for (const state of [play(...closed).state, play(...closed, [12_005, time]).state]) {
      expect(drainAtEngine(state, 'bye', notDrained)).toEqual(ran);
    }
    for (const state of [serving, play(...closed, [11_000, takenBack]).state]) {
      expect(drainAtEngine(state, 'bye', ran)).toEqual(notDrained);
    }
  });
});

describe('a drain that holds', () => {
  const held = { ...times, holdSeconds: 120 };
  const released: DrainEvent = { kind: 'released' };
  const step = (state: Drain, event: DrainEvent, nowMs: number) => stepDrain(state, event, held, nowMs);
  const holding = step(step(step(serving, requested, 0).state, done, 3).state, time, 10_003).state;

  it('announces first, and closes no session before it is let go', () => {
    expect(holding).toEqual({ phase: 'holding', request: { ...by, atMs: 0 }, wasAnnounced: true, untilMs: 130_003 });
    expect(isUnready(holding)).toBe(false);
    expect(drainWakeMs(holding)).toBe(130_003);
    expect(drainAtEngine(holding, 'bye', notDrained)).toEqual({ isGracefulShutdown: true });
    expect(step(holding, time, 130_002)).toEqual({ state: holding, isStep: false });
    expect(step(holding, requested, 20_000)).toEqual({ state: holding, isStep: false });
  });

  it.each([
    ['is let go', released, 20_000],
    ['has had its time', time, 130_003],
  ])('closes when it %s', (_, event, nowMs) => {
    expect(step(holding, event, nowMs)).toEqual({
      state: {
        phase: 'closing',
        request: { ...by, atMs: 0 },
        wasAnnounced: true,
        isSent: false,
        untilMs: nowMs + 4000,
      },
      isStep: true,
    });
  });

  it.each([0, 5, 500])('keeps the end that others were told where the settings say %i s meanwhile', (holdSeconds) => {
    const changed = { ...times, holdSeconds };
    expect(holdEndMs(holding, holdSeconds * 1000)).toBe(130_003);
    for (const event of [time, done, failed]) {
      expect(stepDrain(holding, event, changed, 130_002).state).toEqual(holding);
    }
    expect(stepDrain(holding, time, changed, 130_003).state.phase).toBe('closing');
  });

  it('is let go by nothing before and after it', () => {
    const announcing = step(serving, requested, 0).state;
    expect(step(announcing, released, 5)).toEqual({ state: announcing, isStep: false });
    const closing = step(holding, released, 20_000).state;
    expect(step(closing, released, 20_001)).toEqual({ state: closing, isStep: false });
    expect(step(serving, released, 5)).toEqual({ state: serving, isStep: false });
  });

  it('goes on where an agent that died left it, and announces again', () => {
    expect(step(holding, resumed, 50_000)).toEqual({ state: holding, isStep: true });
    expect(step(holding, done, 50_010)).toEqual({ state: holding, isStep: false });
    expect(step(holding, failed, 50_010)).toEqual({ state: holding, isStep: true });
    expect(step(holding, time, 500_000).state.phase).toBe('closing');
  });

  it('is taken back, and was never unready', () => {
    expect(step(holding, takenBack, 50_000).state).toMatchObject({
      phase: 'undraining',
      wasUnready: false,
      wasClosed: false,
    });
    expect(step(holding, newLife, 50_000).state).toEqual(serving);
  });

  it('holds also what could not be announced, and says so at its end', () => {
    const unannounced = [500, 1999, 2000].reduce(
      (state, nowMs) => step(state, failed, nowMs).state,
      step(serving, requested, 0).state,
    );
    expect(unannounced).toMatchObject({ phase: 'holding', wasAnnounced: false, untilMs: 122_000 });
    expect(step(unannounced, done, 3000).state).toMatchObject({ wasAnnounced: true });
  });

  it('does not hold where the settings say so when it would begin', () => {
    const announcing = stepDrain(serving, requested, times, 0).state;
    const sent = stepDrain(announcing, done, times, 3).state;
    expect(stepDrain(sent, time, times, 10_003).state.phase).toBe('closing');
  });

  it.each([
    [20, 15_000],
    [60, 55_000],
    [1000, 130_003],
    // So long as that, nobody waits for its Cease.
    [5, undefined],
  ])(
    'keeps no session for so long that who asked, and waits %d s, would not hear of its end',
    (waitsSeconds, untilMs) => {
      const asked = step(serving, { kind: 'requested', by: { ...by, waitsSeconds }, agoMs: 0 }, 0).state;
      const next = step(step(asked, done, 3).state, time, 10_003).state;
      expect(next).toMatchObject(untilMs === undefined ? { phase: 'closing' } : { phase: 'holding', untilMs });
    },
  );

  it.each([
    [0, 35_000],
    [10_000, 25_000],
    [24_000, 11_000],
    [30_000, undefined],
    [86_400_000, undefined],
  ])('takes the %d ms off that who asked has waited already', (agoMs, untilMs) => {
    const asking = { by: { ...by, waitsSeconds: 40 }, agoMs };
    const asked = step(serving, { kind: 'requested', ...asking }, 0).state;
    const next = step(step(asked, done, 3).state, time, 10_003).state;
    expect(next).toMatchObject(untilMs === undefined ? { phase: 'closing' } : { phase: 'holding', untilMs });
    const byHand = step(serving, { kind: 'requested', by: { cause: 'command', by: 'alice' }, agoMs: 0 }, 0).state;
    const ending = step(byHand, { kind: 'pod-ends', ...asking }, 0).state;
    expect(ending).toMatchObject({ request: { sessionsUntilMs: 35_000 - agoMs } });
  });

  it('says until when it keeps sessions at most', () => {
    expect(holdEndMs(holding, 120_000)).toBe(130_003);
    expect(holdEndMs(step(serving, requested, 0).state, 120_000)).toBe(132_000);
    for (const [state, holdMs] of [
      [serving, 120_000],
      [step(holding, released, 20_000).state, 120_000],
    ] as const) {
      expect(holdEndMs(state, holdMs)).toBeUndefined();
    }
  });
});

describe('a drain by hand', () => {
  const alice = { cause: 'command', by: 'alice' } as const;
  const byHand: DrainEvent = { kind: 'requested', by: alice, agoMs: 0 };
  const accepted: DrainEvent = { kind: 'accepted' };

  it('asks first, and changes nothing at the engine meanwhile', () => {
    const { state, steps } = play([5, byHand]);
    expect(steps).toEqual([]);
    expect(state).toEqual({
      phase: 'asked',
      request: { ...alice, atMs: 5, isUnreadyAtOnce: true },
      untilMs: 20_005,
    });
    expect(isUnready(state)).toBe(true);
    expect(drainAtEngine(state, 'bye', notDrained)).toEqual(notDrained);
  });

  it('goes on when it is accepted, with all the time that a step has', () => {
    expect(play([0, byHand], [10_000, accepted]).state).toMatchObject({ phase: 'graceful-shutdown', untilMs: 22_000 });
    expect(play([0, byHand], [10_000, accepted], [11_000, failed]).state.phase).toBe('graceful-shutdown');
  });

  it.each([
    ['is refused', [[3000, { kind: 'refused' }]] as const],
    ['has no answer in time', [[20_000, time]] as const],
  ])('that %s is not carried out', (_, events) => {
    const { state, steps } = play([0, byHand], ...events);
    expect(state).toMatchObject({ phase: 'undraining', wasClosed: false });
    expect(steps).toEqual(['undraining']);
  });

  it('that is forced keeps whom it took at Cease', () => {
    const forced: DrainEvent = { kind: 'requested', by: { ...alice, forced: true }, agoMs: 0 };
    const [one, two] = [1, 2].map((clientCount) => ({ clients: [], clientCount }));
    const begun = play([0, forced], [10_000, { kind: 'accepted', ...(one && { takes: one }) }]).state;
    const more = stepDrain(begun, { kind: 'takes', ...(two && { takes: two }) }, times, 11_000).state;
    expect(more).toMatchObject({ phase: 'graceful-shutdown', request: { takes: two } });
    expect(stepDrain(more, { kind: 'takes', ...(two && { takes: two }) }, times, 11_500).state).toBe(more);
    const nobody = stepDrain(more, { kind: 'takes' }, times, 12_000).state;
    expect('request' in nobody && nobody.request.takes).toBeUndefined();
    const closing = stepDrain(stepDrain(more, done, times, 12_000).state, time, times, 40_000).state;
    expect(closing).toMatchObject({ phase: 'closing', request: { takes: two } });
    expect(stepDrain(closing, { kind: 'takes' }, times, 40_001).state).toBe(closing);
  });

  it('holds for a last look where nobody is waited for, and ends without it', () => {
    const { state } = play([0, byHand], [10_000, accepted], [10_003, done], [20_003, time]);
    expect(state).toMatchObject({ phase: 'holding', untilMs: 25_003 });
    expect(holdEndMs(state, 0)).toBe(25_003);
    expect(stepDrain(state, time, times, 25_002).state.phase).toBe('holding');
    expect(stepDrain(state, { kind: 'released' }, times, 20_500).state.phase).toBe('closing');
    expect(stepDrain(state, time, times, 25_003)).toMatchObject({ isRefused: true, state: { phase: 'undraining' } });
    const forced: DrainEvent = { kind: 'requested', by: { ...alice, forced: true }, agoMs: 0 };
    const gone = play([0, forced], [10_000, accepted], [10_003, done], [20_003, time]);
    expect(gone.state.phase).toBe('closing');
  });

  it('that is forced goes on without an answer, and says whom it takes', () => {
    const forced: DrainEvent = { kind: 'requested', by: { ...alice, forced: true }, agoMs: 0 };
    expect(play([0, forced], [20_000, time]).state.phase).toBe('graceful-shutdown');
    const takes = { clients: [], clientCount: 3 };
    const { state } = play([0, forced], [10_000, { kind: 'accepted', takes }]);
    expect(state).toMatchObject({ request: { forced: true, takes } });
  });

  it('that only asks does not hold up the end of its pod', () => {
    const { state } = play([0, byHand], [1000, { kind: 'pod-ends', by, agoMs: 0 }]);
    expect(state).toMatchObject({ phase: 'graceful-shutdown', request: { cause: 'pre-stop' }, untilMs: 13_000 });
  });

  it.each([
    [{ ...alice }, 'undraining'],
    [{ ...alice, forced: true as const }, 'closing'],
    [{ ...by }, 'closing'],
  ])('ends instead of the last session at the end of its hold, unless it may take it: %j', (who, phase) => {
    const held = { ...times, holdSeconds: 30 };
    const holding: Drain = {
      phase: 'holding',
      request: { ...who, atMs: 0 },
      wasAnnounced: true,
      untilMs: 50_000,
    };
    for (const event of [time, { kind: 'given-up' } as const]) {
      expect(stepDrain(holding, event, held, 50_000).state.phase).toBe(phase);
    }
    expect(stepDrain(holding, { kind: 'released' }, held, 20_000).state.phase).toBe('closing');
  });

  it('of several behind one VIP is Ready until Cease, and answers when everybody has seen that it is not', () => {
    const several = { ...times, isUnreadyAtOnce: false };
    let state = stepDrain(serving, byHand, several, 0).state;
    expect(isUnready(state)).toBe(false);
    for (const [atMs, event] of [
      [2000, accepted],
      [2000, done],
      [12_000, time],
      [12_000, { kind: 'released' }],
      [12_000, done],
    ] as const) {
      state = stepDrain(state, event, several, atMs).state;
    }
    expect(state).toMatchObject({ phase: 'closing', isSent: true, untilMs: 22_000 });
    expect(isUnready(state)).toBe(true);
  });
});

type Happening = readonly [pauseMs: number, event: DrainEvent];

/** Plays what happens from the request on; the machine is told the time when it wants to know it. */
function live(
  happenings: readonly Happening[],
  onStep: (before: Drain, after: Drain) => void,
  untilMs = Infinity,
  of = times,
): Drain {
  let state: Drain = stepDrain(serving, requested, of, 0).state;
  let nowMs = 0;
  const happen = (event: DrainEvent) => {
    const before = state;
    state = stepDrain(before, event, of, nowMs).state;
    onStep(before, state);
  };
  const letTimePass = (toMs: number) => {
    for (let wake = drainWakeMs(state); wake !== undefined && wake <= toMs; wake = drainWakeMs(state)) {
      nowMs = Math.max(nowMs, wake);
      happen(time);
    }
    nowMs = toMs;
  };
  for (const [pauseMs, event] of happenings) {
    letTimePass(nowMs + pauseMs);
    // A step that is done is not reported again; that would be a fault of the caller.
    const isReport = event.kind === 'step-done' || event.kind === 'step-failed';
    if (!isReport || !('isSent' in state) || !state.isSent) happen(event);
  }
  letTimePass(untilMs);
  return state;
}

it('that is forced, and nobody answered, says that nobody knows whom it takes', () => {
  const asked: DrainEvent = { kind: 'requested', by: { cause: 'command', by: 'alice', forced: true }, agoMs: 0 };
  expect(play([0, asked], [20_000, time]).state).toMatchObject({
    phase: 'graceful-shutdown',
    request: { takes: { clients: [], clientCount: 0, areUnknown: true } },
  });
});

describe('whatever happens, a drain', () => {
  const onTheWay = fc.constantFrom<DrainEvent>(done, time, failed, requested, resumed, { kind: 'released' });
  const any = fc.constantFrom(done, time, failed, requested, resumed, takenBack, newLife);
  const pause = fc.integer({ min: 1, max: 3000 });
  const many = { maxLength: 30, size: 'max' } as const;
  const runs = { numRuns: 2000 };

  it('that nobody takes back never goes back, and ends before the preStop gives up', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(pause, onTheWay), many), fc.constantFrom(0, 5, 120), (happenings, holdSeconds) => {
        const order = ['serving', 'graceful-shutdown', 'holding', 'closing', 'drained'];
        const of = { ...times, holdSeconds };
        const follow = (before: Drain, after: Drain) => {
          expect(order.indexOf(after.phase)).toBeGreaterThanOrEqual(order.indexOf(before.phase));
          if (isUnready(before)) expect(isUnready(after)).toBe(true);
        };
        const end = live(happenings, follow, Infinity, of);
        const { drainedAtMs } = end.phase === 'drained' ? end : expect.unreachable(end.phase);
        // The preStop waits five seconds longer than the times of the settings.
        expect(drainedAtMs).toBeLessThanOrEqual(drainTimeoutSeconds(of) * 1000 - 1000);
      }),
      runs,
    );
  });

  it('ends at rest: drained, serving, or waiting for the engine to let clients in', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(pause, any), many), (happenings) => {
        const end = live(happenings, () => undefined);
        expect(['drained', 'serving', 'undraining']).toContain(end.phase);
        expect(drainWakeMs(end)).toBeUndefined();
      }),
      runs,
    );
  });

  it('that is taken back ends in serving as soon as the engine has done it, and the route server is ready', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(pause, any), many),
        fc.array(fc.constantFrom(time, failed, resumed)),
        (all, then) => {
          const left = live(all, () => undefined, 1000);
          const back = [takenBack, ...then].reduce(
            (state, event) => stepDrain(state, event, times, 99_000).state,
            left,
          );
          expect(back.phase).toBe('undraining');
          const end = stepDrain(back, done, times, 99_001).state;
          expect(end).toEqual(serving);
          expect(isUnready(end)).toBe(false);
        },
      ),
      runs,
    );
  });

  it('serves at once in a new life of the engine', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(pause, any), many), (happenings) => {
        const left = live(happenings, () => undefined, 1000);
        expect(stepDrain(left, newLife, times, 99_000)).toEqual({ state: serving, isStep: false });
      }),
      runs,
    );
  });

  it('makes nobody unready who has closed no session', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(pause, any), many), (happenings) => {
        let hasClosed = false;
        live(happenings, (_, after) => {
          if (after.phase === 'serving' || after.phase === 'graceful-shutdown') hasClosed = false;
          if (after.phase === 'drained' || (after.phase === 'closing' && after.isSent)) hasClosed = true;
          if (isUnready(after)) expect(hasClosed).toBe(true);
        });
      }),
      runs,
    );
  });
});
