import type { FailureDescription } from '@meshrs/contract';
import type { EngineFailure } from '../engine/engine-failure.ts';
import type { EngineEvent, LeftOutChanges, MeshEngine } from '../engine/mesh-engine.ts';
import { describeFailure } from '../failure.ts';
import { firstOf } from '../log/first-of.ts';
import type { Log } from '../log/log.ts';
import { createPause, hasAborted } from '../async/pause.ts';
import type { Acquaintance } from '../engine/acquaintance.ts';

export interface EngineLinkState {
  readonly isConnected: boolean;
  readonly sinceMs: number;
  readonly restartCount: number;
  /** Why the connection was lost; of an engine that has not answered yet, why the last try failed. */
  readonly failure?: FailureDescription;
}

export interface EngineLinkOptions {
  readonly engine: MeshEngine;
  readonly log: Log;
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** How this life of the engine stands to what is kept of it. */
  readonly meet: (life: string) => { readonly how: Acquaintance; readonly restartCount: number };
  /** Called each time the engine answers again. */
  readonly onConnected: (how: Acquaintance, startedWallMs: number | undefined) => void;
  readonly onLost: () => void;
  readonly onSessionsChanged: () => void;
}

/** Keeps the agent connected to the engine; each loss is followed by another try, for as long as the agent runs. */
export interface EngineLink {
  state(): EngineLinkState;
}

/** A connect that failed for another reason than the signal is tried again after this time. */
const retryMs = 500;
/** An engine that starts with its pod is there earlier; one that is not is worth a line. */
const awaitedMs = 5000;

export function startEngineLink(options: EngineLinkOptions): EngineLink {
  const { engine, log, now, signal } = options;
  let state: EngineLinkState = { isConnected: false, sinceMs: now(), restartCount: 0 };
  let hasAnswered = false;
  let isTold = false;
  const leftOut = createLeftOutLog(log);
  let lost = Promise.withResolvers<undefined>();

  const unsubscribe = engine.subscribe(hear);
  signal.addEventListener(
    'abort',
    () => {
      unsubscribe();
      lost.resolve(undefined);
    },
    { once: true },
  );
  // When the caller has the link: an engine may answer within the call.
  queueMicrotask(() => void keepConnected());

  return { state: () => state };

  async function keepConnected(): Promise<void> {
    while (!signal.aborted) {
      try {
        await engine.connect(signal, failedToConnect);
        await lost.promise;
      } catch (thrown) {
        if (hasAborted(signal)) return;
        log.error('engine-failed', { operation: 'connect', failure: describeFailure(thrown) });
        await createPause().wait(retryMs, signal);
      }
    }
  }

  function failedToConnect(failure: EngineFailure): void {
    const description = describeFailure(failure);
    if (!hasAnswered) state = { ...state, failure: description };
    if (isTold || now() - state.sinceMs < awaitedMs) return;
    isTold = true;
    log.warn('engine-awaited', { engine: engine.engine, failure: description });
  }

  function hear(event: EngineEvent): void {
    switch (event.kind) {
      case 'connected':
        connected(event.life, event.startedWallMs);
        return;
      case 'lost':
        wasLost(event.failure);
        return;
      case 'sessions-changed':
        options.onSessionsChanged();
        return;
      case 'left-out':
        leftOut.tell(event);
        return;
      case 'changed':
        return;
    }
  }

  function connected(life: string, startedWallMs: number | undefined): void {
    lost = Promise.withResolvers();
    hasAnswered = true;
    isTold = false;
    const { how, restartCount } = options.meet(life);
    state = { isConnected: true, sinceMs: now(), restartCount };
    log.info('engine-connected', { engine: engine.engine, isRestart: how === 'new', restartCount });
    const kept = engine.pins().filter(({ isKept }) => isKept === true).length;
    if (how === 'new' && kept > 0) log.warn('range-clients-kept', { count: kept });
    options.onConnected(how, startedWallMs);
  }

  function wasLost(failure: EngineFailure): void {
    if (state.isConnected) {
      const description = describeFailure(failure);
      state = { ...state, isConnected: false, sinceMs: now(), failure: description };
      log.warn('engine-lost', { engine: engine.engine, failure: description });
      options.onLost();
    }
    lost.resolve(undefined);
  }
}

/** Each once, for as long as it is left out: what was done, or asked about, since then and is left out again is told again. */
function createLeftOutLog(log: Log) {
  let told: ReadonlySet<string> = new Set();
  return {
    tell: ({ left, unasked, isWhole }: LeftOutChanges) => {
      const keys = new Set(left.map(({ key }) => key));
      const isNew = unasked.some(({ key }) => !told.has(key));
      const changes = unasked.map(({ change }) => change);
      if (isNew) log.warn('changes-left-out', firstOf('changes', changes));
      const still = [...told].filter((key) => !isWhole || keys.has(key));
      told = new Set([...still, ...unasked.map(({ key }) => key)]);
    },
  };
}
