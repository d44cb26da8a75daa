import type { DrainCause, DrainState, DrainTimes } from '@meshrs/contract';

export type DrainEvent =
  | { readonly kind: 'requested'; readonly cause: DrainCause }
  | { readonly kind: 'step-done' }
  | { readonly kind: 'step-failed'; readonly isEngineGone: boolean }
  | { readonly kind: 'time' };

/** What the agent is to do now, in this order. */
export type DrainAction = 'start-graceful-shutdown' | 'close-client-sessions' | 'become-unready' | 'write-answer';

export interface DrainTransition {
  readonly state: DrainState;
  readonly actions: readonly DrainAction[];
}

/** A step that fails is tried again this long; twice this is less than what the engine's preStop waits longer. */
const stepPatienceMs = 2000;

/**
 * What an event does to the drain. The drain is idempotent, never goes back, and ends in bounded time: at most the two
 * times of the settings and twice the patience with a step that fails.
 */
export function stepDrain(state: DrainState, event: DrainEvent, times: DrainTimes, nowMs: number): DrainTransition {
  switch (state.phase) {
    case 'serving':
      return event.kind === 'requested' ? begin(event.cause, times, nowMs) : stay(state);
    case 'graceful-shutdown':
      return duringGracefulShutdown(state, event, times, nowMs);
    case 'closing':
      return duringClosing(state, event, times, nowMs);
    case 'drained':
      return stay(state);
  }
}

function begin(cause: DrainCause, times: DrainTimes, nowMs: number): DrainTransition {
  const untilMs = nowMs + times.gracefulShutdownSeconds * 1000 + stepPatienceMs;
  return {
    state: { phase: 'graceful-shutdown', cause, requestedAtMs: nowMs, isSent: false, untilMs },
    actions: ['start-graceful-shutdown'],
  };
}

function duringGracefulShutdown(
  state: DrainState & { phase: 'graceful-shutdown' },
  event: DrainEvent,
  times: DrainTimes,
  nowMs: number,
): DrainTransition {
  const { cause, requestedAtMs, isSent } = state;
  if (event.kind === 'step-done') {
    return stay({ ...state, isSent: true, untilMs: waitEnd(state, nowMs, times.gracefulShutdownSeconds) });
  }
  if (event.kind === 'step-failed' && event.isEngineGone && cause === 'signal') return nothingToDrain(state, nowMs);
  const isGivenUp = !isSent && nowMs >= requestedAtMs + stepPatienceMs;
  if (nowMs >= state.untilMs || (isGivenUp && event.kind === 'step-failed')) {
    return {
      state: {
        phase: 'closing',
        cause,
        requestedAtMs,
        wasAnnounced: isSent,
        isSent: false,
        untilMs: nowMs + times.ceaseSeconds * 1000 + stepPatienceMs,
      },
      actions: ['close-client-sessions'],
    };
  }
  return event.kind === 'step-failed' ? { state, actions: ['start-graceful-shutdown'] } : stay(state);
}

function duringClosing(
  state: DrainState & { phase: 'closing' },
  event: DrainEvent,
  times: DrainTimes,
  nowMs: number,
): DrainTransition {
  if (event.kind === 'step-done') {
    return {
      state: { ...state, isSent: true, untilMs: waitEnd(state, nowMs, times.ceaseSeconds) },
      actions: ['become-unready'],
    };
  }
  const { cause, requestedAtMs, isSent, wasAnnounced } = state;
  if (nowMs >= state.untilMs) {
    const outcome = isSent && wasAnnounced ? 'complete' : 'incomplete';
    return {
      state: { phase: 'drained', cause, requestedAtMs, drainedAtMs: nowMs, outcome },
      actions: isSent ? ['write-answer'] : ['become-unready', 'write-answer'],
    };
  }
  if (event.kind === 'step-failed' && event.isEngineGone && cause === 'signal') return nothingToDrain(state, nowMs);
  return event.kind === 'step-failed' ? { state, actions: ['close-client-sessions'] } : stay(state);
}

/** A step that has taken longer than its patience has that time taken off its wait: the engine's preStop waits no longer. */
function waitEnd(state: { readonly untilMs: number }, nowMs: number, seconds: number): number {
  return Math.min(state.untilMs, nowMs + seconds * 1000);
}

function nothingToDrain(
  { cause, requestedAtMs }: { readonly cause: DrainCause; readonly requestedAtMs: number },
  nowMs: number,
): DrainTransition {
  return {
    state: { phase: 'drained', cause, requestedAtMs, drainedAtMs: nowMs, outcome: 'engine-gone' },
    actions: ['become-unready', 'write-answer'],
  };
}

function stay(state: DrainState): DrainTransition {
  return { state, actions: [] };
}

/** When the machine wants to be told the time again; undefined: not before the next event. */
export function drainWakeMs(state: DrainState): number | undefined {
  return state.phase === 'graceful-shutdown' || state.phase === 'closing' ? state.untilMs : undefined;
}
