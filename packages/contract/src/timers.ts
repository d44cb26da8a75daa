import type { Bounds } from './bounds.ts';

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

/**
 * The longest hold time that anybody uses (RFC 4271 proposes 90 s, some vendors 180 s). The two octets of an OPEN could say
 * more, but a gate counts on it: a client that was silent for longer has no session, on whichever side.
 */
export const longestHoldSeconds = 240;

/** Keepalives come at most a third of the hold time apart (RFC 4271 section 4.4). */
export const timerBounds = {
  keepaliveSeconds: { min: 1, max: longestHoldSeconds / 3 },
  holdSeconds: { min: 3, max: longestHoldSeconds },
} as const satisfies Record<keyof BgpTimers, Bounds>;

/**
 * How soon a client dials again after a lost session. RFC 4271 section 10 suggests 120 s, for which a side that is back
 * would stay without its clients.
 */
export const defaultConnectRetrySeconds = 10;
export const connectRetryBounds: Bounds = { min: 1, max: 120 };
