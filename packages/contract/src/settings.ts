import type { IpAddress } from '@meshrs/network';
import { readStrictYaml, type Validated } from '@meshrs/strict-yaml';
import type { Mode } from './engine.ts';
import type { ClientGroupIntent, RouteServerIntent } from './intent.ts';
import { settingsSchema, type ClientGroupSettings, type RouteServerSettings } from './settings-schema.ts';

const modes: Readonly<Record<RouteServerSettings['mode'], Mode>> = {
  evpnrs: 'evpn-route-server',
  routeserver: 'evpn-route-server',
  ipv4rr: 'ipv4-route-reflector',
  routereflector: 'ipv4-route-reflector',
};

/** Reads the text of a meshrr.conf.yml strictly. */
export function readSettings(file: string, text: string): Validated<RouteServerSettings> {
  return readStrictYaml(file, text, settingsSchema);
}

/**
 * What one route server is to be now. `meshNeighbors` holds, by group name, the addresses that the group's source gives,
 * without the pod's own.
 */
export function toIntent(
  settings: RouteServerSettings,
  pod: { readonly name: string; readonly routerId: IpAddress },
  meshNeighbors: Readonly<Record<string, readonly IpAddress[]>>,
): RouteServerIntent {
  return {
    name: pod.name,
    mode: modes[settings.mode],
    asn: settings.asn,
    routerId: pod.routerId,
    ...(settings.ribSharding !== undefined && { ribSharding: settings.ribSharding }),
    meshGroups: settings.bgpgroups
      .filter((group) => group.type === 'mesh')
      .map(({ name, timers }) => ({ name, timers, neighbors: meshNeighbors[name] ?? [] })),
    clientGroups: settings.bgpgroups.filter((group) => group.type === 'subtractive').map(toClientGroup),
  };
}

function toClientGroup(group: ClientGroupSettings): ClientGroupIntent {
  const { name, prefixes, asranges, timers, maximumPrefixes, multihopTtl, ttlSecurityHops } = group;
  return {
    name,
    prefixes,
    asns: asranges,
    timers,
    distance:
      ttlSecurityHops === undefined
        ? { kind: 'multihop', ttl: multihopTtl }
        : { kind: 'ttl-security', hops: ttlSecurityHops },
    ...(maximumPrefixes !== undefined && { maximumPrefixes }),
    neighbors: group.neighbors.map((neighbor) => ({
      name: neighbor.name,
      address: neighbor.address,
      asn: neighbor.asn,
      ...(neighbor.sharedAsn !== undefined && { sharedAsn: neighbor.sharedAsn }),
      ...(neighbor.maximumPrefixes !== undefined && { maximumPrefixes: neighbor.maximumPrefixes }),
    })),
  };
}
