import type { ClientGroupIntent, RouteServerIntent } from '@meshrs/route-server';
import {
  clientAsPathLists,
  clientGroup,
  clientNeighbors,
  clientRouteMaps,
  listenRanges,
  reflectorClientGroup,
} from './client-groups.ts';
import type { FrrConfig, FrrFamily } from './config.ts';
import { meshGroup, meshNeighbors } from './mesh-groups.ts';
import { sortByAddress } from './sort-by-address.ts';
import { toFrrWord } from './words.ts';

/** FRR's default of 100 would refuse the 101st client; this many sessions fit bgpd's limit of open files. */
const listenLimit = 5000;

/** A route server's configuration of bgpd. */
export function toFrrConfig(intent: RouteServerIntent): FrrConfig {
  const isEvpn = intent.mode === 'evpn-route-server';
  const family: FrrFamily = isEvpn ? 'l2vpn evpn' : 'ipv4 unicast';
  const toClientGroup = (group: ClientGroupIntent) =>
    isEvpn ? clientGroup(group) : reflectorClientGroup(group, family);
  const { meshGroups, clientGroups } = intent;
  return {
    hostname: toFrrWord(intent.name),
    // Policies are for eBGP; a reflector's clients are in its own AS.
    asPathLists: isEvpn ? byName(clientGroups.flatMap(clientAsPathLists)) : [],
    routeMaps: isEvpn ? byName(clientGroups.flatMap(clientRouteMaps)) : [],
    router: {
      asn: intent.asn,
      routerId: intent.routerId,
      listenLimit,
      logsNeighborChanges: true,
      hasDefaultIpv4Unicast: false,
      isGracefulShutdown: false,
      groups: byName([...meshGroups.map((group) => meshGroup(group, family)), ...clientGroups.map(toClientGroup)]),
      neighbors: sortByAddress(
        [...meshGroups.flatMap(meshNeighbors), ...clientGroups.flatMap(clientNeighbors)],
        ({ address }) => address,
      ),
      ranges: sortByAddress(clientGroups.flatMap(listenRanges), ({ prefix }) => prefix),
    },
  };
}

function byName<T extends { readonly name: string }>(items: readonly T[]): readonly T[] {
  return [...items].sort((one, other) => (one.name < other.name ? -1 : one.name > other.name ? 1 : 0));
}
