import { longestWithSessionsSeconds, type DrainOutcome, type DrainRequester, type DrainTimes } from '@meshrs/contract';
import type { IpAddress } from '@meshrs/network';
import { notDrained, type DrainAtEngine } from '../engine/drain-at-engine.ts';

/** Who asked, and when. */
export interface DrainRequest extends Omit<DrainRequester, 'waitsSeconds'> {
  readonly atMs: number;
  /** Sessions are kept no longer than until then, whatever the settings say: who asked would not hear that they ended. */
  readonly sessionsUntilMs?: number;
  /** By hand, and readiness moves no VIP: not Ready from the moment when it was asked for. */
  readonly isUnreadyAtOnce?: true;
  /** Whom a forced one leaves without any session, as far as it was known before Cease. */
  readonly takes?: TakenClients;
}

export interface TakenClients {
  /** The first of them. */
  readonly clients: readonly IpAddress[];
  readonly clientCount: number;
  /** Nobody knows whether these have one. */
  readonly unknown?: { readonly clients: readonly IpAddress[]; readonly clientCount: number };
  /** Who its clients are is not known, or no other route server could be asked in time. */
  readonly areUnknown?: true;
}

/** What decides how a drain goes, beside what happens. */
export interface DrainPlan extends DrainTimes {
  /** Readiness moves no VIP (docs/decisions/0039). */
  readonly isUnreadyAtOnce: boolean;
  /** How long a drain by hand asks the others at most. */
  readonly askMs: number;
  /** After which time everybody has seen that a route server is not Ready. */
  readonly seenMs: number;
}

/** How far the route server is taken down. Every moment is of the clock that never steps; `shown-drain.ts` shows them. */
export type Drain =
  | { readonly phase: 'serving' }
  /** `untilMs`: then it is refused, or, where it is forced, goes on. */
  | { readonly phase: 'asked'; readonly request: DrainRequest; readonly untilMs: number }
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
  | {
      readonly phase: 'undraining';
      readonly request: DrainRequest;
      readonly wasUnready: boolean;
      readonly wasClosed: boolean;
    };

export type DrainEvent =
  /** `agoMs`: who asks has waited as long. */
  | { readonly kind: 'requested'; readonly by: DrainRequester; readonly agoMs: number }
  /** The request was taken away, or the engine shows a drain that nobody has asked for. */
  | { readonly kind: 'taken-back' }
  /** Another process of the engine has taken the place of the one that was to be drained. */
  | { readonly kind: 'new-life' }
  /** The sessions of clients are ended already, by an agent of before that could not write how far it came. */
  | { readonly kind: 'found-closed' }
  /** An agent that has died left this state. */
  | { readonly kind: 'resumed' }
  /** A drain by hand may go on. */
  | { readonly kind: 'accepted'; readonly takes?: TakenClients }
  /** Whom a forced drain would take now; left out: nobody. */
  | { readonly kind: 'takes'; readonly takes?: TakenClients }
  /** A drain by hand would take the last session of clients, or nobody knows. */
  | { readonly kind: 'refused' }
  /** The pod ends, whoever asked before: nothing is refused any more. */
  | { readonly kind: 'pod-ends'; readonly by: DrainRequester; readonly agoMs: number }
  /** Every client has a session elsewhere. */
  | { readonly kind: 'released' }
  /** Some have none, and a longer wait would take the time of another side. */
  | { readonly kind: 'given-up' }
  | { readonly kind: 'step-done' }
  | { readonly kind: 'step-failed' }
  | { readonly kind: 'time' };

export interface DrainTransition {
  readonly state: Drain;
  /** The engine is to be given what the state says, now or again (`drainAtEngine`). */
  readonly isStep: boolean;
  /** A drain by hand ends here, and its request is not carried out. */
  readonly isRefused?: true;
}

type Asked = Drain & { readonly phase: 'asked' };
type Announcing = Drain & { readonly phase: 'graceful-shutdown' };
type Holding = Drain & { readonly phase: 'holding' };
type Closing = Drain & { readonly phase: 'closing' };

/** A step that fails is tried again this long; twice this is less than what the engine's preStop waits longer. */
const stepPatienceMs = 2000;
/** Where nobody is waited for, a drain that may take nobody looks once more before Cease: for this time at most. */
const lastLookMs = 5000;

/**
 * What an event does to the drain. It ends in bounded time: after at most the three times of the settings, that of the question, and twice the
 * patience with a step that fails. Nothing but the loss of its reason leads back: a request that is taken away, by way of
 * `undraining`, and a new life of the engine, at once.
 */
