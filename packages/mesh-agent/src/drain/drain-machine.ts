import { longestWithSessionsSeconds, type DrainOutcome, type DrainRequester, type DrainTimes } from '@meshrs/contract';
import { notDrained, type DrainAtEngine } from '../engine/drain-at-engine.ts';

/** Who asked, and when. */
export interface DrainRequest extends Omit<DrainRequester, 'waitsSeconds'> {
  readonly atMs: number;
  /** Sessions are kept no longer than until then, whatever the settings say: who asked would not hear that they ended. */
  readonly sessionsUntilMs?: number;
}

/** How far the route server is taken down. Every moment is of the clock that never steps; `shown-drain.ts` shows them. */
export type Drain =
  | { readonly phase: 'serving' }
  | {
      readonly phase: 'graceful-shutdown';
      readonly request: DrainRequest;
      readonly isSent: boolean;
      readonly untilMs: number;
    }
  /** `untilMs`: then it goes on, whoever has no session with another side. */
  | {
      readonly phase: 'holding';
      readonly request: DrainRequest;
      readonly wasAnnounced: boolean;
      readonly untilMs: number;
    }
  | {
      readonly phase: 'closing';
      readonly request: DrainRequest;
      readonly wasAnnounced: boolean;
      readonly isSent: boolean;
      readonly untilMs: number;
    }
  | {
      readonly phase: 'drained';
      readonly request: DrainRequest;
      readonly drainedAtMs: number;
      readonly outcome: DrainOutcome;
    }
  | { readonly phase: 'undraining'; readonly request: DrainRequest; readonly wasUnready: boolean };

export type DrainEvent =
  | { readonly kind: 'requested'; readonly by: DrainRequester }
  /** The request was taken away, or the engine shows a drain that nobody has asked for. */
  | { readonly kind: 'taken-back' }
  /** Another process of the engine has taken the place of the one that was to be drained. */
  | { readonly kind: 'new-life' }
  /** An agent that has died left this state. */
  | { readonly kind: 'resumed' }
  /** Nobody is waited for any longer. */
  | { readonly kind: 'released' }
  | { readonly kind: 'step-done' }
  | { readonly kind: 'step-failed' }
  | { readonly kind: 'time' };

export interface DrainTransition {
  readonly state: Drain;
  /** The engine is to be given what the state says, now or again (`drainAtEngine`). */
  readonly isStep: boolean;
}

type Announcing = Drain & { readonly phase: 'graceful-shutdown' };
type Holding = Drain & { readonly phase: 'holding' };
type Closing = Drain & { readonly phase: 'closing' };

/** A step that fails is tried again this long; twice this is less than what the engine's preStop waits longer. */
const stepPatienceMs = 2000;

/**
 * What an event does to the drain. It ends in bounded time: after at most the three times of the settings and twice the
 * patience with a step that fails. Nothing but the loss of its reason leads back: a request that is taken away, by way of
 * `undraining`, and a new life of the engine, at once.
 */
export function stepDrain(state: Drain, event: DrainEvent, times: DrainTimes, nowMs: number): DrainTransition {
  switch (event.kind) {
    case 'new-life':
      return stay({ phase: 'serving' });
    case 'resumed':
      return { state, isStep: state.phase !== 'serving' };
    case 'taken-back':
      return takeBack(state, nowMs);
    case 'requested':
      return state.phase === 'serving' || state.phase === 'undraining' ? begin(event.by, times, nowMs) : stay(state);
    default:
      return goOn(state, event.kind, times, nowMs);
  }
}

/** What the engine is to show of the drain, from what it shows now: nobody is let in again on the way down. */
export function drainAtEngine(state: Drain, ceaseMessage: string, now: DrainAtEngine): DrainAtEngine {
  switch (state.phase) {
    case 'serving':
    case 'undraining':
      return notDrained;
    case 'graceful-shutdown':
    case 'holding':
      return { ...now, isGracefulShutdown: true };
    case 'closing':
    case 'drained':
      return { isGracefulShutdown: true, closedWith: ceaseMessage };
  }
}

/** From the moment when client sessions are closed, until they are let in again. */
export function isUnready(state: Drain): boolean {
  switch (state.phase) {
    case 'serving':
    case 'graceful-shutdown':
    case 'holding':
      return false;
    case 'closing':
      return state.isSent;
    case 'drained':
      return true;
    case 'undraining':
      return state.wasUnready;
  }
}

/** When the machine wants to be told the time again; undefined: not before the next event. */
export function drainWakeMs(state: Drain): number | undefined {
  return isOnTheWay(state) ? state.untilMs : undefined;
}

/** It is not at rest: time alone brings it on. */
export function isOnTheWay(state: Drain): state is Drain & { readonly untilMs: number } {
  return state.phase === 'graceful-shutdown' || state.phase === 'holding' || state.phase === 'closing';
}

/**
 * Until when the sessions of clients are kept at most for those that have none with another side; undefined: nobody is waited
 * for, or no longer.
 */
