import type { BgpTimers } from '@meshrs/contract';
import type { Asn, InterfaceAddress, IpAddress, IpPrefix } from '@meshrs/network';
import type { Router, System } from '@meshrs/topology';

/**
 * A physical device around the route servers, as data: what its file says, in the words of no system. It is a router that nodes hang
 * on, a client of the route servers, or both in one; neither is a router without nodes. IPv4 alone: sessions over IPv6 are not made yet.
 */
export interface Device {
  readonly name: string;
  readonly system: System;
  /** The fleet's file as a part of names: "dci" of topologies/dci.yaml. */
  readonly fleet: string;
  /** AS of its BGP. */
  readonly asn: Asn;
  /** An IPv4 loopback address of its own: the router-id of a BGP that does not run yet. The one in use stays, so no file has it. */
  readonly ownAddress: IpAddress | undefined;
  /** Whether there is IPv6 of which the file says nothing: beside what is in it, or in place of something that it needs. */
  readonly ipv6: 'none' | 'beside' | 'needed';
  readonly attached?: AttachedRouter;
  readonly client?: EvpnClient;
}

/** What a router has to do with the nodes on it: sessions with MetalLB, from which it takes VIPs and to which it tells nothing. */
export interface AttachedRouter {
  readonly anycast: Anycast;
  /** Its own IPv4 address on its main loopback; undefined: it has none. */
  readonly loopback: IpAddress | undefined;
  readonly vrf?: NonNullable<Router['vrf']>;
  readonly underlay?: NonNullable<Router['underlay']>;
  readonly ports: readonly NodePort[];
  /** By name, at least one; each side with at least one node on this router. */
  readonly sides: readonly AttachedSide[];
  /** MetalLB's offer, in seconds; the router takes it where it has no lower one of its own. */
  readonly holdSeconds: number;
  readonly bfd?: Bfd;
}

/** A loopback address that every router of one position has; MetalLB dials it. */
export interface Anycast {
  readonly address: IpAddress;
  /** Undefined: the system's usual one. */
  readonly interface: string | undefined;
  readonly routerAsn: Asn;
  readonly metallbAsn: Asn;
}

/** A port of the router with nodes on it. */
export interface NodePort {
  readonly name: string;
  readonly addresses: readonly InterfaceAddress[];
  readonly nodes: readonly string[];
}

export interface AttachedSide {
  readonly name: string;
  /** Name of the Secret with the password of these sessions. */
  readonly secret: string;
  readonly nodes: readonly AttachedNode[];
  /** Host routes that its nodes may tell: the VIPs, at least one. */
  readonly accepted: readonly IpPrefix[];
  /** More routes than these are a fault of MetalLB's. */
  readonly prefixLimit: number;
}

/** Host routes that it takes from MetalLB, each once. */
export function vipsOf(attached: AttachedRouter | undefined): IpPrefix[] {
  return [...new Set(attached?.sides.flatMap(({ accepted }) => accepted))];
}

/** How many nodes at most announce one VIP at a time: those of a side. */
export function mostPathsOf({ sides }: AttachedRouter): number {
  return Math.max(0, ...sides.map(({ nodes }) => nodes.length));
}

/** An end of a session: MetalLB on a node. */
export interface AttachedNode {
  readonly name: string;
  readonly address: IpAddress;
  /** The subnet of the link, in which next hops lie. */
  readonly subnet: IpPrefix;
  readonly port: string;
}

export interface Bfd {
  readonly receiveMilliseconds: number;
  readonly transmitMilliseconds: number;
  readonly detectMultiplier: number;
}

/** EVPN sessions with the VIP of every side. */
export interface EvpnClient {
  /** From which it dials. */
  readonly source: IpAddress;
  /** Undefined: the system's usual loopback. */
  readonly interface: string | undefined;
  readonly routeServerAsn: Asn;
  readonly sessions: readonly RouteServerSession[];
  readonly multihopTtl: number;
  readonly timers: BgpTimers;
  readonly connectRetrySeconds: number;
  /** What one route server may tell it: all routes of all other clients. */
  readonly prefixLimit: number;
  /** Other clients have its AS, and it wants their routes. */
  readonly isSharedAsn: boolean;
  readonly role: 'leaf' | 'transit' | 'gateway';
  readonly encapsulation: 'vxlan' | 'mpls';
}

export interface RouteServerSession {
  readonly side: string;
  readonly vip: IpAddress;
}
