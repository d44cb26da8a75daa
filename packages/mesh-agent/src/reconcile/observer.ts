import type { EngineObservation, MeshEngine } from '../engine/mesh-engine.ts';
import { describeFailure } from '../failure.ts';
import type { Log } from '../log/log.ts';

export interface ObserverOptions {
  readonly engine: MeshEngine;
  readonly isConnected: () => boolean;
  readonly log: Log;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** What the engine was last seen to be. */
export interface Observer {
  /** Looks now; who asks while a look is under way gets that one. Undefined while the engine does not answer. */
  look(): Promise<EngineObservation | undefined>;
  /** The last look, or a new one if that is older than so many milliseconds. */
  lookUnlessYounger(milliseconds: number): Promise<EngineObservation | undefined>;
  /** Undefined when nothing was seen since `forget`. */
  last(): EngineObservation | undefined;
  /** The engine is not as it was last seen any more. */
  forget(): void;
}

export function createObserver(options: ObserverOptions): Observer {
  const { engine, isConnected, log, now, signal } = options;
  let seen: { readonly atMs: number; readonly observation: EngineObservation } | undefined;
  let looking: Promise<EngineObservation | undefined> | undefined;
  let failureBefore = '';

  return {
    look,
    lookUnlessYounger: async (milliseconds) => {
      if (seen && now() - seen.atMs < milliseconds) return seen.observation;
      return isConnected() ? await look() : undefined;
    },
    last: () => seen?.observation,
    forget: () => {
      seen = undefined;
    },
  };

  function look(): Promise<EngineObservation | undefined> {
    looking ??= lookOnce().finally(() => {
      looking = undefined;
    });
    return looking;
  }

  async function lookOnce(): Promise<EngineObservation | undefined> {
    try {
      const observation = await engine.observe(signal);
      seen = { atMs: now(), observation };
      failureBefore = '';
      return observation;
    } catch (thrown) {
      seen = undefined;
      const failure = describeFailure(thrown);
      // The link tells that the engine is gone; anything else is worth a line, once.
      if (isConnected() && !signal.aborted && failure.message !== failureBefore)
        log.error('engine-failed', { failure });
      failureBefore = failure.message;
      return undefined;
    }
  }
}
