import type { DrainState } from '@meshrs/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drainWakeMs, stepDrain, type DrainAction, type DrainEvent } from './drain-machine.ts';

const times = { gracefulShutdownSeconds: 10, ceaseSeconds: 2 };
const done: DrainEvent = { kind: 'step-done' };
const time: DrainEvent = { kind: 'time' };
const failed: DrainEvent = { kind: 'step-failed', isEngineGone: false };
const gone: DrainEvent = { kind: 'step-failed', isEngineGone: true };
const requested: DrainEvent = { kind: 'requested', cause: 'request-file' };

function play(...events: readonly (readonly [number, DrainEvent])[]): { state: DrainState; actions: DrainAction[] } {
  let state: DrainState = { phase: 'serving' };
  const actions: DrainAction[] = [];
  for (const [nowMs, event] of events) {
    const next = stepDrain(state, event, times, nowMs);
    state = next.state;
    actions.push(...next.actions);
  }
  return { state, actions };
}

describe('stepDrain', () => {
  it('announces, waits, closes, becomes unready, waits, answers', () => {
    const { state, actions } = play([0, requested], [3, done], [10_003, time], [10_005, done], [12_005, time]);
    expect(actions).toEqual(['start-graceful-shutdown', 'close-client-sessions', 'become-unready', 'write-answer']);
    expect(state).toEqual({
      phase: 'drained',
      cause: 'request-file',
      requestedAtMs: 0,
      drainedAtMs: 12_005,
      outcome: 'complete',
    });
  });

  it('waits its time in each phase', () => {
    expect(play([0, requested], [3, done], [10_002, time]).state).toMatchObject({ phase: 'graceful-shutdown' });
    const closing = play([0, requested], [3, done], [10_003, time], [10_005, done], [12_004, time]);
    expect(closing.state).toMatchObject({ phase: 'closing' });
    expect(drainWakeMs(closing.state)).toBe(12_005);
  });

  it('does nothing more when it is asked again', () => {
    expect(play([0, requested], [1, requested], [2, requested]).actions).toEqual(['start-graceful-shutdown']);
    const { state } = play([0, requested], [0, done], [10_000, time], [10_000, done], [12_000, time]);
    expect(stepDrain(state, requested, times, 99_000)).toEqual({ state, actions: [] });
  });

  it('tries a failing step again for two seconds and then goes on without it', () => {
    const { state, actions } = play([0, requested], [500, failed], [1999, failed], [2000, failed]);
    expect(actions).toEqual([
      'start-graceful-shutdown',
      'start-graceful-shutdown',
      'start-graceful-shutdown',
      'close-client-sessions',
    ]);
    const end = stepDrain(stepDrain(state, done, times, 2001).state, time, times, 4001);
    expect(end.state).toMatchObject({ phase: 'drained', outcome: 'incomplete' });
  });

  it('has nothing to drain when a signal comes after the engine has gone', () => {
    const { state, actions } = play([0, { kind: 'requested', cause: 'signal' }], [1, gone]);
    expect(actions).toEqual(['start-graceful-shutdown', 'become-unready', 'write-answer']);
    expect(state).toMatchObject({ phase: 'drained', outcome: 'engine-gone' });
  });

  it('ends before the preStop gives up, never goes back, and answers once, whatever happens', () => {
    const event = fc.constantFrom(done, time, failed, gone, requested);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 3000 }), event), { maxLength: 60 }), (steps) => {
        const order = ['serving', 'graceful-shutdown', 'closing', 'drained'];
        let state = stepDrain({ phase: 'serving' }, requested, times, 0).state;
        let nowMs = 0;
        const actions: DrainAction[] = [];
        for (const [pauseMs, each] of steps) {
          // The machine is told the time when it wants to know it.
          const wakeMs = drainWakeMs(state);
          const happenings: [number, DrainEvent][] = [[nowMs + pauseMs, each]];
          if (wakeMs !== undefined && wakeMs < nowMs + pauseMs) happenings.unshift([wakeMs, time]);
          for (const [atMs, happening] of happenings) {
            // Each step is reported done once; a second report would be a fault of the caller.
            if (happening.kind === 'step-done' && 'isSent' in state && state.isSent) continue;
            const next = stepDrain(state, happening, times, atMs);
            expect(order.indexOf(next.state.phase)).toBeGreaterThanOrEqual(order.indexOf(state.phase));
            state = next.state;
            actions.push(...next.actions);
          }
          nowMs += pauseMs;
        }
        if (nowMs > 17_000 + 3000) expect(state.phase).toBe('drained');
        expect(actions.filter((action) => action === 'write-answer').length).toBe(state.phase === 'drained' ? 1 : 0);
        expect(actions.filter((action) => action === 'become-unready').length).toBeLessThanOrEqual(1);
      }),
    );
  });
});
