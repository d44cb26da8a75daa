import type { FailureDescription } from '@meshrs/contract';
import { createPause } from '../async/pause.ts';
import type { EngineObservation, MeshEngine } from '../engine/mesh-engine.ts';
import { describeFailure } from '../failure.ts';
import type { Log } from '../log/log.ts';
import { withoutSecretOfLine } from '../log/redact.ts';

export interface ObserverOptions {
  readonly engine: MeshEngine;
  readonly isConnected: () => boolean;
  /** Called with each look. */
  readonly onSeen?: (observation: EngineObservation) => void;
  readonly log: Log;
  /** Of a clock that never steps. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** What is known of the engine: read a moment ago, read longer ago and not since, or not known. */
export type Observed =
  | { readonly kind: 'read'; readonly ageMs: number; readonly observation: EngineObservation }
  | {
      readonly kind: 'stale';
      readonly ageMs: number;
      readonly observation: EngineObservation;
      /** Why there is nothing newer. */
      readonly failure: FailureDescription;
    }
  | { readonly kind: 'unreadable'; readonly failure: FailureDescription };

/** What an engine that is busy had longer ago than this is not what it has. */
export const staleAfterMs = 5000;

/** What the engine was last seen to be. */
export interface Observer {
  /** Looks now; who asks while a look is under way gets that one. Undefined while the engine does not answer. */
  look(): Promise<EngineObservation | undefined>;
  /** What is known, after a new look if the last one is not young; who asks waits for that no longer than `patienceMs`. */
  read(wish: { readonly youngerThanMs: number; readonly patienceMs: number }): Promise<Observed>;
  /** Undefined when nothing was seen since `forget`, or when the last look failed. */
  last(): EngineObservation | undefined;
  /** The engine is not as it was last seen any more. */
  forget(): void;
  /** How often it was forgotten: what was made of it before tells of another time. */
  changes(): number;
}

interface Seen {
  /** When the engine was asked. */
  readonly atMs: number;
  readonly observation: EngineObservation;
}

export function createObserver(options: ObserverOptions): Observer {
  const { engine, isConnected, log, now, signal } = options;
  let seen: Seen | undefined;
  /** What was seen before it was forgotten, or before looks failed. */
  let before: Seen | undefined;
  let failed: FailureDescription | undefined;
  let looking: Promise<EngineObservation | undefined> | undefined;
  let askedAtMs = now();
  let forgotten = 0;
  let failureBefore = '';
  let oddBefore: ReadonlySet<string> = new Set();

  return {
    look,
    read: async ({ youngerThanMs, patienceMs }) => {
      if (!isConnected()) return { kind: 'unreadable', failure: notConnected };
      if (seen && now() - seen.atMs < youngerThanMs) return known();
      const done = new AbortController();
      const found = look().finally(() => {
        done.abort();
      });
      await Promise.race([found, createPause().wait(patienceMs, AbortSignal.any([signal, done.signal]))]);
      return known();
    },
    last: () => seen?.observation,
    forget: () => {
      forgotten += 1;
      before = seen ?? before;
      seen = undefined;
    },
    changes: () => forgotten,
  };

  function known(): Observed {
    if (seen && now() - seen.atMs <= staleAfterMs) return { kind: 'read', ...aged(seen) };
    const older = seen ?? before;
    const failure = failed ?? busy(now() - askedAtMs);
    return older ? { kind: 'stale', ...aged(older), failure } : { kind: 'unreadable', failure };
  }

  function aged({ atMs, observation }: Seen) {
    return { ageMs: Math.max(0, Math.round(now() - atMs)), observation };
  }

  function look(): Promise<EngineObservation | undefined> {
    looking ??= lookOnce().finally(() => {
      looking = undefined;
    });
    return looking;
  }

  async function lookOnce(): Promise<EngineObservation | undefined> {
    const atMs = now();
    askedAtMs = atMs;
    try {
      const found = await engine.observe(signal);
      // Here, because from here it goes into the log, into /status and into the debug archive.
      const observation = { ...found, unknownLines: found.unknownLines.map(withoutSecretOfLine) };
      seen = { atMs, observation };
      before = undefined;
      failed = undefined;
      failureBefore = '';
      options.onSeen?.(observation);
      tellOdd(observation.notUnderstood);
      return observation;
    } catch (thrown) {
      before = seen ?? before;
      seen = undefined;
      const failure = describeFailure(thrown);
      failed = failure;
      // The link tells that the engine is gone; anything else is worth a line, once.
      if (isConnected() && !signal.aborted && failure.message !== failureBefore)
        log.error('engine-failed', { failure });
      failureBefore = failure.message;
      return undefined;
    }
  }

  /** Each once, for as long as it is seen. */
  function tellOdd(notUnderstood: readonly string[]): void {
    const added = notUnderstood.filter((odd) => !oddBefore.has(odd));
    if (added.length > 0) log.warn('engine-not-understood', { engine: engine.engine, notUnderstood: added });
    oddBefore = new Set(notUnderstood);
  }
}

const notConnected: FailureDescription = {
  code: 'engine-not-connected',
  operation: 'read the sessions',
  message: 'The engine does not answer.',
  retryable: true,
  causes: [],
};

function busy(waitedMs: number): FailureDescription {
  return {
    code: 'engine-busy',
    operation: 'read the sessions',
    message: `The engine has not answered for ${(waitedMs / 1000).toFixed(1)} s.`,
    retryable: true,
    causes: [],
  };
}