export function stepDrain(state: Drain, event: DrainEvent, times: DrainPlan, nowMs: number): DrainTransition {
  switch (event.kind) {
    case 'new-life':
      return stay({ phase: 'serving' });
    case 'resumed':
      return resume(state, times, nowMs);
    case 'found-closed':
      return state.phase === 'asked' ? close(state.request, true, times, nowMs) : stay(state);
    case 'taken-back':
      return takeBack(state, nowMs);
    case 'requested':
      return state.phase === 'serving' || state.phase === 'undraining' ? begin(event, times, nowMs) : stay(state);
    case 'pod-ends':
      return hurry(state, event, times, nowMs);
    case 'accepted':
      return state.phase === 'asked' ? announce(takesOf(state.request, event.takes), times, nowMs) : stay(state);
    case 'takes':
      return renewTakes(state, event.takes);
    case 'refused':
      return state.phase === 'asked' ? refuse(state, nowMs) : stay(state);
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
    // As it is: where an agent lost its record the engine may be closed already.
    case 'asked':
      return now;
    case 'graceful-shutdown':
    case 'holding':
      return { ...now, isGracefulShutdown: true };
    case 'closing':
    case 'drained':
      return { isGracefulShutdown: true, closedWith: ceaseMessage };
  }
}

/**
 * From the moment when client sessions are closed, or, by hand where that moves no VIP, when it is asked for; until clients
 * are let in again.
 */
export function isUnready(state: Drain): boolean {
  if (state.phase === 'serving') return false;
  if (state.phase === 'undraining') return state.wasUnready;
  return state.request.isUnreadyAtOnce === true || isClosed(state);
}

/** The sessions of clients are ended, and none is let in. */
export function isClosed(state: Drain): boolean {
  return state.phase === 'drained' || (state.phase === 'closing' && state.isSent);
}

/** Whether it may take the last session of clients: a pod ends, whatever anybody says. */
export function mayTake({ cause, forced }: Pick<DrainRequester, 'cause' | 'forced'>): boolean {
  return cause !== 'command' || forced === true;
}

/** When the machine wants to be told the time again; undefined: not before the next event. */
export function drainWakeMs(state: Drain): number | undefined {
  return isOnTheWay(state) ? state.untilMs : undefined;
}

/** It is not at rest: time alone brings it on. */
export function isOnTheWay(state: Drain): state is Asked | Announcing | Holding | Closing {
  return ['asked', 'graceful-shutdown', 'holding', 'closing'].includes(state.phase);
}

/**
 * Until when the sessions of clients are kept at most for those that have none with another side; undefined: nobody is waited
 * for, or no longer.
 */
export function holdEndMs(state: Drain, holdMs: number): number | undefined {
  if (state.phase === 'asked') return state.untilMs;
  // It was told to the others, who may go by it.
  if (state.phase === 'holding') return state.untilMs;
  if (state.phase !== 'graceful-shutdown' || (holdMs === 0 && mayTake(state.request))) return undefined;
  return holdEnd(state.request, state.untilMs + holdMs);
}

interface Asking {
  readonly by: DrainRequester;
  readonly agoMs: number;
}

function begin(asking: Asking, times: DrainPlan, nowMs: number): DrainTransition {
  const request = requestOf(asking, times, nowMs);
  if (asking.by.cause !== 'command') return announce(request, times, nowMs);
  const asked: DrainRequest = { ...request, ...(times.isUnreadyAtOnce && { isUnreadyAtOnce: true as const }) };
  return stay({ phase: 'asked', request: asked, untilMs: nowMs + times.askMs });
}

function requestOf({ by: { waitsSeconds, ...by }, agoMs }: Asking, times: DrainPlan, nowMs: number): DrainRequest {
  if (waitsSeconds === undefined) return { ...by, atMs: nowMs };
  const sessionsUntilMs = nowMs - agoMs + longestWithSessionsSeconds(waitsSeconds, times) * 1000 + stepPatienceMs;
  return { ...by, atMs: nowMs, sessionsUntilMs };
}

function announce(request: DrainRequest, times: DrainPlan, nowMs: number): DrainTransition {
  const untilMs = nowMs + times.gracefulShutdownSeconds * 1000 + stepPatienceMs;
  return { state: { phase: 'graceful-shutdown', request, isSent: false, untilMs }, isStep: true };
}

function takeBack(state: Drain, nowMs: number): DrainTransition {
  if (state.phase === 'undraining') return stay(state);
  const request = state.phase === 'serving' ? { ...unknownRequester, atMs: nowMs } : state.request;
  const back = { phase: 'undraining', request, wasUnready: isUnready(state), wasClosed: isClosed(state) } as const;
  return { state: back, isStep: true };
}

function refuse(state: Drain, nowMs: number): DrainTransition {
  return { ...takeBack(state, nowMs), isRefused: true };
}

function hurry(state: Drain, asking: Asking, times: DrainPlan, nowMs: number): DrainTransition {
  if (state.phase !== 'asked' && state.phase !== 'graceful-shutdown' && state.phase !== 'holding') return stay(state);
  if (state.request.cause !== 'command') return stay(state);
  const { isUnreadyAtOnce } = state.request;
  const own = { atMs: state.request.atMs, ...(isUnreadyAtOnce && { isUnreadyAtOnce }) };
  const request = { ...requestOf(asking, times, nowMs), ...own };
  if (state.phase === 'asked') return announce(request, times, nowMs);
  const untilMs = state.phase === 'holding' ? holdEnd(request, state.untilMs) : state.untilMs;
  return stay({ ...state, request, untilMs });
}

