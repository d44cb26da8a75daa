import { describe, expect, it } from 'vitest';
import {
  discardedAttributes,
  largestRouteOctets,
  routeLimits,
  routeOctetsOfBgpd,
  unboundedAttributeNames,
} from './path-attributes.ts';

describe('the limits of a route', () => {
  it('together fit into what bgpd writes for a client without extended messages', () => {
    expect(largestRouteOctets(routeLimits)).toBeLessThan(routeOctetsOfBgpd);
  });

  it.each(Object.keys(routeLimits) as (keyof typeof routeLimits)[])('are not much smaller than need be: %s', (name) => {
    expect(largestRouteOctets({ ...routeLimits, [name]: routeLimits[name] + 20 })).toBeGreaterThan(routeOctetsOfBgpd);
  });

  it('let a route pass with as many route targets as a message of 4096 octets holds', () => {
    // Beside them: 23 octets of header, ORIGIN 4, AS_PATH 10, the list's own 4, and MP_REACH_NLRI with one A-D route 40.
    expect(routeLimits.extendedCommunities * 8).toBeGreaterThanOrEqual(4096 - (23 + 4 + 10 + 4 + 40) - 16);
  });
});

describe('the attributes taken off the routes of declared clients', () => {
  it('are those that nothing bounds, less those that a group lets pass', () => {
    expect(discardedAttributes()).toEqual([23, 25]);
    expect(discardedAttributes(['ipv6-extended-communities'])).toEqual([23]);
    expect(discardedAttributes(['tunnel-encapsulation'])).toEqual([25]);
    expect(discardedAttributes(unboundedAttributeNames)).toEqual([]);
  });
});
