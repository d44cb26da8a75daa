import type { Asn, IpAddress } from '@meshrs/network';
import type { Engine, RouteServerIntent } from '@meshrs/route-server';

/**
 * A running routing daemon as the agent sees it; one folder per engine implements it (`src/frr/`).
 *
 * The engine owns three things beside the intent, and keeps them over an `apply`: the evictions, the state of the drain,
 * and the engine's configuration file, which always equals what runs, so that a daemon that restarts starts with the
 * last good set. What an agent before this one left behind (evictions, a drain) is taken over at `connect`.
 *
 * Every method rejects with an `EngineFailure`. Calls may overlap: they are carried out one after the other. After the
 * daemon was lost, each call connects again first.
 */
export interface MeshEngine {
  readonly engine: Engine;

  /**
   * Resolves when the daemon answers and what it runs has been read. While it does not answer, tries again until `signal`
   * aborts, which rejects with code `aborted`; other failures reject at once. Connected already: resolves at once.
   */
  connect(signal: AbortSignal): Promise<void>;

  /**
   * Makes what runs equal to the intent (with evictions and drain on top) by the fewest changes that reset the fewest
   * sessions; what runs already is not sent. A rejected command undoes the change it belongs to, stops the rest, and
   * is a failure with code `command-rejected`.
   */
  apply(intent: RouteServerIntent, signal: AbortSignal): Promise<Applied>;

  /** Reads what runs and every session afresh. Somebody else's change to the configuration shows in `unknownLines`. */
  observe(signal: AbortSignal): Promise<EngineObservation>;

  /**
   * One look at the sessions: evicts those that break the policy, ends evictions that have expired. The intent of the
   * last `apply` tells which AS numbers a group takes; before the first `apply` nobody is evicted.
   */
  guard(policy: GuardPolicy, signal: AbortSignal): Promise<GuardResult>;

  /** The evictions in force, by address. */
  evictions(): readonly Eviction[];

  /** Lets one address, or all, come back now, and forgets their backoff. Resolves with the evictions that ended. */
  clearEvictions(which: IpAddress | 'all', signal: AbortSignal): Promise<readonly Eviction[]>;

  /** Drain, first half: every route is sent again with GRACEFUL_SHUTDOWN (RFC 8326); no session drops. Idempotent. */
  startGracefulShutdown(signal: AbortSignal): Promise<void>;

  /**
   * Drain, second half: every client session is closed with Cease, Administrative Shutdown, and `message` (RFC 9003: at
   * most 255 bytes), and none is taken any more; the mesh stays, so that the withdrawals reach it. Idempotent. Only a
   * restart of the pod takes either half back.
   */
  closeClientSessions(message: string, signal: AbortSignal): Promise<void>;

  /** Calls `listener` at each event until the returned function is called. Listeners do not throw. */
  subscribe(listener: (event: EngineEvent) => void): () => void;

  /** Ends the connection to the daemon, which goes on as it is. */
  close(): Promise<void>;
}

/** What happens at the daemon without being asked for. */
export type EngineEvent =
  /** The daemon answers; `isRestart` when it is not the process that was connected before. Apply the intent again. */
  | { readonly kind: 'connected'; readonly isRestart: boolean }
  /** The connection ended. The engine does not connect again by itself: call `connect`. */
  | { readonly kind: 'lost'; readonly failure: EngineFailure }
  /** A session came up or went down, or exceeded its maximum-prefix: a good moment for `guard` and `observe`. */
  | { readonly kind: 'sessions-changed' };

/** What an `apply` did; no changes: what ran was right. */
export interface Applied {
  readonly changes: readonly EngineChange[];
  readonly commandCount: number;
  /** From the call to the last answer of the daemon, without the time spent waiting for other calls. */
  readonly milliseconds: number;
}

export interface EngineChange {
  readonly kind: EngineChangeKind;
  /** The peer group, where there is one. */
  readonly group?: string;
  /** The neighbor's address, the listen range, or the name of the filter, where there is one. */
  readonly subject?: string;
  /** Sessions that the daemon resets because of this change: it lies in the daemon, not in the order of commands. */
  readonly resets: 'none' | 'neighbor' | 'range' | 'group' | 'all';
}

export type EngineChangeKind =
  | 'global-changed'
  | 'group-added'
  | 'group-changed'
  | 'group-removed'
  | 'range-added'
  | 'range-removed'
  | 'neighbor-added'
  | 'neighbor-changed'
  | 'neighbor-removed'
  | 'filter-added'
  | 'filter-changed'
  | 'filter-removed';

export interface EngineObservation {
  readonly version: string;
  readonly sessions: readonly BgpSession[];
  readonly drain: DrainState;
  /** Lines of the running configuration that the agent knows nothing of; it leaves them alone. */
  readonly unknownLines: readonly string[];
  /** What `apply` would change now, for the intent of the last `apply`: empty when all is as wanted. */
  readonly outstanding: readonly EngineChange[];
}

