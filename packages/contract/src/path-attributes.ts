/**
 * What bgpd takes of a route from a client; a route with more is refused, and its session stays. bgpd 10.7.1 writes a route
 * into 4096 + 1024 octets for a client without extended messages (RFC 8654), offers those messages to everybody, and ends
 * when its own attributes need more. So these are large (an Ethernet A-D route per ES has a route target for each EVI,
 * RFC 7432 section 8.2.1: as many as a message of 4096 octets holds), and together they fit.
 */
export const routeLimits = {
  /** AS numbers in the path: EVPN fabrics have a handful. */
  asPathLength: 48,
  communities: 64,
  extendedCommunities: 500,
  largeCommunities: 32,
} as const;

/**
 * Octets that a route with all of these takes at most, as bgpd writes it for a client without AS numbers of four octets:
 * each AS twice (RFC 6793 section 4.2.2), the route server's own too.
 */
export function largestRouteOctets(limits: Readonly<Record<keyof typeof routeLimits, number>>): number {
  const path = (limits.asPathLength + 1) * (2 + 4) + 2 * segmentHeader;
  const lists = limits.communities * 4 + limits.extendedCommunities * 8 + limits.largeCommunities * 12;
  return messageHeader + path + lists + attributeHeaders + otherAttributes;
}

/** The largest that bgpd writes for a client without extended messages (bgpd/bgp_updgrp.c, sync_init). */
export const routeOctetsOfBgpd = 4096 + 1024;

/** Marker, length, type, and the lengths of withdrawn routes and of attributes (RFC 4271 section 4). */
const messageHeader = 23;
const segmentHeader = 2;
/** AS_PATH, AS4_PATH, and the three kinds of communities: flags, type and two octets of length. */
const attributeHeaders = 5 * 4;
/**
 * ORIGIN 4, MED 7, LOCAL_PREF 7, ATOMIC_AGGREGATE 3, AGGREGATOR 11, AS4_AGGREGATOR 11, PMSI tunnel 24, OTC 7, and the
 * community of a graceful shutdown 4. Attributes that bgpd does not know come last, and are cut without harm.
 */
const otherAttributes = 78;

/**
 * Path attributes that bgpd passes on whatever their length, and that no route-map bounds, by their numbers. EVPN needs
 * neither: its tunnels stand in an extended community (RFC 8365 section 5.1.3), its route targets have eight octets.
 */
export const unboundedAttributes = {
  /** RFC 9012. */
  'tunnel-encapsulation': 23,
  /** RFC 5701. */
  'ipv6-extended-communities': 25,
} as const;
export type UnboundedAttribute = keyof typeof unboundedAttributes;
// Object.keys loses the type of the keys.
export const unboundedAttributeNames = Object.keys(unboundedAttributes) as UnboundedAttribute[];

/** The numbers of those that are taken off the routes of declared clients. */
export function discardedAttributes(passed: readonly UnboundedAttribute[] = []): readonly number[] {
  return unboundedAttributeNames
    .filter((name) => !passed.includes(name))
    .map((name) => unboundedAttributes[name])
    .sort((one, other) => one - other);
}
