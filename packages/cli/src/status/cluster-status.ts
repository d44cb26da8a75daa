import type { InterlockState, TurnState } from '@meshrs/contract';
import type { MissingClient, StatefulSetSight } from '@meshrs/gate';

/** What a live cluster is like, seen by the topology that it should run. */
export interface ClusterStatus {
  readonly cluster: string;
  readonly context: string;
  readonly server: string;
  readonly turn: TurnOfFleet;
  readonly sides: readonly SideStatus[];
  /** Argo CD's Application of the route servers; undefined where there is none. */
  readonly application: ApplicationStatus | undefined;
  /** What could not be looked at, and what to do about it. */
  readonly notes: readonly string[];
}

/** Whose turn it is, and whether the API server keeps to it. */
export interface TurnOfFleet {
  readonly name: string;
  readonly turn: TurnState;
  /** When its spec was written last, by the API server's clock. */
  readonly since?: string;
  /** Until the end of an open one; below 0 it is overdue. */
  readonly secondsLeft?: number;
  /** Undefined: nobody could look. */
  readonly isThere: boolean | undefined;
  /** By a dry run that has to be refused; `unknown`: it was not tried. */
  readonly interlock: InterlockState;
  /** Bindings that are generated and not there, or that refuse nothing; empty, too, where they cannot be listed. */
  readonly missingBindings: readonly string[];
  readonly notes: readonly string[];
}

export interface SideStatus {
  readonly name: string;
  readonly statefulSets: readonly (StatefulSetSight & {
    readonly images: readonly string[];
    readonly updateRevision?: string;
  })[];
  readonly settings: { readonly configMap: string; readonly revision: string | undefined };
  readonly pods: readonly PodStatus[];
  readonly vips: readonly { readonly address: string; readonly isAssigned: boolean }[];
  /** Undefined, as is the next, while the sessions of one of its route servers are not known. */
  readonly clientCount: number | undefined;
  readonly receivedPrefixes: number | undefined;
  /** Declared clients without a session here, or without one that is seen, where not all are known. */
  readonly declaredMissing: readonly {
    readonly name: string;
    readonly address: string;
    readonly mayHaveSession: boolean;
    readonly isAllowedMissing: boolean;
    /** Why, for each route server whose agent tells. */
    readonly why: readonly string[];
  }[];
  /** Clients of another side that would not be kept here. */
  readonly othersMissing: readonly (MissingClient & {
    readonly side: string;
    readonly isAllowedMissing: boolean;
    readonly why: readonly string[];
  })[];
  /** Whom a route server of it keeps out or holds down, apart from those missing ones. */
  readonly keptOut: readonly {
    readonly address: string;
    /** `any-seen-session`: not all sessions of all sides are known; `mesh`: it came as a route server. */
    readonly lacks: 'any-session' | 'any-seen-session' | 'session-here' | 'mesh';
    readonly isAllowedMissing: boolean;
    readonly why: readonly string[];
  }[];
  /** What keeps it from running what the cluster wants of it. */
  readonly gaps: readonly string[];
  /**
   * Whether the gate before it would open now, and what it would wait for; undefined where no other side can be seen.
   */
  readonly gate?: {
    readonly isOpen: boolean;
    readonly obstacles: readonly string[];
    readonly warnings: readonly string[];
  };
}

export interface PodStatus {
  readonly name: string;
  readonly node: string | undefined;
  readonly isReady: boolean;
  readonly phase: string;
  readonly restarts: number;
  /** What its agent says; undefined when it cannot be read. */
  readonly agent:
    | {
        readonly engine: string | undefined;
        readonly settingsRevision: string;
        readonly drain: string;
        /** These three are undefined while its sessions are not known. */
        readonly clientCount: number | undefined;
        readonly receivedPrefixes: number | undefined;
        readonly meshCount: number | undefined;
        readonly evictionCount: number;
        /** Why it says itself that it is not ready; empty: it says that it is. */
        readonly notReadyBecause: readonly string[];
        /** What it does not do yet, so that no client loses its last session; empty: it waits for nobody. */
        readonly waits: readonly string[];
      }
    | undefined;
  /** Why its agent cannot be read, and what to do. */
  readonly problem?: string;
}

export interface ApplicationStatus {
  readonly name: string;
  readonly sync: string;
  readonly health: string;
  readonly revision: string | undefined;
  /** Of the last or present sync: "Failed", and the message. */
  readonly operation: string | undefined;
  readonly message: string | undefined;
}

/** Whether everything is as it should be. */
export function isGood({ turn, sides, application }: ClusterStatus): boolean {
  return (
    isTurnGood(turn) &&
    sides.every(isSideGood) &&
    (application === undefined || (application.sync === 'Synced' && application.health === 'Healthy'))
  );
}

/** An open one is work in hand; one that is overdue, or of which nobody keeps anything, is not as it should be. */
function isTurnGood({ turn, isThere, secondsLeft = 0, interlock, missingBindings }: TurnOfFleet): boolean {
  const isUnread = turn.state === 'unknown' && isThere === true;
  return isThere !== false && !isUnread && secondsLeft >= 0 && interlock !== 'absent' && missingBindings.length === 0;
}

/**
 * Settings that wait are not in force: such a side does not run what is committed, which is one of its gaps, as a drain is
 * that holds. Who is kept out may be nobody's client: whoever looks has to say so, by allowing him to be missing.
 */
function isSideGood({ pods, vips, declaredMissing, othersMissing, keptOut, gaps, gate }: SideStatus): boolean {
  return (
    gaps.length === 0 &&
    gate?.isOpen !== false &&
    pods.every(({ isReady, agent }) => isReady && agent?.clientCount !== undefined) &&
    vips.every(({ isAssigned }) => isAssigned) &&
    [...declaredMissing, ...othersMissing, ...keptOut].every(({ isAllowedMissing }) => isAllowedMissing)
  );
}
