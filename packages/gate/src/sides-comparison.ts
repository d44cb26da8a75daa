import type { IpAddress } from '@meshrs/network';
import type { SidesMemory } from './keepers.ts';
import type { DrainSight } from './route-server-sight.ts';

/** Whom a comparison is about: all clients of the next side, or of them those of these addresses. */
export type AskedClients = 'all' | readonly IpAddress[];

/** A client of the side that goes next, and why no other side would keep it. */
export interface MissingClient {
  readonly address: IpAddress;
  /** Declared clients alone have one. */
  readonly name?: string;
  /** The route server of the next side that it has a session with. */
  readonly routeServer: string;
  /** It had one a short time ago, and may come back. */
  readonly isAway?: true;
  readonly reason: MissingReason;
}

export type MissingReason =
  /** No other side has a session with it. */
  | { readonly kind: 'no-session' }
  /** Nor has a route server whose clients are known; those of this one are not, and it may have one. */
  | { readonly kind: 'not-readable'; readonly routeServer: string; readonly why: string }
  /** The only session is with a route server that drains or terminates. */
  | { readonly kind: 'leaving'; readonly routeServer: string; readonly drain?: DrainSight }
  /** The session is there with its routes, and nothing was heard of the client since the side was changed. */
  | { readonly kind: 'not-heard'; readonly routeServer: string }
  /** The session is there, and the client's routes are not yet. */
  | {
      readonly kind: 'without-routes';
      readonly routeServer: string;
      readonly receivedPrefixes: number;
      /** As many as the next side has; left out where End-of-RIB is what is waited for. */
      readonly expectedPrefixes?: number;
    };

export interface SidesComparison {
  /** How many clients have a session with the next side, or had one a short time ago; one in a state that is not known counts. */
  readonly clientCount: number;
  /** In order of address; of those that it is about each, of all clients no more of each reason than somebody reads. */
  readonly missing: readonly MissingClient[];
  /** How many more there are of a reason than are listed. */
  readonly more: ReadonlyMap<MissingReason['kind'], number>;
  /** Missing, too, and named in the list of clients that may be missing. */
  readonly allowMissing: readonly MissingClient[];
  /** Entries of the list of clients that may be missing that are clients of the next side and are not missing. */
  readonly needlesslyAllowed: readonly IpAddress[];
  /** Route servers of the next side whose clients are not known, or not all of them. */
  readonly unreadable: readonly UnknownClients[];
  /** To be given to the next comparison. */
  readonly memory: SidesMemory;
}

export interface UnknownClients {
  readonly routeServer: string;
  /** `partial`: some are known, and some neighbors are known to be there and no more. */
  readonly kind: 'unreadable' | 'stale' | 'partial';
  readonly why: string;
}
