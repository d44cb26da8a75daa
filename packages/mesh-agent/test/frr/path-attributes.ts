import { pathSegment, type PathAttribute } from './bgp-messages.ts';

/** Path attributes of any length, as a hostile client or one with very many of something sends them. */

export function communities(count: number): PathAttribute {
  return { type: 8, value: each(count, (index) => word(0x10000000 + index)) };
}

export function largeCommunities(count: number): PathAttribute {
  return { type: 32, value: each(count, (index) => word(65001) + word(7) + word(index)) };
}

/** Route targets. */
export function extendedCommunities(count: number): PathAttribute {
  return { type: 16, value: each(count, (index) => `0002fde9${word(index + 1)}`) };
}

/** IPv6-specific route targets (RFC 5701): 20 octets each. */
export function ipv6ExtendedCommunities(count: number): PathAttribute {
  return { type: 25, value: each(count, (index) => `000220010db8${word(0)}${word(0)}${word(index)}0001`) };
}

/** One sequence of many AS, in segments of 250. */
export function asPath(first: number, length: number): PathAttribute {
  return { type: 2, flags: 0x40, value: segments(first, length, (asns) => pathSegment('sequence', asns)) };
}

/** As a client writes it that has no AS numbers of four octets. */
export function twoOctetAsPath(first: number, length: number): PathAttribute {
  const segment = (asns: readonly number[]) =>
    Buffer.from([2, asns.length, ...asns.flatMap((asn) => [asn >> 8, asn & 255])]).toString('hex');
  return { type: 2, flags: 0x40, value: segments(first, length, segment) };
}

/** An AS_SET behind the client's own AS (RFC 4271 section 4.3): one hop, whatever its size. */
export function asSets(first: number, sets: number): PathAttribute {
  const set = pathSegment(
    'set',
    Array.from({ length: 250 }, (_, index) => 64512 + index),
  );
  return { type: 2, flags: 0x40, value: pathSegment('sequence', [first]) + set.repeat(sets) };
}

/** RFC 9012, of VXLAN: sub-TLVs of a type below 128 say their length in one octet, others in two. */
export function tunnelEncapsulation(subTlvs: number, length = 198, type = 0x7f): PathAttribute {
  const size = type < 128 ? length.toString(16).padStart(2, '0') : half(length);
  const value = `${type.toString(16)}${size}${octets(length)}`.repeat(subTlvs);
  return { type: 23, value: `0008${half(value.length / 2)}${value}` };
}

/** An attribute that bgpd has no meaning for: optional and transitive. */
export function unknown(type: number, length: number): PathAttribute {
  return { type, value: octets(length) };
}

/** Ingress replication from 10.0.0.1 (RFC 6514 section 5). */
export const pmsiTunnel: PathAttribute = { type: 22, value: '00060027100a000001' };
/** RFC 9234. */
export const onlyToCustomer: PathAttribute = { type: 35, value: '0000fde9' };

/** What else a route may have, each once. */
export const smallAttributes: readonly PathAttribute[] = [
  { type: 4, flags: 0x80, value: '00000005' },
  { type: 6, flags: 0x40, value: '' },
  { type: 7, value: 'fffffff00a000001' },
  pmsiTunnel,
  onlyToCustomer,
];

function segments(first: number, length: number, segment: (asns: readonly number[]) => string): string {
  const asns = Array.from({ length }, () => first);
  return each(Math.ceil(length / 250), (index) => segment(asns.slice(250 * index, 250 * (index + 1))));
}

function each(count: number, make: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => make(index)).join('');
}

function word(value: number): string {
  return value.toString(16).padStart(8, '0');
}

function half(value: number): string {
  return value.toString(16).padStart(4, '0');
}

function octets(count: number): string {
  return 'ab'.repeat(count);
}
