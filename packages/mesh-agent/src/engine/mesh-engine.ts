import type {
  BgpSession,
  Engine,
  EngineChange,
  EngineDrain,
  Eviction,
  EvictionReason,
  PassedOverNeighbor,
  PinStanding,
  RouteServerIntent,
} from '@meshrs/contract';
import type { GuardPolicy, Pin, ReasonGone } from '@meshrs/mesh';
import type { IpAddress } from '@meshrs/network';
import type { DrainAtEngine } from './drain-at-engine.ts';
import type { EngineFailure } from './engine-failure.ts';
import type { GuardEntry } from './guard-record.ts';
import type { HeldSince } from './held-keeper.ts';

/**
 * A running routing daemon as the agent sees it: `create-engine.ts` beside this file with the driver of one daemon, which
 * has a folder of its own (`src/frr/`).
 *
 * The engine owns four things beside the intent, and keeps them over an `apply`: the evictions, the pins, the state of the
 * drain, and the engine's configuration file, which equals what runs without the drain, so that a daemon that restarts starts
 * with the last good set. What an agent before this one left behind (evictions, pins, a drain) is taken over at `connect`.
 *
 * Every method rejects with an `EngineFailure`. Calls may overlap: they are carried out one after the other. After the
 * daemon was lost, each call connects again first.
 */
export interface MeshEngine {
  readonly engine: Engine;

  /**
   * Resolves when the daemon answers and what it runs has been read. While it does not answer, tries again until `signal`
   * aborts, which rejects with code `aborted`; other failures reject at once. Connected already: resolves at once.
   * `onFailedTry` is told of each try after which another one follows.
   */
  connect(signal: AbortSignal, onFailedTry?: (failure: EngineFailure) => void): Promise<void>;

  /**
   * Makes what runs equal to the intent (with evictions and drain on top) by the fewest changes that reset the fewest
   * sessions; what runs already is not sent. A rejected command undoes the change it belongs to; what depends on it waits,
   * all else goes on, and at the end it is a failure with code `command-rejected`, here alone: the other calls succeed
   * when what they want runs. Evictions that mean nothing there end with it; they are reviewed by `policy`,
   * which is that of the last call when left out. A change that would end sessions of clients, and that `withholding` does not
   * let go, is left out with what depends on it, and the next call asks again. What is let go is so for this call alone: where it
   * fails, the next one asks. Left out: all may go.
   */
  apply(
    intent: RouteServerIntent,
    signal: AbortSignal,
    policy?: GuardPolicy,
    withholding?: Withholding,
  ): Promise<Applied>;

  /** Reads what runs and every session afresh. Somebody else's change to the configuration shows in `unknownLines`. */
  observe(signal: AbortSignal): Promise<EngineObservation>;

  /** What runs, in the daemon's own words; it may hold secrets. */
  runningConfig(signal: AbortSignal): Promise<string>;

  /**
   * One look at the sessions: evicts those that break the policy, ends evictions that have expired or whose reason is
   * gone, and pins range clients that the daemon closes again and again, and the addresses of narrow ranges. The intent of the last `apply` tells which AS
   * numbers a group takes; before the first `apply` nobody is evicted or pinned.
   */
  guard(policy: GuardPolicy, signal: AbortSignal): Promise<GuardResult>;

  /** The evictions in force, by address: what the daemon runs, as far as it is known, and not what is decided. */
  evictions(): readonly Eviction[];

  /** The clients that the daemon itself holds down when they exceed their maximum-prefix, by address. */
  pins(): readonly WatchedClient[];

  /** The clients, declared and pinned, that the daemon held down at the last look for their maximum-prefix, by address. */
  held(): readonly HeldSince[];

