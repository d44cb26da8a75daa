import { preStopRequester, type DrainRequester, type EngineDrain } from '@meshrs/contract';
import type { Clock } from '../async/clock.ts';
import { startTimer } from '../async/timer.ts';
import type { MeshEngine } from '../engine/mesh-engine.ts';
import { describeFailure } from '../failure.ts';
import { watchFolder } from '../files/watch-folder.ts';
import type { Log } from '../log/log.ts';
import type { Acquaintance } from '../engine/acquaintance.ts';
import {
  hasPreStopBegun,
  isOfThePast,
  leaveRefusal,
  preStopAgeMs,
  removeRequest,
  requestId,
  seenRequest,
  setAnswer,
  type DrainPaths,
} from './drain-files.ts';
import {
  drainAtEngine,
  drainWakeMs,
  isOnTheWay,
  isClosed,
  isUnready,
  stepDrain,
  type Drain,
  type DrainEvent,
  type DrainPlan,
  type TakenClients,
} from './drain-machine.ts';
import { refusalText, type DrainRefusal } from './refusal.ts';
import { shownDrain } from './shown-drain.ts';
import { tellDrain } from './tell-drain.ts';

export interface DrainRunnerOptions {
  readonly engine: Pick<MeshEngine, 'setDrain'>;
  readonly paths: DrainPaths;
  readonly plan: () => DrainPlan;
  /** Why a drain by hand does not go on. */
  readonly whyRefused: () => DrainRefusal;
  /** What clients read in the Cease (RFC 9003). */
  readonly message: string;
  readonly log: Log;
  readonly clock: Clock;
  /** By how much the wall clock was set while no agent ran. */
  readonly wallStepMs: () => number;
  readonly pollMs: number;
  readonly signal: AbortSignal;
  /** Keeps a state for the agent after this one; called before anything is done for it. */
  readonly keep: (state: Drain) => void;
  /** Clients whose sessions the drain has ended are let in again; called before that is kept. */
  readonly onLetIn: () => void;
  readonly onChange: (state: Drain) => void;
}

/**
 * Takes the route server down, step by step, while a request file asks for it, and lets clients in again when that is
 * gone. A request is for one life of the engine: nothing is looked at before the engine answers.
 */
export interface DrainRunner {
  state(): Drain;
  /** What keeps the route server from being ready. */
  unready(): 'draining' | 'drained' | undefined;
  /**
   * The engine answers. `left`: how far an agent before this one came with this life of it. `startedWallMs`: when that began,
   * by the wall clock.
   */
  meet(how: Acquaintance, left: Drain, startedWallMs?: number): void;
  /** The engine shows a drain. Unless somebody asks for one, that is taken back. */
  found(shown: EngineDrain): void;
  /** A drain by hand that was asked for goes on; what it takes is told, where it is forced. */
  accept(takes?: TakenClients): void;
  /** Whom a forced drain that is on its way would take now; undefined: nobody. */
  renewTakes(takes: TakenClients | undefined): void;
  /** A drain by hand that was asked for is not carried out. */
  refuse(): void;
  /** Every client has a session elsewhere. It means nothing where nobody is waited for. */
  release(): void;
  /** Some have none, and another side needs the time: one that may not take their last session ends. */
  giveUp(): void;
  /** Resolves when the route server is not on its way down: it serves, or is drained and has answered. */
  settled(): Promise<void>;
}

/** A failing step is tried again after this time; where nobody waits for it, after a longer one each time. */
const retryMs = 250;
const longestRetryMs = 5000;
/** A shell makes a file and then writes into it. */
const halfWrittenMs = 100;

