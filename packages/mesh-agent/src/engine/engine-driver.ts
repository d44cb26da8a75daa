import type { Engine, EngineChange, Eviction, RouteServerIntent } from '@meshrs/contract';
import type { ClientsThatRun, GuardFacts, Offender, Pin, RangeTable } from '@meshrs/mesh';
import type { IpAddress } from '@meshrs/network';
import type { DrainAtEngine } from './drain-at-engine.ts';
import type { EngineSession, Opened } from './engine-connection.ts';
import type { EngineFailure } from './engine-failure.ts';
import type { EngineObservation, MayEnd, PendingChange } from './mesh-engine.ts';

/**
 * What one routing daemon has of its own: its session, its configuration language, its answers. The rest is the same for
 * each and stands in `create-engine.ts`: turns, the connection, evictions, the drain, the guard.
 *
 * Calls come one after the other, each with a session that `open` gave.
 */
export interface EngineDriver<Session extends EngineSession, Config> {
  readonly engine: Engine;
  /** Opens a session and reads what runs. Rejects with EngineFailure, with nothing left open. */
  readonly open: (signal: AbortSignal) => Promise<Opened<Session>>;
  /** The evictions, the pins and the drain that what runs shows. */
  additionsThatRun(): {
    readonly evicted: readonly Omit<Offender, 'reason'>[];
    readonly pinned: readonly Pick<Pin, 'address' | 'group'>[];
    readonly drain: DrainAtEngine;
  };
  /** The ranges and declared clients that run, or of this configuration. */
  clientsIn(config?: Config): ClientsThatRun;
  /** Whether what runs is as drained as this, as far as it has anything to drain. */
  showsDrain(drain: DrainAtEngine): boolean;
  /** @throws EngineFailure `intent-not-renderable` */
  render(intent: RouteServerIntent): Config;
  /**
   * Of a configuration that is asked for, what may run now: without the changes that would end sessions of clients and that
   * `mayEnd` does not let go.
   */
  withhold(
    session: Session,
    asked: Asked<Config>,
    mayEnd: MayEnd,
    signal: AbortSignal,
  ): Promise<{ readonly config: Config; readonly pending: readonly PendingChange[] }>;
  /** Of the client ranges of a configuration that takes the place of what runs. */
  rangesToRun(config: Config): RangesToRun;
  /**
   * Makes what runs equal to what is desired, less each change that would end sessions of clients and that `consent` does not let
   * go: whoever wants it, and for whatever reason. It is the only way from a plan to the daemon.
   */
  change(session: Session, desired: Desired<Config>, consent: Consent, signal: AbortSignal): Promise<ChangeResult>;
  /**
   * Makes the daemon's configuration file equal to what it is to run when it starts again: what runs, without the drain, and
   * its range clients as neighbors. Rejects with `config-not-written`.
   */
  save(): Promise<void>;
  /** The same where other range clients are there than the file has, and not often. */
  saveNowAndThen(): Promise<void>;
  observe(session: Session, desired: Desired<Config>, signal: AbortSignal): Promise<EngineObservation>;
  /** What runs, in the daemon's own words. */
  runningConfig(session: Session, signal: AbortSignal): Promise<string>;
  /** What the guard looks at; undefined while no BGP runs. */
  guardFacts(session: Session, intent: RouteServerIntent, signal: AbortSignal): Promise<SeenByGuard | undefined>;
  /** Ends the hold of a neighbor that exceeded its maximum-prefix: it is taken at its next attempt. It is down, and loses nothing. */
  takeAgain(session: Session, address: IpAddress, signal: AbortSignal): Promise<void>;
  /** Ends the connection of a neighbor that came from a range, if it is no session now; says whether it did. */
  endUnlessEstablished(session: Session, address: IpAddress, signal: AbortSignal): Promise<boolean>;
  close(): Promise<void>;
}

/** Which clients come by a range. */
export interface RangesToRun {
  /** The group of the range that holds an address, if that is no neighbor of its own there. */
  readonly groupOf: (address: IpAddress) => string | undefined;
  /** Whether a range that runs now, and stays, holds an address that is no neighbor now: somebody may have come from there already. */
  readonly mayHaveLetIn: (address: IpAddress) => boolean;
}

/** Whose sessions a change of what runs may end. */
export interface Consent {
  readonly mayEnd: MayEnd;
  /** What is left out; called before anything is changed, and again where a later plan leaves out something else. */
  readonly onDecided: (left: readonly PendingChange[]) => void;
}

/** What the daemon tells the guard. */
export interface SeenByGuard extends Omit<GuardFacts, 'intent'> {
  readonly range: RangeTable;
}

/** What a driver tells without being asked. */
export interface DriverEvents {
  readonly onSessionsChanged: () => void;
  readonly onSessionEnded: (end: SessionEnd) => void;
}

/** An established session that is no more, and who ended it; `engine`: the daemon, for whatever reason. */
export interface SessionEnd {
  readonly address: IpAddress;
  readonly by: 'engine' | 'peer' | 'unknown';
}

/** The desired configuration: what was asked for, with what the agent itself adds. */
export interface Desired<Config> {
  /** Undefined before the first `apply`: what runs is then desired. */
  readonly asked: Asked<Config> | undefined;
  readonly evictions: readonly Eviction[];
  /** Range clients that the daemon is to know as neighbors of their group. */
  readonly pins: readonly Pick<Pin, 'address' | 'group' | 'isKept'>[];
  readonly drain: DrainAtEngine;
}

export interface Asked<Config> {
  readonly intent: RouteServerIntent;
  readonly config: Config;
}

/** How far a change came. */
export interface ChangeResult {
  /** What was carried out. */
  readonly changes: readonly EngineChange[];
  readonly commandCount: number;
  /** What was left out because of the sessions that it would have ended. */
  readonly left: readonly PendingChange[];
  /** What ended it too early. */
  readonly failure?: EngineFailure;
}
