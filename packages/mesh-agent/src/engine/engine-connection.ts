import type { Engine, EngineChange } from '@meshrs/contract';
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineFailure, type EngineFailureCode } from './engine-failure.ts';

/** A conversation with a daemon. */
export interface EngineSession {
  /** Resolves when it has ended, with the reason. */
  readonly ended: Promise<EngineFailure>;
  close(): void;
}

export interface Opened<Session extends EngineSession> {
  readonly session: Session;
  /** Which process of the daemon answers: equal as long as it lives, also over restarts of the agent; its form is the driver's. */
  readonly life: string;
  /** When it started, by the wall clock; left out: not known. */
  readonly startedWallMs?: number;
  /** Changes whose outcome was not known when the session before ended, and that were carried out all the same. */
  readonly changes: readonly EngineChange[];
}

export interface EngineConnectionOptions<Session extends EngineSession> {
  readonly engine: Engine;
  /** One try, up to a session with which the engine can be used. */
  readonly open: (signal: AbortSignal) => Promise<Opened<Session>>;
  /** `isFirst`: this agent was not connected before. */
  readonly onConnected: (
    opened: Opened<Session>,
    how: { readonly isFirst: boolean; readonly isRestart: boolean },
  ) => void;
  readonly onLost: (failure: EngineFailure) => void;
}

/** The connection to a daemon that comes and goes: at most one session, opened when it is asked for. */
export interface EngineConnection<Session extends EngineSession> {
  /** The session that there is, or a new one. */
  current(signal: AbortSignal): Promise<Session>;
  /** Tries until the daemon answers, and tells of each try that failed; a failure that waiting does not help rejects at once. */
  connectPatiently(signal: AbortSignal, onFailedTry?: (failure: EngineFailure) => void): Promise<void>;
  close(): void;
}

const firstPauseMs = 20;
const longestPauseMs = 1000;
/** What a daemon that is about to start, or to start again, does to who connects; anything else is told at once. */
const startingCodes: readonly EngineFailureCode[] = ['engine-unreachable', 'engine-lost', 'engine-timeout'];

export function createEngineConnection<Session extends EngineSession>(
  options: EngineConnectionOptions<Session>,
): EngineConnection<Session> {
  let session: Session | undefined;
  let lastLife: string | undefined;

  return {
    current,
    connectPatiently: async (signal, onFailedTry) => {
      for (let pause = firstPauseMs; ; pause = Math.min(2 * pause, longestPauseMs)) {
        try {
          await current(signal);
          return;
        } catch (failure) {
          const isWorthWaiting = failure instanceof EngineFailure && startingCodes.includes(failure.code);
          if (!isWorthWaiting || signal.aborted) throw failure;
          onFailedTry?.(failure);
          await pauseFor(pause, options.engine, signal);
        }
      }
    },
    close: () => {
      const open = session;
      session = undefined;
      open?.close();
    },
  };

  async function current(signal: AbortSignal): Promise<Session> {
    if (session) return session;
    const opened = await options.open(signal);
    const isFirst = lastLife === undefined;
    const isRestart = !isFirst && lastLife !== opened.life;
    lastLife = opened.life;
    session = opened.session;
    void opened.session.ended.then((failure) => {
      if (session !== opened.session) return;
      session = undefined;
      options.onLost(failure);
    });
    options.onConnected(opened, { isFirst, isRestart });
    return opened.session;
  }
}

async function pauseFor(milliseconds: number, engine: Engine, signal: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch (cause) {
    throw new EngineFailure('Connecting to the routing engine was given up because the caller asked for it.', {
      code: 'aborted',
      engine,
      operation: 'connect',
      retryable: false,
      cause,
    });
  }
}
