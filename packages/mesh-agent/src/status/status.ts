import type { DesiredGroup, Doubt, PeerChange } from '@meshrs/mesh';
import type { IpAddress } from '@meshrs/network';
import type { BgpSession, Engine, EngineChange, Eviction } from '@meshrs/contract';
import type { Issue } from '@meshrs/strict-yaml';
import type { DrainState } from '../drain/drain-machine.ts';
import type { FailureDescription } from '../failure.ts';
import type { ReadinessReason } from '../readiness/readiness.ts';

/** A moment as ISO 8601 text in UTC: "2026-11-22T13:15:13.000Z". */
export type Timestamp = string;

/**
 * What GET /status answers, as JSON. `formatVersion` grows when a reader of an older version would misread it; new keys
 * alone do not count.
 */
export interface AgentStatus {
  readonly formatVersion: 1;
  readonly agent: {
    readonly version: string;
    readonly startedAt: Timestamp;
    readonly now: Timestamp;
    readonly pod: string;
    /** What the generator calls the pod's template; left out where it was not told. */
    readonly podRevision?: string;
    readonly address: IpAddress;
    readonly routerId: IpAddress;
  };
  readonly settings: SettingsStatus;
  readonly engine: EngineStatus;
  readonly readiness: {
    readonly isReady: boolean;
    readonly since: Timestamp;
    readonly reasons: readonly ReadinessReason[];
  };
  readonly drain: DrainState;
  readonly groups: readonly MeshGroupStatus[];
  readonly sessions: readonly SessionStatus[];
  readonly evictions: readonly EvictionStatus[];
  /** The last change of the mesh's peers, and why. */
  readonly lastPeerChange?: { readonly at: Timestamp; readonly changes: readonly PeerChange[] };
}

export interface SettingsStatus {
  readonly file: string;
  /** SHA-256 of the bytes of the settings file in force, in hexadecimal. */
  readonly revision: string;
  readonly readAt: Timestamp;
  /** A later content of the file that is wrong, and therefore not in force. */
  readonly refused?: { readonly revision: string; readonly at: Timestamp; readonly issues: readonly Issue[] };
  /** Why the file cannot be read now. */
  readonly failure?: FailureDescription;
}

export interface EngineStatus {
  readonly kind: Engine;
  readonly isConnected: boolean;
  readonly since: Timestamp;
  readonly version?: string;
  /** How often another process than before has answered. */
  readonly restartCount: number;
  /** True when what runs is what `desired` and the settings say. */
  readonly isApplied: boolean;
  readonly lastApply?: {
    readonly at: Timestamp;
    /** The revision of the settings that were applied. */
    readonly settingsRevision: string;
    readonly milliseconds: number;
    readonly commandCount: number;
    readonly changes: readonly EngineChange[];
  };
  /** Why the last operation failed; gone with the next one that succeeds. */
  readonly failure?: FailureDescription;
  readonly unknownLines: readonly string[];
}

export interface MeshGroupStatus {
  readonly name: string;
  readonly source: {
    readonly kind: 'kubernetes' | 'dns' | 'static';
    readonly description: string;
    readonly isHealthy: boolean;
    /** Why the last good set stands against what the source says now. */
    readonly doubt?: Doubt & { readonly since: Timestamp };
    readonly lastLookAt?: Timestamp;
    readonly lastAnswerAt?: Timestamp;
  };
  /** The last good set. */
  readonly published: readonly IpAddress[];
  readonly desired: readonly IpAddress[];
  readonly leftOut: DesiredGroup['leftOut'];
  /** The neighbors that the engine has. */
  readonly observed: readonly IpAddress[];
}

/** A BGP session as the engine reports it. */
export type SessionStatus = BgpSession;

export type EvictionStatus = Omit<Eviction, 'since' | 'until'> & {
  readonly since: Timestamp;
  readonly until: Timestamp;
};
