import { contains, rangeOf, type IpAddress, type IpPrefix } from '@meshrs/network';
import type { Finding } from '@meshrs/strict-yaml';
import {
  modeOf,
  type ClientGroupSettings,
  type MeshGroupSettings,
  type RouteServerSettings,
} from '../settings-schema.ts';
import { conflictingAsns, ownAsnInRanges, reservedInRanges, specialAsn } from './asn-checks.ts';
import { at, type Claim } from './claims.ts';
import type { RouteServerCode } from './route-server-codes.ts';
import type { PodFacts } from './pod-checks.ts';
import {
  allowedBesideClients,
  duplicateAddresses,
  duplicateNames,
  duplicateRouterIds,
  mismatchedTimers,
  overlappingRanges,
  partialMesh,
  routerIdClaims,
  specialAddresses,
  specialPrefixes,
} from './route-server-checks.ts';

export interface SettingsRules {
  /** Which addresses another machine can have; a test whose route servers stand on loopback addresses says otherwise. */
  readonly isPossiblePeer?: (address: IpAddress) => boolean;
  /** The pod that reads them; left out: they are read for none. */
  readonly pod?: PodFacts;
}

type Found = Finding<RouteServerCode>[];

interface Indexed<G> {
  readonly index: number;
  readonly group: G;
}

/** What is wrong with settings that are right key by key. */
export function checkSettings(settings: RouteServerSettings, rules: SettingsRules = {}): Found {
  const groups = settings.bgpgroups.map((group, index) => ({ index, group }));
  const clients = groups.flatMap(({ index, group }) => (group.type === 'subtractive' ? [{ index, group }] : []));
  const meshes = groups.flatMap(({ index, group }) => (group.type === 'mesh' ? [{ index, group }] : []));
  const addresses = [...meshes.flatMap(staticPeers), ...clients.flatMap(neighbors)];
  return [
    ...duplicateNames(groups.map(nameOf)),
    ...duplicateRouterIds(routerIdClaims(settings.routerIds)),
    ...duplicateAddresses(addresses),
    ...specialAddresses(addresses, rules.isPossiblePeer),
    // Upstream's own values have 0.0.0.0/0: a route server that runs with them must start again.
    ...specialPrefixes(clients.flatMap(prefixes), 'taken'),
    ...overlaps(clients),
    ...peersAmongClients(meshes.flatMap(staticPeers), clients.flatMap(prefixes), rules.pod?.addresses ?? []),
    ...groups.flatMap(({ index, group }) => mismatchedTimers(['bgpgroups', index, 'timers'], group.timers)),
    ...asns(settings, clients),
    ...partialMeshes(settings, meshes),
  ];
}

function nameOf({ index, group }: Indexed<MeshGroupSettings | ClientGroupSettings>): Claim {
  return {
    path: ['bgpgroups', index, 'name'],
    owner: group.type === 'mesh' ? 'a mesh' : 'a client group',
    value: group.name,
  };
}

function staticPeers({ index, group }: Indexed<MeshGroupSettings>): Claim<IpAddress>[] {
  const { source } = group;
  if (source.sourcetype !== 'static') return [];
  return source.addresses.map((value, position) => ({
    path: ['bgpgroups', index, 'source', 'addresses', position],
    owner: `a peer of the mesh ${group.name}`,
    value,
  }));
}

function neighbors({ index, group }: Indexed<ClientGroupSettings>): Claim<IpAddress>[] {
  return group.neighbors.map(({ name, address }, position) => ({
    path: ['bgpgroups', index, 'neighbors', position, 'address'],
    owner: `client ${name}`,
    value: address,
  }));
}

function prefixes({ index, group }: Indexed<ClientGroupSettings>) {
  return group.prefixes.map((value, position) => ({
    path: ['bgpgroups', index, 'prefixes', position],
    owner: `the client group ${group.name}`,
    value,
  }));
}

function overlaps(clients: readonly Indexed<ClientGroupSettings>[]): Found {
  const ranges = clients.flatMap((client) =>
    prefixes(client).map(({ path, owner, value }) => ({
      path,
      owner,
      prefix: value,
      range: rangeOf(value),
      index: client.index,
    })),
  );
  return overlappingRanges(ranges, (one, other) => allowedBesideClients(one.index === other.index));
}

/**
 * An address of a range of clients is a client's: written as a peer of the mesh it would take that client's session. A range
 * that holds this route server itself, as 0.0.0.0/0 does, says nothing of who is a client.
 */
function peersAmongClients(
  peers: readonly Claim<IpAddress>[],
  prefixes: readonly Claim<IpPrefix>[],
  own: readonly IpAddress[],
): Found {
  const ranges = prefixes
    .map((prefix) => ({ ...prefix, range: rangeOf(prefix.value) }))
    .filter(({ value, range }) => !value.endsWith('/0') && !own.some((address) => contains(range, rangeOf(address))));
  return peers.flatMap(({ path, owner, value }): Found => {
    const found = ranges.find(({ range }) => contains(range, rangeOf(value)));
    if (!found) return [];
    return [
      {
        code: 'overlapping-ranges',
        path,
        message: `The address of ${owner}, ${value}, lies in ${found.value}, a prefix of ${found.owner} (${at(found.path)}): a client that has it would lose its session.`,
        seen: value,
        allowed: 'an address of a route server, outside the prefixes from which clients come',
        hint: 'correct the address, or write smaller prefixes',
      },
    ];
  });
}

function asns(settings: RouteServerSettings, clients: readonly Indexed<ClientGroupSettings>[]): Found {
  const own = { path: ['asn'], owner: 'the route servers', asn: settings.asn, kind: 'route servers' } as const;
  // The clients of a route reflector have its own AS, and no ranges of others.
  if (modeOf(settings) === 'ipv4-route-reflector') return specialAsn(own);
  const roles = clients.flatMap(({ index, group }) =>
    group.neighbors.map(({ name, asn }, position) => ({
      path: ['bgpgroups', index, 'neighbors', position, 'asn'],
      owner: `client ${name}`,
      asn,
      kind: 'client' as const,
    })),
  );
  const ranges = clients.map(({ index, group }) => ({ path: ['bgpgroups', index, 'asranges'], asns: group.asranges }));
  return [
    ...[own, ...roles].flatMap(specialAsn),
    ...reservedInRanges(ranges),
    ...conflictingAsns([own, ...roles]),
    ...ownAsnInRanges(settings.asn, ranges),
  ];
}

/** Where the settings name the fleet. Reflectors above others take anybody of a range, and a few of them are enough. */
function partialMeshes(settings: RouteServerSettings, meshes: readonly Indexed<MeshGroupSettings>[]): Found {
  if (modeOf(settings) === 'ipv4-route-reflector') return [];
  const others = Object.keys(settings.routerIds).length - 1;
  return meshes.flatMap(({ index, group }) => partialMesh(['bgpgroups', index, 'max_peers'], group.max_peers, others));
}
