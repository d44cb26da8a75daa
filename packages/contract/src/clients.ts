import type { Bounds } from './bounds.ts';

/** How many hops away a client may be: the seed's value. */
export const defaultClientTtl = 10;
/** The TTL has one octet (RFC 791 section 3.1); with 1 a client would have to be a neighbor of the node. */
export const clientTtlBounds: Bounds = { min: 2, max: 255 };

/** The hops that TTL security lets pass: it takes a TTL of 255 less their number (RFC 5082 section 3). */
export const ttlSecurityHopsBounds: Bounds = { min: 1, max: 254 };

/**
 * When every client that can come back to an engine that has begun anew has tried: longer than a connect-retry of 120 s
 * (RFC 4271 section 8.2.1.3), the default of many routers.
 */
export const clientsReturnMs = 150_000;

/** Prefixes taken from one client; Cease tells the limit in four octets (RFC 4486 section 4). */
export const maximumPrefixesBounds: Bounds = { min: 1, max: 4294967295 };

/**
 * How many clients a route server takes by its ranges. FRR's default of 100 would refuse the 101st client; this many
 * sessions fit bgpd's limit of open files.
 */
export const rangeClientLimit = 5000;