  /**
   * Lets one address, or all, come back now, and forgets their backoff. A pinned client is let go when it is down, so that
   * it loses no session by that; one that the daemon holds down is taken at its next attempt. Where `wanted` has aborted
   * before anything was changed, nothing is, and the call rejects with `aborted`: what is reported as not done is not done
   * later.
   */
  clearEvictions(which: IpAddress | 'all', signal: AbortSignal, wanted?: AbortSignal): Promise<Cleared>;

  /** What the guard knows and the daemon does not: reasons, counts, times. For the agent after this one. */
  guardRecord(): readonly GuardEntry[];

  /**
   * Takes what `guardRecord` gave to the agent before this one; call it when the engine is connected, before `apply`. What
   * is no such record is refused, with `false`: evictions of that agent then have no reason but that they were there.
   */
  restoreGuardRecord(entries: unknown): boolean;

  /**
   * Makes the engine as drained as `wanted` says when the turn of this call has come, from what it is then; idempotent.
   * First half: every route is sent again with GRACEFUL_SHUTDOWN (RFC 8326); no session drops. Second half: every client
   * session is closed with Cease, Administrative Shutdown, and the message (RFC 9003: at most 255 bytes), and none is taken
   * any more; the mesh stays, so that the withdrawals reach it. Either half can be taken back; the engine's file never has
   * one, so that a daemon that starts again serves.
   */
  setDrain(wanted: (now: DrainAtEngine) => DrainAtEngine, signal: AbortSignal): Promise<void>;

  /** Calls `listener` at each event until the returned function is called. Listeners do not throw. */
  subscribe(listener: (event: EngineEvent) => void): () => void;

  /** Ends the connection to the daemon, which goes on as it is. */
  close(): Promise<void>;
}

/** What happens at the daemon without being asked for. */
export type EngineEvent =
  /**
   * The daemon answers. `life` names its process, and stays equal while that lives, whichever agent asks; `isRestart` when
   * it is not the process that this agent was connected to before. Apply the intent again. `startedWallMs`: when the process
   * started, by the wall clock, where that is known.
   */
  | {
      readonly kind: 'connected';
      readonly life: string;
      readonly isRestart: boolean;
      readonly startedWallMs?: number;
    }
  /** The connection ended. The engine does not connect again by itself: call `connect`. */
  | { readonly kind: 'lost'; readonly failure: EngineFailure }
  /** What runs was changed, by whichever call, also by one that fails afterwards. */
  | { readonly kind: 'changed'; readonly changes: readonly EngineChange[] }
  /** What a call has left out; one that has looked at all that is wanted tells also, and once, that this is nothing any more. */
  | ({ readonly kind: 'left-out' } & LeftOutChanges)
  /** A session came up or went down, or exceeded its maximum-prefix: a good moment for `guard` and `observe`. */
  | { readonly kind: 'sessions-changed' };

/** Changes that would have ended sessions of clients. */
export interface LeftOutChanges {
  readonly left: readonly PendingChange[];
  /** Of these, where nobody could be asked about them: they are planned anew at the next `apply`, which asks. */
  readonly unasked: readonly PendingChange[];
  /** All that is wanted was looked at; otherwise more may be left out still. */
  readonly isWhole: boolean;
}

/** A change that would end sessions of clients. */
export interface PendingChange {
  /** The same for the same change, from call to call. */
  readonly key: string;
  readonly change: EngineChange;
  /** Whose sessions. */
  readonly clients: readonly IpAddress[];
}

/** Whether a change may end the sessions that it would end. */
export type MayEnd = (change: PendingChange) => boolean;

export interface Withholding {
  /** An `apply` asks from here on; what was let go in one before it, and not decided, is no more than that. */
  readonly begin: () => void;
  readonly mayEnd: MayEnd;
  /** These are left out; called before anything is changed, and again where a later plan of the same `apply` leaves out others. */
  readonly onDecided: (pending: readonly PendingChange[]) => void;
  /** The `apply` has ended, also by a failure: nothing that it has let go ends a session any more. */
  readonly onEnd: () => void;
}

