import { isInAsnRange } from '@meshrs/network';
import { discardedAttributes, routeLimits, type ClientGroupIntent, type ClientNeighborIntent } from '@meshrs/contract';
import { firstAsPatterns } from '../../frr/asn-patterns.ts';
import {
  frrDefaults,
  type AsPathList,
  type FrrFamily,
  type LargeCommunityList,
  type LargeCommunityPattern,
  type ListenRange,
  type MaximumPrefixes,
  type Neighbor,
  type PeerGroup,
  type RouteMap,
} from '../../frr/config.ts';
import { omit } from '../../frr/omit.ts';
import { toFrrLine, toFrrWord, type FrrWord } from '../../frr/words.ts';

/**
 * When a client that exceeded its maximum-prefix is taken again, declared or pinned: often enough that one that was fixed
 * is soon back, seldom enough that one that was not is no load. One from a range comes back at once whatever stands here,
 * because bgpd forgets it: the agent's guard pins it when it does so again.
 */
const maximumPrefixRestartMinutes = 5;

/** eBGP clients of an EVPN route server. */
export function clientGroup(intent: ClientGroupIntent): PeerGroup {
  return {
    name: toFrrWord(intent.name),
    remoteAs: 'external',
    timers: intent.timers,
    connectSeconds: frrDefaults.connectSeconds,
    distance: intent.distance,
    // Else a client that says it can restart gracefully, and goes, is locked out for its restart time.
    isGracefulRestartDisabled: true,
    family: {
      name: 'l2vpn evpn',
      isActive: true,
      isReflectorClient: false,
      // An eBGP neighbor without a policy in each direction gives and gets nothing (RFC 8212).
      routeMapIn: routeMapIn(intent.name),
      routeMapOut: routeMapOut(intent.name),
      ...maximumPrefixes(intent.maximumPrefixes),
    },
  };
}

/** iBGP clients of an IPv4 route reflector (RFC 4456); how far away they are does not matter to iBGP. */
export function reflectorClientGroup(intent: ClientGroupIntent, family: FrrFamily): PeerGroup {
  return {
    name: toFrrWord(intent.name),
    remoteAs: 'internal',
    timers: intent.timers,
    connectSeconds: frrDefaults.connectSeconds,
    ...(intent.distance.kind === 'ttl-security' && { distance: intent.distance }),
    isGracefulRestartDisabled: true,
    family: {
      name: family,
      isActive: true,
      isReflectorClient: true,
      ...maximumPrefixes(intent.maximumPrefixes),
    },
  };
}

export function listenRanges(intent: ClientGroupIntent): readonly ListenRange[] {
  const group = toFrrWord(intent.name);
  return intent.prefixes.map((prefix) => ({ prefix, group }));
}

/** As those of a route server; what is bounded of eBGP clients' routes is not of a reflector's, which are in its own AS. */
export function reflectorClientNeighbors(intent: ClientGroupIntent): readonly Neighbor[] {
  return clientNeighbors(intent).map((neighbor) => omit(neighbor, 'discardedAttributes'));
}

/** Declared clients: `remote-as` refuses any other AS at OPEN; passive, because a route server never dials a client. */
export function clientNeighbors(intent: ClientGroupIntent): readonly Neighbor[] {
  const group = toFrrWord(intent.name);
  return intent.neighbors.map((neighbor) => ({
    address: neighbor.address,
    group,
    remoteAs: neighbor.asn,
    description: toFrrLine(neighbor.name),
    isPassive: true,
    isGracefulRestartDisabled: true,
    ...discarded(intent),
    ...ownMaximumPrefixes(neighbor, intent),
  }));
}

/** What is taken from clients: paths that begin with an AS of the group, or of one of its declared clients. */
export function clientAsPathLists(intent: ClientGroupIntent): readonly AsPathList[] {
  if (intent.asns.length === 0) return [];
  const declared = intent.neighbors
    .filter(({ asn }) => !intent.asns.some((range) => isInAsnRange(asn, range)))
    .map(({ asn }) => ({ first: asn, last: asn }));
  return [{ name: toFrrWord(intent.name), patterns: firstAsPatterns([...intent.asns, ...declared]) }];
}

/** A route of more than these ends bgpd (see `routeLimits`). */
export const refusedLargeCommunities: LargeCommunityList = {
  name: toFrrWord('TOO-MANY-LARGE-COMMUNITIES'),
  // FRR has no condition for their number. As many as there may be, each with a blank behind it, and so one more.
  patterns: [`^([0-9:]+[^0-9:]){${String(routeLimits.largeCommunities)}}` as LargeCommunityPattern],
};

export function clientRouteMaps(intent: ClientGroupIntent): readonly RouteMap[] {
  const { asPathLength, communities, extendedCommunities } = routeLimits;
  return [
    {
      name: routeMapIn(intent.name),
      refusedLargeCommunities: refusedLargeCommunities.name,
      ...(intent.asns.length > 0 && { matchAsPath: toFrrWord(intent.name) }),
      asPathLength,
      communities,
      extendedCommunities,
    },
    { name: routeMapOut(intent.name) },
  ];
}

function routeMapIn(group: string): FrrWord {
  return toFrrWord(`${group}-IN`);
}

function routeMapOut(group: string): FrrWord {
  return toFrrWord(`${group}-OUT`);
}

function discarded({ passedAttributes }: ClientGroupIntent): Pick<Neighbor, 'discardedAttributes'> {
  const codes = discardedAttributes(passedAttributes);
  return codes.length === 0 ? {} : { discardedAttributes: codes };
}

function ownMaximumPrefixes(neighbor: ClientNeighborIntent, group: ClientGroupIntent) {
  return neighbor.maximumPrefixes === group.maximumPrefixes ? {} : maximumPrefixes(neighbor.maximumPrefixes);
}

function maximumPrefixes(limit: number | undefined): { maximumPrefixes?: MaximumPrefixes } {
  return limit === undefined ? {} : { maximumPrefixes: { limit, restartMinutes: maximumPrefixRestartMinutes } };
}