/** Long: the steps of one drain share its state and its two timers. */
export function createDrainRunner(options: DrainRunnerOptions): DrainRunner {
  const { clock, engine, paths, log, signal } = options;
  let state: Drain = { phase: 'serving' };
  let hasMet = false;
  let wakeTimer: NodeJS.Timeout | undefined;
  let retryTimer: NodeJS.Timeout | undefined;
  /** What an older step reports does not count. */
  let stepNumber = 0;
  let failures = 0;
  let failureBefore = '';
  let secondLook: NodeJS.Timeout | undefined;
  /** Since when a request is there that does not say who asks. */
  let unclearSinceMs: number | undefined;
  /** When it was seen last that nobody asks, and that no preStop has begun. */
  const seenLast = { withoutRequestMs: -Infinity, withoutPreStopMs: -Infinity };
  /** A request that was refused, and could not be taken away. */
  let refusedId: string | undefined;
  const waiting: (() => void)[] = [];

  watchFolder(paths.requestsFolder, { pollMs: options.pollMs, signal }, look);
  signal.addEventListener('abort', stop, { once: true });

  return {
    state: () => state,
    unready,
    meet,
    found: (shown) => {
      if (state.phase === 'serving') {
        // Also one that does not say yet who asks: a full disk has empty files.
        const by = requester();
        if (by) handleRequest(by);
        else handle({ kind: 'taken-back' });
      }
      // No record was written of what an agent before this one has done: a request that stands goes on from there.
      if (shown === 'clients-closed') handle({ kind: 'found-closed' });
    },
    accept: (takes) => {
      handle({ kind: 'accepted', ...(takes && { takes }) });
    },
    renewTakes: (takes) => {
      if (isOnTheWay(state)) handle({ kind: 'takes', ...(takes && { takes }) });
    },
    refuse: () => {
      handle({ kind: 'refused' });
    },
    release: () => {
      if (state.phase === 'holding') handle({ kind: 'released' });
    },
    giveUp: () => {
      if (state.phase === 'holding') handle({ kind: 'given-up' });
    },
    settled: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        tellWaiting();
      }),
  };

  function unready(): 'draining' | 'drained' | undefined {
    if (!isUnready(state)) return undefined;
    const isWithoutClients = state.phase === 'undraining' ? state.wasClosed : isClosed(state);
    return isWithoutClients ? 'drained' : 'draining';
  }

  function meet(how: Acquaintance, left: Drain, startedWallMs?: number): void {
    if (how === 'new' || (how === 'unknown' && isStale(startedWallMs))) voidRequest();
    else if (!hasMet) {
      state = left;
      if (left.phase !== 'serving') log.info('drain-resumed', { ...shownDrain(left, clock) });
    }
    hasMet = true;
    const before = state;
    look();
    if (how === 'same' && state === before && state.phase !== 'serving') handle({ kind: 'resumed' });
  }

  /** Nobody knows of which life of the engine what is asked is. */
  function isStale(startedWallMs: number | undefined): boolean {
    const by = seenRequest(paths);
    const nowWallMs = clock.wallMs(clock.monotonicMs());
    return by !== undefined && isOfThePast(paths, by, { nowWallMs, startedWallMs });
  }

  /** Who asks; what was refused does not ask again, but where the pod ends meanwhile. */
  function requester(): DrainRequester | undefined {
    if (refusedId === undefined || requestId(paths) !== refusedId) {
      refusedId = undefined;
      return seenRequest(paths);
    }
    return hasPreStopBegun(paths) ? preStopRequester(options.plan()) : undefined;
  }

  /** What was asked of the life before is not asked of this one. */
  function voidRequest(): void {
    const asked = seenRequest(paths);
    attempt('remove-request', () => {
      removeRequest(paths);
    });
    if (asked || state.phase !== 'serving') log.warn('drain-void', { ...asked, ...shownDrain(state, clock) });
    handle({ kind: 'new-life' });
  }

  /** Files in the requests folder may have changed. */
  function look(): void {
    if (!hasMet || signal.aborted) return;
    const by = requester();
    if (!by) seenLast.withoutRequestMs = clock.monotonicMs();
    if (by?.cause !== 'unknown') unclearSinceMs = undefined;
    const isAtRest = state.phase === 'serving' || state.phase === 'undraining';
    if (isAtRest && by?.cause === 'unknown' && isHalfWritten()) {
      clearTimeout(secondLook);
      secondLook = startTimer(look, halfWrittenMs);
    } else if (by && isAtRest) handleRequest(by);
    else if (!by && !isAtRest) handle({ kind: 'taken-back' });
    else answer();
  }

  function handleRequest(by: DrainRequester): void {
    handle({ kind: 'requested', by, agoMs: ageOf(paths.drainRequest, by, seenLast.withoutRequestMs) });
  }

  function ageOf(file: string, { waitsSeconds = 0 }: DrainRequester, notBeforeMs: number): number {
    const nowMs = clock.monotonicMs();
    const waitsMs = waitsSeconds * 1000;
    const steppedMs = options.wallStepMs();
    return preStopAgeMs(file, { nowWallMs: clock.wallMs(nowMs), mostMs: nowMs - notBeforeMs, waitsMs, steppedMs });
  }

  function isHalfWritten(): boolean {
    const nowMs = clock.monotonicMs();
    unclearSinceMs ??= nowMs;
    return nowMs - unclearSinceMs < halfWrittenMs;
  }

  function handle(event: DrainEvent): void {
    if (signal.aborted) return;
    const before = state;
    const next = stepDrain(state, event, options.plan(), clock.monotonicMs());
    state = next.state;
    if (state.phase === 'undraining' && before.phase !== 'undraining' && state.wasClosed) options.onLetIn();
    if (before !== state) options.keep(state);
    if (before.phase !== state.phase) {
      tellDrain(log, before, shownDrain(state, clock), next.isRefused === true);
      stepNumber += 1;
      failures = 0;
      failureBefore = '';
      clearTimeout(retryTimer);
    }
    clearTimeout(wakeTimer);
    const wakeMs = drainWakeMs(state);
    if (wakeMs !== undefined) {
      wakeTimer = startTimer(() => {
        handle({ kind: 'time' });
      }, wakeMs - clock.monotonicMs());
    }
    if (next.isRefused) leaveRefused();
    if (next.isStep) bring(event.kind === 'step-failed');
    answer();
    options.onChange(state);
    tellWaiting();
  }

  function leaveRefused(): void {
    if (state.phase !== 'undraining') return;
    const { by } = state.request;
    const refusal = options.whyRefused();
    log.warn('drain-refused', { requestedBy: by, ...refusal });
    refusedId = requestId(paths);
    attempt('refuse', () => {
      leaveRefusal(paths, refusalText(refusal, by, clock.wallMs(clock.monotonicMs())));
    });
  }

  function bring(isRetry: boolean): void {
    clearTimeout(retryTimer);
    stepNumber += 1;
    const number = stepNumber;
    const isAwaited = isOnTheWay(state);
    const pauseMs = isAwaited ? retryMs : Math.min(retryMs * 2 ** Math.min(failures, 10), longestRetryMs);
    if (isRetry) retryTimer = startTimer(() => void carryOut(number), pauseMs);
    else void carryOut(number);
  }

  async function carryOut(number: number): Promise<void> {
    try {
      // What is wanted when the turn has come: another process may answer by then, or the request may be gone.
      await engine.setDrain((now) => drainAtEngine(state, options.message, now), signal);
      if (number === stepNumber) handle({ kind: 'step-done' });
    } catch (thrown) {
      if (signal.aborted || number !== stepNumber) return;
      failures += 1;
      const failure = describeFailure(thrown);
      if (failure.message !== failureBefore) log.warn('drain-failed-step', { step: state.phase, failure });
      failureBefore = failure.message;
      handle({ kind: 'step-failed' });
    }
  }

  function answer(): void {
    // Seen before it is taken away: a pod that ends waits for nobody's word, whoever asked before its preStop.
    const by = preStopRequester(options.plan());
    const hasBegun = hasPreStopBegun(paths);
    const agoMs = hasBegun ? ageOf(paths.drainDone, by, seenLast.withoutPreStopMs) : 0;
    if (!hasBegun) seenLast.withoutPreStopMs = clock.monotonicMs();
    const isEnding = isOnTheWay(state) && state.request.cause === 'command' && hasBegun;
    attempt('answer', () => {
      setAnswer(paths, shownDrain(state, clock));
    });
    if (isEnding && state.phase !== 'closing') {
      handle({ kind: 'pod-ends', by, agoMs });
    }
  }

  function attempt(step: string, work: () => void): void {
    try {
      work();
    } catch (thrown) {
      // Tried again at the next look; the engine's preStop waits its whole time, and there is nobody else to tell.
      const failure = describeFailure(thrown);
      if (failure.message !== failureBefore) log.error('drain-failed-step', { step, failure });
      failureBefore = failure.message;
    }
  }

  function tellWaiting(): void {
    if (isOnTheWay(state)) return;
    for (const resolve of waiting.splice(0)) resolve();
  }

  function stop(): void {
    clearTimeout(wakeTimer);
    clearTimeout(retryTimer);
    clearTimeout(secondLook);
    for (const resolve of waiting.splice(0)) resolve();
  }
}