/** A question begins anew: nobody has heard its answer meanwhile. */
function resume(state: Drain, times: DrainPlan, nowMs: number): DrainTransition {
  const next = state.phase === 'asked' ? { ...state, untilMs: nowMs + times.askMs } : state;
  return { state: next, isStep: state.phase !== 'serving' };
}

function takesOf(request: DrainRequest, takes: TakenClients | undefined): DrainRequest {
  return takes ? { ...request, takes } : request;
}

/** Until Cease: whom it has taken then is kept. */
function renewTakes(state: Drain, takes: TakenClients | undefined): DrainTransition {
  if (state.phase !== 'graceful-shutdown' && state.phase !== 'holding') return stay(state);
  if (!state.request.forced) return stay(state);
  const { takes: before, ...request } = state.request;
  if (JSON.stringify(before) === JSON.stringify(takes)) return stay(state);
  return stay({ ...state, request: takesOf(request, takes) });
}

/** Of a drain that an engine shows and that nobody has asked for. */
const unknownRequester: DrainRequester = { cause: 'unknown', by: 'unknown' };

type Happening = 'step-done' | 'step-failed' | 'released' | 'given-up' | 'time';

function goOn(state: Drain, happened: Happening, times: DrainPlan, nowMs: number): DrainTransition {
  switch (state.phase) {
    case 'serving':
      return stay(state);
    case 'asked':
      return whileAsked(state, times, nowMs);
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

/** Nobody has answered in time whether it may go on. */
function whileAsked(state: Asked, times: DrainPlan, nowMs: number): DrainTransition {
  if (nowMs < state.untilMs) return stay(state);
  if (!mayTake(state.request)) return refuse(state, nowMs);
  // Forced: nobody has told whom it takes, which is not that it takes nobody.
  return announce(takesOf(state.request, { clients: [], clientCount: 0, areUnknown: true }), times, nowMs);
}

function duringGracefulShutdown(
  state: Announcing,
  happened: Happening,
  times: DrainPlan,
  nowMs: number,
): DrainTransition {
  const { request, isSent } = state;
  if (happened === 'step-done') {
    return stay({ ...state, isSent: true, untilMs: waitEnd(state, nowMs, times.gracefulShutdownSeconds) });
  }
  const beganMs = state.untilMs - times.gracefulShutdownSeconds * 1000 - stepPatienceMs;
  const isGivenUp = !isSent && happened === 'step-failed' && nowMs >= beganMs + stepPatienceMs;
  if (nowMs < state.untilMs && !isGivenUp) return { state, isStep: happened === 'step-failed' };
  const holdMs = Math.max(times.holdSeconds * 1000, mayTake(request) ? 0 : lastLookMs);
  const untilMs = holdEnd(request, nowMs + holdMs);
  if (untilMs <= nowMs) return close(request, isSent, times, nowMs);
  return stay({ phase: 'holding', request, wasAnnounced: isSent, untilMs });
}

function holdEnd({ sessionsUntilMs = Infinity }: DrainRequest, untilMs: number): number {
  return Math.min(untilMs, sessionsUntilMs);
}

/** Clients that have been told to leave stay, whatever becomes of the step that told them. */
function duringHold(state: Holding, happened: Happening, times: DrainPlan, nowMs: number): DrainTransition {
  if (happened === 'step-done') return stay({ ...state, wasAnnounced: true });
  const isFree = happened === 'released';
  if (isFree || happened === 'given-up' || nowMs >= state.untilMs) {
    if (!isFree && !mayTake(state.request)) return refuse(state, nowMs);
    return close(state.request, state.wasAnnounced, times, nowMs);
  }
  return { state, isStep: happened === 'step-failed' };
}

function close(request: DrainRequest, wasAnnounced: boolean, times: DrainPlan, nowMs: number): DrainTransition {
  const untilMs = nowMs + closedSeconds(request, times) * 1000 + stepPatienceMs;
  return { state: { phase: 'closing', request, wasAnnounced, isSent: false, untilMs }, isStep: true };
}

/** By hand it answers when everybody has seen that it is not Ready: who asked goes on with another side then. */
function closedSeconds({ cause, isUnreadyAtOnce }: DrainRequest, times: DrainPlan): number {
  return cause === 'command' && !isUnreadyAtOnce
    ? Math.max(times.ceaseSeconds, times.seenMs / 1000)
    : times.ceaseSeconds;
}

function duringClosing(state: Closing, happened: Happening, times: DrainPlan, nowMs: number): DrainTransition {
  if (happened === 'step-done') {
    return stay({ ...state, isSent: true, untilMs: waitEnd(state, nowMs, closedSeconds(state.request, times)) });
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
