import { drainTimeoutSeconds, type DrainState } from '@meshrs/contract';
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

  it('has nothing more to drain when the engine goes before client sessions are closed', () => {
    const signal: DrainEvent = { kind: 'requested', cause: 'signal' };
    const { state, actions } = play([0, signal], [0, done], [10_000, time], [10_001, gone]);
    expect(actions).toEqual(['start-graceful-shutdown', 'close-client-sessions', 'become-unready', 'write-answer']);
    expect(state).toMatchObject({ phase: 'drained', outcome: 'engine-gone' });
  });

  it('waits for an engine that is gone when a request asks for the drain', () => {
    expect(play([0, requested], [1, gone])).toMatchObject({
      state: { phase: 'graceful-shutdown', isSent: false },
      actions: ['start-graceful-shutdown', 'start-graceful-shutdown'],
    });
    expect(play([0, requested], [0, done], [10_000, time], [10_001, gone])).toMatchObject({
      state: { phase: 'closing', isSent: false },
      actions: ['start-graceful-shutdown', 'close-client-sessions', 'close-client-sessions'],
    });
  });

  it('is incomplete when client sessions could not be closed', () => {
    const { state, actions } = play([0, requested], [0, done], [10_000, time], [11_000, failed], [14_000, time]);
    expect(actions.slice(-2)).toEqual(['become-unready', 'write-answer']);
    expect(state).toMatchObject({ phase: 'drained', outcome: 'incomplete' });
  });

  it('takes the time that a step has taken off the wait after it', () => {
    const { state } = play([0, requested], [11_000, done]);
    expect(drainWakeMs(state)).toBe(12_000);
    const closing = stepDrain(stepDrain(state, time, times, 12_000).state, done, times, 15_500);
    expect(drainWakeMs(closing.state)).toBe(16_000);
  });

  it('ends before the preStop gives up, never goes back, and answers once, whatever happens', () => {
    const event = fc.constantFrom(done, time, failed, gone, requested);
    const happenings = fc.array(fc.tuple(fc.integer({ min: 1, max: 3000 }), event), { maxLength: 30, size: 'max' });
    fc.assert(
      fc.property(fc.constantFrom('request-file', 'signal', 'taken-over'), happenings, (cause, all) => {
        const order = ['serving', 'graceful-shutdown', 'closing', 'drained'];
        const first = stepDrain({ phase: 'serving' }, { kind: 'requested', cause }, times, 0);
        let state = first.state;
        const actions: DrainAction[] = [...first.actions];
        const happen = (atMs: number, happening: DrainEvent) => {
          const next = stepDrain(state, happening, times, atMs);
          expect(order.indexOf(next.state.phase)).toBeGreaterThanOrEqual(order.indexOf(state.phase));
          state = next.state;
          actions.push(...next.actions);
        };
        /** The machine is told the time when it wants to know it. */
        const letTimePass = (untilMs: number) => {
          for (
            let wakeMs = drainWakeMs(state);
            wakeMs !== undefined && wakeMs <= untilMs;
            wakeMs = drainWakeMs(state)
          ) {
            happen(wakeMs, time);
          }
        };
        let nowMs = 0;
        for (const [pauseMs, each] of all) {
          nowMs += pauseMs;
          letTimePass(nowMs);
          // A step that is done is not reported again; that would be a fault of the caller.
          const isReport = each.kind === 'step-done' || each.kind === 'step-failed';
          if (!isReport || !('isSent' in state) || !state.isSent) happen(nowMs, each);
        }
        letTimePass(Infinity);

        const { drainedAtMs } = state.phase === 'drained' ? state : expect.unreachable(state.phase);
        // The preStop waits five seconds longer than the times of the settings.
        expect(drainedAtMs).toBeLessThanOrEqual(drainTimeoutSeconds(times) * 1000 - 1000);
        expect(actions.filter((action) => action === 'become-unready')).toHaveLength(1);
        expect(actions.filter((action) => action === 'write-answer')).toHaveLength(1);
        expect(actions.at(-1)).toBe('write-answer');
      }),
      { numRuns: 2000 },
    );
  });
});
