import { isInAsnRange, type Asn, type AsnRange, type IpAddress, type IpPrefix } from '@meshrs/network';
import type { Mode } from './engine.ts';
import { clientRanges, type RangeAddress } from './narrow-ranges.ts';
import type { UnboundedAttribute } from './path-attributes.ts';
import type { BgpTimers } from './timers.ts';

/** Everything that decides the configuration of one route server; the engine's text is a function of it. */
export interface RouteServerIntent {
  /** The pod's name. */
  readonly name: string;
  readonly mode: Mode;
  readonly asn: Asn;
  /** From the topology and the pod's ordinal, never from the pod IP (RFC 4271 section 4.2). */
  readonly routerId: IpAddress;
  /** cRPD: BGP RIB sharding and update threading. */
  readonly ribSharding?: boolean;
  readonly meshGroups: readonly MeshGroupIntent[];
  readonly clientGroups: readonly ClientGroupIntent[];
}

/** An iBGP peer group: the other route servers, as the sources of the group know them now. */
export interface MeshGroupIntent {
  readonly name: string;
  readonly timers: BgpTimers;
  readonly neighbors: readonly IpAddress[];
}

/** A peer group of clients: ranges whose addresses may come, and declared clients. */
export interface ClientGroupIntent {
  readonly name: string;
  /** Listen ranges; they do not overlap, in one group or between groups. */
  readonly prefixes: readonly IpPrefix[];
  /** AS numbers that clients may have; empty: any. */
  readonly asns: readonly AsnRange[];
  readonly timers: BgpTimers;
  /** How far away clients are: hops for multihop, or the hops that TTL security (RFC 5082) lets pass. */
  readonly distance:
    { readonly kind: 'multihop'; readonly ttl: number } | { readonly kind: 'ttl-security'; readonly hops: number };
  /** Prefixes taken from one client before its session is closed. */
  readonly maximumPrefixes?: number;
  /** What declared clients may announce although nothing bounds it; absent: none. */
  readonly passedAttributes?: readonly UnboundedAttribute[];
  readonly neighbors: readonly ClientNeighborIntent[];
}

/** A client that the topology declares: refused at OPEN when its AS is another one. */
export interface ClientNeighborIntent {
  readonly name: string;
  readonly address: IpAddress;
  readonly asn: Asn;
  /** Another client has the same AS: Junos sends it that one's routes only when told to (advertise-peer-as). */
  readonly sharedAsn?: boolean;
  readonly maximumPrefixes?: number;
}

/** Whether a client that came from one of the group's listen ranges may have this AS. */
export function isClientAsAllowed(intent: ClientGroupIntent, asn: Asn): boolean {
  return intent.asns.length === 0 || intent.asns.some((range) => isInAsnRange(asn, range));
}

/**
 * The addresses of which each is a neighbor of its own, because the listen ranges are narrow; none where they are wide. Of a
 * reflector's clients, which are in its own AS, no attribute is taken off.
 */
export function narrowAddresses({ mode, clientGroups }: RouteServerIntent): readonly RangeAddress[] {
  if (mode !== 'evpn-route-server') return [];
  const declared = clientGroups.flatMap(({ neighbors }) => neighbors.map(({ address }) => address));
  const ranges = clientRanges(clientGroups, declared);
  return ranges.kind === 'narrow' ? ranges.addresses : [];
}
