import type { Asn, IpAddress, IpPrefix } from '@meshrs/network';
import type { BgpTimers } from '@meshrs/contract';
import type { FrrConfig, FrrFamily, FrrRouter, GroupFamily, MaximumPrefixes, PeerGroup, RouteMap } from '../config.ts';
import type { FrrLine, FrrWord } from '../words.ts';
import type { FrrPath } from './path.ts';

/**
 * The configuration of a bgpd that is any BGP speaker, as a router or a client beside a route server: what a route
 * server's says, and what only others need. The agent does not use it.
 */
export interface SpeakerConfig extends Omit<FrrConfig, 'largeCommunityLists' | 'routeMaps' | 'router'> {
  /** Of FRR: its defaults hold. Absent: those of the version that runs. */
  readonly defaultsOfVersion?: FrrWord;
  /** Absent: `traditional`. */
  readonly profile?: FrrProfile;
  /** Digits of a second in bgpd's log. */
  readonly logTimestampPrecision?: number;
  readonly dump?: BgpDump;
  readonly prefixLists: readonly PrefixListEntry[];
  readonly communityLists: readonly CommunityListEntry[];
  readonly routeMaps: readonly RouteMapEntry[];
  /** Absent while bgpd has no `router bgp`. */
  readonly router?: SpeakerRouter;
}

export const frrProfiles = ['traditional', 'datacenter'] as const;
/** FRR has two sets of defaults. */
export type FrrProfile = (typeof frrProfiles)[number];

/** Messages of all sessions, written to a file (MRT, RFC 6396). */
export interface BgpDump {
  /** `-et`: with microseconds. */
  readonly content: 'all' | 'all-et' | 'updates' | 'updates-et';
  readonly file: FrrPath;
}

export const filterActions = ['permit', 'deny'] as const;
export type FilterAction = (typeof filterActions)[number];

/** `ip prefix-list NAME seq S permit PREFIX`, with `le LENGTH` also for what is inside it. */
export interface PrefixListEntry {
  readonly name: FrrWord;
  readonly sequence: number;
  readonly action: FilterAction;
  readonly prefix: IpPrefix;
  readonly longest?: number;
}

/** `bgp community-list standard NAME seq S permit COMMUNITY` */
export interface CommunityListEntry {
  readonly name: FrrWord;
  readonly sequence: number;
  readonly action: FilterAction;
  /** "65000:901" */
  readonly community: BgpCommunity;
}

/** A standard community as FRR writes it: two numbers of 16 bits. */
export type BgpCommunity = `${number}:${number}`;

/** `route-map NAME deny 10`, with what it matches; entries of one name are tried by their number. */
export interface RouteMapEntry extends Omit<RouteMap, 'refusedLargeCommunities'> {
  readonly action: FilterAction;
  readonly sequence: number;
  readonly matchCommunity?: FrrWord;
  readonly matchPrefixList?: FrrWord;
  readonly matchNextHopPrefixList?: FrrWord;
}

export interface SpeakerRouter extends Omit<FrrRouter, 'groups' | 'neighbors'> {
  /** eBGP sessions exchange no routes without a filter (RFC 8212); off in the profile `datacenter`. */
  readonly requiresEbgpPolicy: boolean;
  /** A `network` is told only while the routing table has it. */
  readonly checksNetworkImport: boolean;
  /** Paths of different AS are equal when their AS paths are equally long. */
  readonly isMultipathRelaxed: boolean;
  readonly families: readonly RouterFamily[];
  readonly groups: readonly SpeakerGroup[];
  readonly neighbors: readonly SpeakerNeighbor[];
}

/** `address-family NAME` beside groups and neighbors. */
export interface RouterFamily {
  readonly name: FrrFamily;
  /** `network PREFIX`: originated here. */
  readonly networks: readonly IpPrefix[];
  /** Paths of one route that are used at a time; absent: as many as FRR was built for. */
  readonly maximumPaths?: number;
}

/** What a group and a neighbor say of their sessions; what is absent is FRR's default, or the group's. */
export interface SessionSettings extends Omit<PeerGroup, 'name' | 'remoteAs' | 'timers' | 'connectSeconds' | 'family'> {
  readonly remoteAs?: Asn | 'internal' | 'external';
  readonly description?: FrrLine;
  readonly updateSource?: IpAddress;
  /** TCP MD5 (RFC 2385). */
  readonly password?: FrrLine;
  readonly isPassive: boolean;
  readonly timers?: BgpTimers;
  readonly connectSeconds?: number;
  readonly localAs?: LocalAs;
  /** Its session goes when BFD (RFC 5880) finds its path gone. */
  readonly usesBfd: boolean;
  /** Of bfdd: its timers. bgpd takes timers of its own, and goes by none of them. */
  readonly bfdProfile?: FrrWord;
  /** A route that holds the neighbor's AS is not sent to it, which would drop it. */
  readonly detectsSenderLoops: boolean;
  readonly families: readonly SessionFamily[];
}

/** The AS of a session in place of that of `router bgp`, which is not shown on it. */
export interface LocalAs {
  readonly asn: Asn;
}

/** A limit that only tells, or one that ends the session. */
export interface SpeakerMaximumPrefixes extends MaximumPrefixes {
  readonly isWarningOnly?: boolean;
}

/** `neighbor X …` in an address family. */
export interface SessionFamily extends Omit<GroupFamily, 'maximumPrefixes'> {
  readonly maximumPrefixes?: SpeakerMaximumPrefixes;
  /** Times that the own AS may stand in a path. */
  readonly allowedOwnAs?: number;
  /** Not in `l2vpn evpn`: FRR has no such command there. */
  readonly prefixListIn?: FrrWord;
  /** As `prefixListIn`. */
  readonly prefixListOut?: FrrWord;
}

export interface SpeakerGroup extends SessionSettings {
  readonly name: FrrWord;
}

export interface SpeakerNeighbor extends SessionSettings {
  readonly address: IpAddress;
  readonly group?: FrrWord;
}
