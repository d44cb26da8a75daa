import type { Asn, IpAddress } from '@meshrs/network';

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
