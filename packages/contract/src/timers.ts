/** Timers of a BGP session, in seconds (RFC 4271 section 4.2: hold is 0 or at least 3; keepalive a third of it). */
export interface BgpTimers {
  readonly keepaliveSeconds: number;
  readonly holdSeconds: number;
}

export const defaultTimers = {
  mesh: { keepaliveSeconds: 3, holdSeconds: 9 },
  clients: { keepaliveSeconds: 10, holdSeconds: 30 },
  /** MetalLB takes the hold time alone and sends keepalives at a third of it. */
  metallb: { keepaliveSeconds: 3, holdSeconds: 9 },
} as const satisfies Record<string, BgpTimers>;

/** How many hops away a client may be: the seed's value. */
export const defaultClientTtl = 10;