/** How far the route server has been taken down. */
export type DrainState = 'none' | 'graceful-shutdown' | 'clients-closed';

export interface BgpSession {
  readonly address: IpAddress;
  /** Undefined for a neighbor that belongs to no group: an evicted one, or somebody else's. */
  readonly group?: string;
  /** `range-client`: came from a listen range; gone when its session is. */
  readonly kind: 'mesh' | 'declared-client' | 'range-client' | 'evicted' | 'unknown';
  /** The client's name in the settings; declared clients alone have one. */
  readonly name?: string;
  readonly state: SessionState;
  /** From the OPEN message for a range client; as configured otherwise. */
  readonly remoteAsn?: Asn;
  /** From the OPEN message; known while established. */
  readonly remoteRouterId?: IpAddress;
  /** Since it was established; undefined when it is not. */
  readonly uptimeSeconds?: number;
  /** How often it came up, and went down, since the daemon knows the neighbor. */
  readonly establishedCount: number;
  readonly droppedCount: number;
  /** BGP messages of any type since the daemon knows the neighbor. */
  readonly receivedMessages: number;
  /** Prefixes of the family in use (EVPN, or IPv4 unicast for a reflector); 0 when it is not established. */
  readonly receivedPrefixes: number;
  readonly sentPrefixes: number;
  /**
   * End-of-RIB of the family in use (RFC 4724 section 2). FRR tells of it only where the neighbor knows graceful restart,
   * as every FRR does; of others both stay false.
   */
  readonly endOfRib: { readonly received: boolean; readonly sent: boolean };
  /** Why the last session ended, in the daemon's words. */
  readonly lastResetReason?: string;
}

/** RFC 4271 section 8.2.2; `shutdown` when it is held down by configuration. */
export type SessionState =
  'idle' | 'connect' | 'active' | 'open-sent' | 'open-confirm' | 'established' | 'clearing' | 'shutdown';

/** Which sessions may stay; the AS numbers of a group are in the intent. */
export interface GuardPolicy {
  /** The router-ids that an iBGP session may have; empty: any. */
  readonly routerIds: readonly IpAddress[];
}

export interface GuardResult {
  readonly evicted: readonly Eviction[];
  /** Evictions that expired in this look: the address may come again. */
  readonly expired: readonly Eviction[];
  /** Sessions that break the policy but stay because the most evictions possible are in force. */
  readonly overCapacity: readonly { readonly address: IpAddress; readonly reason: EvictionReason }[];
}

/** A neighbor that is kept out for a time. Times are milliseconds since 1970-01-01T00:00:00Z. */
export interface Eviction {
  readonly address: IpAddress;
  readonly group?: string;
  readonly remoteAsn?: Asn;
  readonly remoteRouterId?: IpAddress;
  readonly reason: EvictionReason;
  /** How many times in a row: each doubles the time, from a minute to an hour. */
  readonly count: number;
  readonly since: number;
  readonly until: number;
}

export type EvictionReason =
  /** The AS of the OPEN message is in none of the group's ranges. */
  | 'as-not-allowed'
  /** A range client exceeded its maximum-prefix, came back and exceeded it again. */
  | 'maximum-prefix-exceeded'
  /** The router-id of an iBGP session is no route server's of the fleet. */
  | 'router-id-unknown'
  /** Found in what runs when the agent started; the agent before it knew why. */
  | 'taken-over';

export type EngineFailureCode =
  /** The daemon does not answer at its socket. */
  | 'engine-unreachable'
  /** The connection ended while a command was under way; whether it was carried out is not known. */
  | 'engine-lost'
  /** No answer within the deadline. */
  | 'engine-timeout'
  /** The daemon refused a command; the change that it belongs to has been undone. */
  | 'command-rejected'
  /** The daemon refused a command, and one that was to undo it; connect again and apply. */
  | 'undo-rejected'
  /** The answer is not what this version of the agent understands. */
  | 'answer-not-understood'
  /** The engine's configuration file could not be written; what runs is right all the same. */
  | 'config-not-written'
  /** The socket through which the daemon tells of sessions that come and go could not be made. */
  | 'events-not-available'
  /** A name in the intent is no word to the engine; readers of settings refuse such names with an issue. */
  | 'intent-not-renderable'
  /** The caller's signal aborted. */
  | 'aborted';

/** The daemon, or the file system around it, refuses. */
export class EngineFailure extends Error {
  override readonly name = 'EngineFailure';
  readonly code: EngineFailureCode;
  readonly engine: Engine;
  /** What was being done, for a log: a method of `MeshEngine`, and the command where there is one. */
  readonly operation: string;
  /** Whether the same call may succeed later without any change. */
  readonly retryable: boolean;

  constructor(
    message: string,
    facts: {
      readonly code: EngineFailureCode;
      readonly engine: Engine;
      readonly operation: string;
      readonly retryable: boolean;
      readonly cause?: unknown;
    },
  ) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = facts.code;
    this.engine = facts.engine;
    this.operation = facts.operation;
    this.retryable = facts.retryable;
  }
}
