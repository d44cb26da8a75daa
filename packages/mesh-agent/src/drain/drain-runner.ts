import type { DrainCause, DrainState, DrainTimes } from '@meshrs/contract';
import { existsSync } from 'node:fs';
import type { Clock } from '../async/clock.ts';
import { startTimer } from '../async/timer.ts';
import type { MeshEngine } from '../engine/mesh-engine.ts';
import { describeFailure } from '../failure.ts';
import { watchFolder } from '../files/watch-folder.ts';
import { writeAtomically } from '../files/write-atomically.ts';
import type { Log } from '../log/log.ts';
import { shownDrain } from './shown-drain.ts';
import { drainWakeMs, stepDrain, type DrainAction, type DrainEvent } from './drain-machine.ts';

export interface DrainRunnerOptions {
  readonly engine: Pick<MeshEngine, 'startGracefulShutdown' | 'closeClientSessions'>;
  readonly isEngineConnected: () => boolean;
  readonly paths: { readonly requestsFolder: string; readonly drainRequest: string; readonly drainDone: string };
  readonly times: () => DrainTimes;
  /** What clients read in the Cease (RFC 9003). */
  readonly message: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly pollMs: number;
  readonly signal: AbortSignal;
  readonly onChange: (state: DrainState) => void;
}

/** Takes the route server down, step by step, when it is asked to. */
export interface DrainRunner {
  state(): DrainState;
  /** True from the moment when client sessions are closed. */
  isUnready(): boolean;
  request(cause: DrainCause): void;
  /** Resolves when the route server is drained. */
  drained(): Promise<void>;
}

/** A failing step is tried again after this time. */
const retryMs = 250;

/** Long: the steps of one drain share its state, its two timers and its end. */
export function createDrainRunner(options: DrainRunnerOptions): DrainRunner {
  const { clock, engine, paths, log, signal } = options;
  let state: DrainState = { phase: 'serving' };
  let isUnready = false;
  let wakeTimer: NodeJS.Timeout | undefined;
  let retryTimer: NodeJS.Timeout | undefined;
  const finished = Promise.withResolvers<undefined>();

  watchFolder(paths.requestsFolder, { pollMs: options.pollMs, signal }, checkRequestFile);
  // After the caller holds the runner: a request that lies there already is answered like any other.
  queueMicrotask(checkRequestFile);
  signal.addEventListener('abort', stopTimers, { once: true });

  return {
    state: () => state,
    isUnready: () => isUnready,
    request: (cause) => {
      handle({ kind: 'requested', cause });
    },
    drained: async () => {
      await finished.promise;
    },
  };

  function checkRequestFile(): void {
    if (state.phase === 'serving' && existsSync(paths.drainRequest))
      handle({ kind: 'requested', cause: 'request-file' });
  }

  function handle(event: DrainEvent): void {
    if (signal.aborted) return;
    const before = state;
    const next = stepDrain(state, event, options.times(), clock.monotonicMs());
    state = next.state;
    if (before.phase !== state.phase) tell(before, state);
    clearTimeout(wakeTimer);
    const wakeMs = drainWakeMs(state);
    if (wakeMs !== undefined)
      wakeTimer = startTimer(() => {
        handle({ kind: 'time' });
      }, wakeMs - clock.monotonicMs());
    for (const action of next.actions) act(action, event.kind === 'step-failed');
    options.onChange(state);
  }

  function act(action: DrainAction, isRetry: boolean): void {
    switch (action) {
      case 'start-graceful-shutdown':
        later(isRetry, () => {
          void carryOut('start-graceful-shutdown', () => engine.startGracefulShutdown(signal));
        });
        return;
      case 'close-client-sessions':
        later(isRetry, () => {
          void carryOut('close-client-sessions', () => engine.closeClientSessions(options.message, signal));
        });
        return;
      case 'become-unready':
        isUnready = true;
        return;
      case 'write-answer':
        void answer();
        return;
    }
  }

  function later(isRetry: boolean, work: () => void): void {
    clearTimeout(retryTimer);
    if (isRetry) retryTimer = setTimeout(work, retryMs);
    else work();
  }

  async function carryOut(step: DrainAction, work: () => Promise<void>): Promise<void> {
    const phase = state.phase;
    try {
      if (options.isEngineConnected() || !('cause' in state) || state.cause !== 'signal') await work();
      else throw new EngineGone();
      if (state.phase === phase) handle({ kind: 'step-done' });
    } catch (thrown) {
      if (signal.aborted || state.phase !== phase) return;
      const isEngineGone = !options.isEngineConnected();
      if (!(thrown instanceof EngineGone)) log.warn('drain-failed-step', { step, failure: describeFailure(thrown) });
      handle({ kind: 'step-failed', isEngineGone });
    }
  }

  async function answer(): Promise<void> {
    try {
      await writeAtomically(paths.drainDone, `${JSON.stringify(shownDrain(state, clock))}\n`, 0o644);
    } catch (thrown) {
      // The engine's preStop then waits its whole time; there is nobody else to tell.
      log.error('drain-failed-step', { step: 'write-answer', failure: describeFailure(thrown) });
    }
    finished.resolve(undefined);
  }

  function tell(before: DrainState, after: DrainState): void {
    const shown = shownDrain(after, clock);
    if (before.phase === 'serving') log.warn('drain-started', { ...shown });
    else if (after.phase === 'drained') log.warn('drain-ended', { ...shown });
    else log.info('drain-step', { ...shown });
  }

  function stopTimers(): void {
    clearTimeout(wakeTimer);
    clearTimeout(retryTimer);
  }
}

/** The engine has ended before the agent was asked to: nothing is to be drained. */
class EngineGone extends Error {}
