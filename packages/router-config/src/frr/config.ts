import type { Asn, IpAddress, IpPrefix } from '@meshrs/network';
import type { BgpTimers } from '@meshrs/contract';
import type { FrrLine, FrrWord } from './words.ts';

/**
 * The configuration of a bgpd that is a route server, as data: what is rendered, what is observed and what changes are
 * planned on. Lists are sorted (names by code unit, addresses and prefixes by number), so that equal configurations are
 * deeply equal. What is absent has FRR's default (profile `traditional`).
 */
export interface FrrConfig {
  readonly hostname?: FrrWord;
  /** Most BGP messages of one session that bgpd has read and not looked at yet; FRR's default is 10 000. */
  readonly inputQueueLimit?: number;
  /** Most BGP messages that bgpd keeps for one session that does not take them; FRR's default is 10 000. */
  readonly outputQueueLimit?: number;
  readonly asPathLists: readonly AsPathList[];
  readonly largeCommunityLists: readonly LargeCommunityList[];
  readonly routeMaps: readonly RouteMap[];
  /** Absent while bgpd has no `router bgp`. */
  readonly router?: FrrRouter;
}

/** `bgp as-path access-list NAME seq S permit PATTERN`, with S = 5, 10, 15 ... */
export interface AsPathList {
  readonly name: FrrWord;
  readonly patterns: readonly AsPathPattern[];
}

/** A regular expression over an AS path, as FRR writes it: "^6500[1-9]_". */
export type AsPathPattern = string & { readonly kind: 'AsPathPattern' };

/** `bgp large-community-list expanded NAME seq S permit PATTERN`, with S = 5, 10, 15 ... */
export interface LargeCommunityList {
  readonly name: FrrWord;
  readonly patterns: readonly LargeCommunityPattern[];
}

/** A regular expression over all large communities of a route, as FRR writes them: "65001:1:2 65001:1:3". */
export type LargeCommunityPattern = string & { readonly kind: 'LargeCommunityPattern' };

/** `route-map NAME permit 10`: takes what fulfils all conditions. */
export interface RouteMap {
  readonly name: FrrWord;
  /** `route-map NAME deny 5`: large communities that are refused before all else. No condition knows their number. */
  readonly refusedLargeCommunities?: FrrWord;
  readonly matchAsPath?: FrrWord;
  /** At most so many of each, in one route. */
  readonly asPathLength?: number;
  readonly communities?: number;
  readonly extendedCommunities?: number;
}

export interface FrrRouter {
  readonly asn: Asn;
  readonly routerId?: IpAddress;
  /** Most neighbors from listen ranges; FRR's default is 100. */
  readonly listenLimit: number;
  /** A hold time below it is refused at OPEN (RFC 4271 section 6.2), also 0, with which no session would ever end. */
  readonly minimumHoldSeconds?: number;
  /** Off by default; on, a session that comes or goes is a log message, which is how the agent hears of it at once. */
  readonly logsNeighborChanges: boolean;
  /** On by default: every neighbor also gets IPv4 unicast. */
  readonly hasDefaultIpv4Unicast: boolean;
  /** GRACEFUL_SHUTDOWN on every route (RFC 8326). */
  readonly isGracefulShutdown: boolean;
  readonly groups: readonly PeerGroup[];
  readonly neighbors: readonly Neighbor[];
  readonly ranges: readonly ListenRange[];
}

export const frrFamilies = ['ipv4 unicast', 'l2vpn evpn'] as const;
/** The address families in use; a group has one of them. */
export type FrrFamily = (typeof frrFamilies)[number];

export interface PeerGroup {
  readonly name: FrrWord;
  readonly remoteAs?: 'internal' | 'external';
  readonly timers: BgpTimers;
  /** Seconds between two attempts to connect. */
  readonly connectSeconds: number;
  readonly distance?: Distance;
  readonly isGracefulRestartDisabled: boolean;
  readonly shutdown?: Shutdown;
  readonly family?: GroupFamily;
}

/** `ebgp-multihop TTL`, or `ttl-security hops HOPS` (RFC 5082). */
export type Distance =
  { readonly kind: 'multihop'; readonly ttl: number } | { readonly kind: 'ttl-security'; readonly hops: number };

/** Administrative shutdown; the message goes into the Cease notification (RFC 9003). */
export interface Shutdown {
  readonly message?: FrrLine;
}

export interface GroupFamily {
  readonly name: FrrFamily;
  readonly isActive: boolean;
  readonly isReflectorClient: boolean;
  readonly routeMapIn?: FrrWord;
  readonly routeMapOut?: FrrWord;
  readonly maximumPrefixes?: MaximumPrefixes;
}

export interface MaximumPrefixes {
  readonly limit: number;
  /** Minutes until a declared neighbor that exceeded it is taken again; without it never. */
  readonly restartMinutes?: number;
}

export interface Neighbor {
  readonly address: IpAddress;
  /** Absent for a neighbor that is only kept out. */
  readonly group?: FrrWord;
  /** Absent where the group decides; `external`: any but the own, for one that is only kept out. */
  readonly remoteAs?: Asn | 'external';
  readonly description?: FrrLine;
  readonly isPassive: boolean;
  /** FRR writes it for each member of a group that has it. */
  readonly isGracefulRestartDisabled: boolean;
  readonly shutdown?: Shutdown;
  /** Path attributes taken off its routes, by their numbers, ascending; no group and no listen range has such a line. */
  readonly discardedAttributes?: readonly number[];
  /** In the family of the group; absent where the group's limit holds. */
  readonly maximumPrefixes?: MaximumPrefixes;
}

export interface ListenRange {
  readonly prefix: IpPrefix;
  readonly group: FrrWord;
}

/** FRR's defaults in the profile `traditional`; a value equal to its default is neither rendered nor shown. */
export const frrDefaults = {
  listenLimit: 100,
  timers: { keepaliveSeconds: 60, holdSeconds: 180 },
  connectSeconds: 30,
} as const;

export const emptyFrrConfig: FrrConfig = { asPathLists: [], largeCommunityLists: [], routeMaps: [] };
