import type { CodeDescription } from '@meshrs/strict-yaml';

/** What can be wrong with what one route server is told, over several keys: in its settings, and in a topology. */
export const routeServerCodes = {
  'duplicate-name': {
    severity: 'error',
    title: 'Two things have one name',
    why: 'They would become one Kubernetes object, one file or one neighbor.',
  },
  'duplicate-address': {
    severity: 'error',
    title: 'Two things have one address',
    why: 'Sessions would reach the wrong one, now or after the next route change.',
  },
  'duplicate-router-id': {
    severity: 'error',
    title: 'Two route servers have one router-id',
    why: 'Their session with each other is refused (RFC 6286), and routes from the two look like a loop.',
  },
  'special-address': {
    severity: 'error',
    title: 'An address where no session can end',
    why: "Loopback, link-local, multicast and reserved addresses are no other machine's (IANA special-purpose address registries).",
  },
  'overlapping-ranges': {
    severity: 'error',
    title: 'Address ranges overlap that must not',
    why: 'A client range over node, pod or Service addresses would take route servers and other hosts for clients; overlapping ranges of two clusters would mix up their nodes or pods.',
  },
  'asn-reserved': {
    severity: 'error',
    title: 'A reserved AS number',
    why: 'Routers refuse it, or treat it as something else (IANA special-purpose AS numbers).',
  },
  'asn-reserved-in-range': {
    severity: 'warning',
    title: 'A range contains reserved AS numbers',
    why: 'No client can have them; the range says more than it means.',
  },
  'asn-documentation': {
    severity: 'warning',
    title: 'An AS number from the documentation range',
    why: 'RFC 5398 sets it aside for examples; it was probably copied from one.',
  },
  'asn-conflict': {
    severity: 'error',
    title: 'Two roles have one AS number',
    why: 'Sessions that must be eBGP would be iBGP, or paths would look like loops and be dropped.',
  },
  'timers-mismatch': {
    severity: 'error',
    title: 'The keepalive interval is more than a third of the hold time',
    why: 'One lost keepalive could end the session (RFC 4271 section 4.4).',
  },
  'partial-mesh': {
    severity: 'error',
    title: 'The mesh of the route servers would not be full',
    why: 'What a route server learns from another one it does not pass on to a third (RFC 4271 section 9.2.1, RFC 4456 section 2): clients of two that have no session with each other would not have all routes.',
  },
} as const satisfies Record<string, CodeDescription>;

export type RouteServerCode = keyof typeof routeServerCodes;
