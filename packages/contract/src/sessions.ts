import type { Asn, IpAddress } from '@meshrs/network';

/** A BGP session of a route server, as its engine tells of it. */
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