/** What an `apply` did; no changes: what ran was right. */
export interface Applied {
  readonly changes: readonly EngineChange[];
  readonly commandCount: number;
  /** From the call to the last answer of the daemon, without the time spent waiting for other calls. */
  readonly milliseconds: number;
}

export interface EngineObservation {
  readonly version: string;
  readonly sessions: readonly BgpSession[];
  /** Neighbors that the daemon has, and that cannot be told as sessions: one without an address, say. */
  readonly passedOver?: readonly PassedOverNeighbor[];
  readonly drain: EngineDrain;
  /** The neighbors that came from client ranges, and how many the daemon takes; left out while it runs no BGP. */
  readonly rangeNeighbors?: RangeNeighborCount;
  /** Lines of the running configuration that the agent knows nothing of; it leaves them alone. */
  readonly unknownLines: readonly string[];
  /**
   * What the daemon says and the agent does not understand, and what it cannot hear, each by name: passed over or shown as
   * unknown, while all else goes on. Bounded.
   */
  readonly notUnderstood: readonly string[];
  /** What `apply` would change now, for the intent of the last `apply`: empty when all is as wanted. */
  readonly outstanding: readonly EngineChange[];
  /** Of these, what somebody else has changed: the last change did not leave it out, and the daemon did not reject it. */
  readonly drifted: readonly EngineChange[];
}

export interface RangeNeighborCount {
  readonly count: number;
  readonly established: number;
  readonly limit: number;
}

export interface RangeLook extends RangeNeighborCount {
  /** How many are on the way to a session. */
  readonly waiting: number;
  /** Who was on the way for too long while places were scarce, and lost its connection. */
  readonly cleared: readonly IpAddress[];
}

export interface GuardResult {
  /** Evictions that are in force since the last look, whichever look or `apply` decided on them. */
  readonly evicted: readonly Eviction[];
  /** Evictions that ended since the last look, also by an `apply`: the address may come again. */
  readonly ended: readonly EndedEviction[];
  readonly pinned: readonly Pin[];
  /** Addresses of narrow ranges that are neighbors of their own now, whoever comes from there or not. */
  readonly reserved: readonly Pin[];
  /** Also those that an `apply` dropped since the last look. */
  readonly unpinned: readonly UnpinnedClient[];
  /** Whom the daemon holds down for its maximum-prefix since this look, and whom no longer. */
  readonly held: readonly HeldSince[];
  readonly released: readonly HeldSince[];
  /** Who would be evicted or pinned if there was room for more. */
  readonly overCapacity: readonly {
    readonly address: IpAddress;
    readonly reason: EvictionReason | 'closed-repeatedly';
  }[];
  /** There is room for one that the settings evict, and that had none when they were applied: the next `apply` asks about it. */
  readonly hasRoomAgain: boolean;
  /** Left out while the daemon runs no BGP, or nothing is wanted of it. */
  readonly range?: RangeLook;
  /** What the daemon rejected meanwhile, whoever wanted it; all else was carried out. */
  readonly rejected?: EngineFailure;
}

export interface EndedEviction extends Eviction {
  readonly why: 'expired' | ReasonGone;
}

export interface UnpinnedClient extends Pin {
  /** `let-go`: it was cleared while it was up, or its group has no maximum-prefix any more. */
  readonly why: 'behaves' | 'let-go' | 'no-range-client';
}

/** A pinned client, as it was last seen; `held`: the daemon holds it down for its maximum-prefix. */
export interface WatchedClient extends Pin {
  readonly standing: PinStanding;
}

export interface Cleared {
  readonly evictions: readonly Eviction[];
  readonly unpinned: readonly Pin[];
  /** Pinned clients that are up; each is let go when its session ends. */
  readonly leaving: readonly WatchedClient[];
  /** Declared clients that the daemon held down, and takes at their next attempt. */
  readonly released: readonly HeldSince[];
}