export function holdEndMs(state: Drain, holdMs: number): number | undefined {
  if (holdMs === 0) return undefined;
  if (state.phase === 'graceful-shutdown') return holdEnd(state.request, state.untilMs + holdMs);
  return state.phase === 'holding' ? state.untilMs : undefined;
}

function begin(by: DrainRequester, times: DrainTimes, nowMs: number): DrainTransition {
  const untilMs = nowMs + times.gracefulShutdownSeconds * 1000 + stepPatienceMs;
  const { waitsSeconds, ...requester } = by;
  const request = {
    ...requester,
    atMs: nowMs,
    ...(waitsSeconds !== undefined && {
      sessionsUntilMs: nowMs + longestWithSessionsSeconds(waitsSeconds, times) * 1000 + stepPatienceMs,
    }),
  };
  return { state: { phase: 'graceful-shutdown', request, isSent: false, untilMs }, isStep: true };
}

function takeBack(state: Drain, nowMs: number): DrainTransition {
  if (state.phase === 'undraining') return stay(state);
  const request = state.phase === 'serving' ? { ...unknownRequester, atMs: nowMs } : state.request;
  return { state: { phase: 'undraining', request, wasUnready: isUnready(state) }, isStep: true };
}

/** Of a drain that an engine shows and that nobody has asked for. */
const unknownRequester: DrainRequester = { cause: 'unknown', by: 'unknown' };

type Happening = 'step-done' | 'step-failed' | 'released' | 'time';

function goOn(state: Drain, happened: Happening, times: DrainTimes, nowMs: number): DrainTransition {
  switch (state.phase) {
    case 'serving':
      return stay(state);
    case 'graceful-shutdown':
      return duringGracefulShutdown(state, happened, times, nowMs);
    case 'holding':
      return duringHold(state, happened, times, nowMs);
    case 'closing':
      return duringClosing(state, happened, times, nowMs);
    case 'drained':
      return { state, isStep: happened === 'step-failed' };
    case 'undraining':
      return happened === 'step-done' ? stay({ phase: 'serving' }) : { state, isStep: happened === 'step-failed' };
  }
}

function duringGracefulShutdown(
  state: Announcing,
  happened: Happening,
  times: DrainTimes,
  nowMs: number,
): DrainTransition {
  const { request, isSent } = state;
  if (happened === 'step-done') {
    return stay({ ...state, isSent: true, untilMs: waitEnd(state, nowMs, times.gracefulShutdownSeconds) });
  }
  const isGivenUp = !isSent && happened === 'step-failed' && nowMs >= request.atMs + stepPatienceMs;
  if (nowMs < state.untilMs && !isGivenUp) return { state, isStep: happened === 'step-failed' };
  if (times.holdSeconds === 0) return close(request, isSent, times, nowMs);
  const untilMs = holdEnd(request, nowMs + times.holdSeconds * 1000);
  if (untilMs <= nowMs) return close(request, isSent, times, nowMs);
  return stay({ phase: 'holding', request, wasAnnounced: isSent, untilMs });
}

function holdEnd({ sessionsUntilMs = Infinity }: DrainRequest, untilMs: number): number {
  return Math.min(untilMs, sessionsUntilMs);
}

/** Clients that have been told to leave stay, whatever becomes of the step that told them. */
function duringHold(state: Holding, happened: Happening, times: DrainTimes, nowMs: number): DrainTransition {
  if (happened === 'step-done') return stay({ ...state, wasAnnounced: true });
  if (happened === 'released' || nowMs >= state.untilMs || times.holdSeconds === 0) {
    return close(state.request, state.wasAnnounced, times, nowMs);
  }
  return { state, isStep: happened === 'step-failed' };
}

function close(request: DrainRequest, wasAnnounced: boolean, times: DrainTimes, nowMs: number): DrainTransition {
  const untilMs = nowMs + times.ceaseSeconds * 1000 + stepPatienceMs;
  return { state: { phase: 'closing', request, wasAnnounced, isSent: false, untilMs }, isStep: true };
}

function duringClosing(state: Closing, happened: Happening, times: DrainTimes, nowMs: number): DrainTransition {
  if (happened === 'step-done') {
    return stay({ ...state, isSent: true, untilMs: waitEnd(state, nowMs, times.ceaseSeconds) });
  }
  const { request, isSent, wasAnnounced } = state;
  if (nowMs < state.untilMs) return { state, isStep: happened === 'step-failed' };
  const outcome = isSent && wasAnnounced ? 'complete' : 'incomplete';
  // What has not succeeded in time is still to be done; nobody waits for it any more.
  return { state: { phase: 'drained', request, drainedAtMs: nowMs, outcome }, isStep: !isSent };
}

/** A step that has taken longer than its patience has that time taken off its wait: the engine's preStop waits no longer. */
function waitEnd(state: { readonly untilMs: number }, nowMs: number, seconds: number): number {
  return Math.min(state.untilMs, nowMs + seconds * 1000);
}

function stay(state: Drain): DrainTransition {
  return { state, isStep: false };
}
