import { clientRanges, podName, type ClientRanges } from '@meshrs/contract';
import { compareAddresses, familyOf, parseAddress, type IpAddress } from '@meshrs/network';
import type { Path } from '@meshrs/strict-yaml';
import type { ClientGroup } from './schema/clients.ts';
import type { Topology } from './schema/index.ts';
import { defaultMetallbConnectRetrySeconds } from './schema/metallb.ts';
import type { Node } from './schema/routers.ts';

/** One route server of the fleet, before it has a pod. */
export interface RouteServer {
  /** Name of its pod. */
  readonly name: string;
  readonly side: string;
  readonly statefulSet: string;
  /** Undefined when the StatefulSet has too few router-ids, which is an issue of its own. */
  readonly routerId: IpAddress | undefined;
  readonly path: Path;
}

/** All route servers, in the order of the file. */
export function routeServersOf(topology: Topology): RouteServer[] {
  return Object.entries(topology.sides).flatMap(([side, { statefulSets }]) =>
    Object.entries(statefulSets).flatMap(([statefulSet, { replicas, routerIds }]) =>
      Array.from({ length: replicas }, (_, ordinal) => ({
        name: podName(statefulSet, ordinal),
        side,
        statefulSet,
        routerId: routerIds[ordinal],
        path: ['sides', side, 'statefulSets', statefulSet],
      })),
    ),
  );
}

/** Name of a side's Service and MetalLB objects. */
export function serviceNameOf(topology: Topology, side: string): string {
  return topology.sides[side]?.service ?? `routeserver-${side}`;
}

/** Name of the Secret with the password of a side's sessions with the routers, in MetalLB's namespace. */
export function passwordSecretOf({ metallb: { peerScope, password } }: Topology, side: string): string {
  if (peerScope === 'global') return password.secret ?? defaultPasswordSecret;
  const own = Object.hasOwn(password.secrets, side) ? password.secrets[side] : undefined;
  return own ?? password.secret ?? `${defaultPasswordSecret}-${side}`;
}

const defaultPasswordSecret = 'metallb-bgp';

/** The Secrets with the passwords of a cluster's sessions with the routers, each with the sides that need it. */
export function passwordSecretsOf(
  topology: Topology,
  sides: readonly string[],
): ReadonlyMap<string, readonly string[]> {
  return Map.groupBy(sides, (side) => passwordSecretOf(topology, side));
}

/** The nodes of each side, in the order of the file; made once, because a large fleet has thousands. */
export function nodesBySide(topology: Topology): ReadonlyMap<string, [string, Node][]> {
  return Map.groupBy(Object.entries(topology.nodes), ([, node]) => node.side);
}

/** The cluster that holds a side; the first one when an issue says that there are two. */
export function clusterOfSide(topology: Topology, side: string): string | undefined {
  return Object.entries(topology.placement.clusters).find(([, cluster]) => cluster.sides.includes(side))?.[0];
}

/** Name of a client's group: its own key, or the only group there is. */
export function groupNameOf(topology: Topology, client: string): string | undefined {
  const names = Object.keys(topology.clientGroups);
  return topology.clients[client]?.group ?? (names.length === 1 ? names[0] : undefined);
}

export function groupOf(topology: Topology, client: string): ClientGroup | undefined {
  const name = groupNameOf(topology, client);
  return name === undefined ? undefined : topology.clientGroups[name];
}

/** Addresses of the clients that may be missing while a side goes, each once. */
export function allowedMissingOf({ gitops, clients }: Topology): IpAddress[] {
  const { allowMissing, letThrough = [] } = gitops.gate;
  const addresses = [...allowMissing, ...letThrough].flatMap((reference) => {
    const client = Object.hasOwn(clients, reference) ? clients[reference] : undefined;
    return client?.addresses ?? parseAddress(reference) ?? [];
  });
  return [...new Set(addresses)].sort(compareAddresses);
}

/** The most routes that any one client may announce; 0: there is no client group. */
export function highestMaximumPrefixes({ clientGroups, clients }: Topology): number {
  const limits = [...Object.values(clientGroups), ...Object.values(clients)].map((each) => each.maximumPrefixes ?? 0);
  return limits.reduce((most, limit) => Math.max(most, limit), 0);
}

/** How many sessions the declared clients have with a side, at most. */
export function declaredAddresses({ clients }: Topology): number {
  return Object.values(clients).reduce((sum, { addresses }) => sum + addresses.length, 0);
}

/** What the listen ranges of a side's route servers are; of several sides, that with the most addresses. */
export function widestRanges({ routeServers, sides, clientGroups, clients }: Topology): ClientRanges {
  const groups = Object.entries(clientGroups).map(([name, group]) => ({ name, ...group }));
  const declared = Object.values(clients).flatMap(({ addresses }) => addresses);
  const all = Object.values(sides).map(({ vips }) => {
    // A route server knows its clients at the addresses from which they can dial its VIP.
    const families = new Set(vips.map(familyOf));
    const isOfNode = routeServers.exposure === 'hostNetwork';
    return clientRanges(
      groups,
      declared.filter((address) => isOfNode || families.has(familyOf(address))),
    );
  });
  const countOf = (ranges: ClientRanges) => (ranges.kind === 'wide' ? ranges.count : BigInt(ranges.addresses.length));
  return all.reduce((widest, each) => (countOf(each) > countOf(widest) ? each : widest), {
    kind: 'narrow',
    addresses: [],
  });
}

/** The images of a side's pods. */
export function imagesOf({ routeServers, sides }: Topology, side: string): Topology['routeServers']['images'] {
  const { crpd, frr, agent } = routeServers.images;
  const own = sides[side]?.images;
  return { crpd: own?.crpd ?? crpd, frr: own?.frr ?? frr, agent: own?.agent ?? agent };
}

/** What a side's pods keep when they go; undefined: nothing. */
export function persistenceOf(
  { routeServers, sides }: Topology,
  side: string,
): Topology['routeServers']['persistence'] {
  return sides[side]?.persistence ?? routeServers.persistence;
}

/**
 * How soon MetalLB dials a router again, in seconds; undefined: MetalLB decides. One BGPPeer of all nodes has no default of ours: a new
 * version of meshrs would change it on all sides at once, which the API server refuses until all of them are open.
 */
export function metallbConnectRetrySeconds({ metallb }: Topology): number | undefined {
  if (metallb.backend === 'native') return undefined;
  if (metallb.peerScope === 'global') return metallb.connectRetrySeconds;
  return metallb.connectRetrySeconds ?? defaultMetallbConnectRetrySeconds;
}
