import type { EngineChange } from '@meshrs/contract';
import { machineClock } from '../async/clock.ts';
import { notDrained, type DrainAtEngine } from './drain-at-engine.ts';
import type { EngineSession } from './engine-connection.ts';
import type { Asked, Desired, EngineDriver } from './engine-driver.ts';
import type { EvictionKeeper } from './eviction-keeper.ts';
import type { Applied } from './mesh-engine.ts';

export interface DesiredKeeperOptions<Session extends EngineSession, Config> {
  readonly driver: EngineDriver<Session, Config>;
  readonly evictions: EvictionKeeper;
  /** Called with each change that was carried out, also by an attempt that fails. */
  readonly onChanged: (changes: readonly EngineChange[]) => void;
}

/** What the daemon shall run: what was asked for last, with evictions and drain on top. */
export interface DesiredKeeper<Session extends EngineSession, Config> {
  asked(): Asked<Config> | undefined;
  ask(asked: Asked<Config>): void;
  setDrain(next: DrainAtEngine): void;
  /** The evictions and the drain of the agent before this one go on. */
  takeOver(): void;
  now(): Desired<Config>;
  /** Whether what runs may still lack something that was decided: the attempt to bring it there has failed. */
  isBehind(): boolean;
  /**
   * Makes what runs equal to what is desired, and the daemon's file with it, but for the drain; `asRuns`: what runs takes the place of what
   * was asked for.
   */
  bring(session: Session, signal: AbortSignal, asRuns?: 'asRuns'): Promise<Brought>;
}

export interface Brought extends Omit<Applied, 'milliseconds'> {
  /** When the daemon had given its last answer. */
  readonly endedAt: number;
}

export function createDesiredKeeper<Session extends EngineSession, Config>(
  options: DesiredKeeperOptions<Session, Config>,
): DesiredKeeper<Session, Config> {
  const { driver, evictions } = options;
  let asked: Asked<Config> | undefined;
  let drain = notDrained;
  let isBehind = false;

  return {
    asked: () => asked,
    ask: (next) => {
      asked = next;
      evictions.retain((inForce) => driver.evictionsThatHold(next.config, inForce));
    },
    setDrain: (next) => {
      drain = next;
    },
    takeOver: () => {
      const running = driver.additionsThatRun();
      drain = running.drain;
      evictions.takeOver(running.evicted);
    },
    now: desired,
    isBehind: () => isBehind,
    bring: async (session, signal, asRuns) => {
      isBehind = true;
      const target = asRuns ? { ...desired(), asked: undefined } : desired();
      const { changes, commandCount, failure } = await driver.change(session, target, signal);
      const endedAt = machineClock.monotonicMs();
      if (changes.length > 0) options.onChanged(changes);
      if (failure !== undefined) {
        // The failure that is told is the one that came first; the next call writes the file again.
        await driver.save().catch(() => undefined);
        throw failure;
      }
      isBehind = false;
      await driver.save();
      return { changes, commandCount, endedAt };
    },
  };

  function desired(): Desired<Config> {
    return { asked, evictions: evictions.list(), drain };
  }
}
