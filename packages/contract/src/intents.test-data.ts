import { address, asn, asnRange, prefix } from '@meshrs/network/test-data';
import type { ClientGroupIntent, ClientNeighborIntent, MeshGroupIntent, RouteServerIntent } from './intent.ts';

/** A route server with the seed's values and a router-id of its own. */
export function routeServer(number: number, changes: Partial<RouteServerIntent> = {}): RouteServerIntent {
  return {
    name: `routeserver-${String(number)}`,
    mode: 'evpn-route-server',
    asn: asn('65000.1'),
    routerId: address(`192.168.255.${String(number)}`),
    meshGroups: [meshGroup([])],
    clientGroups: [clientGroup()],
    ...changes,
  };
}

export function meshGroup(neighbors: readonly string[], changes: Partial<MeshGroupIntent> = {}): MeshGroupIntent {
  return {
    name: 'MESHRR-CORE',
    timers: { keepaliveSeconds: 3, holdSeconds: 9 },
    neighbors: neighbors.map(address),
    ...changes,
  };
}

export function clientGroup(changes: Partial<ClientGroupIntent> = {}): ClientGroupIntent {
  return {
    name: 'MESHRR-CLIENTS',
    prefixes: [prefix('192.168.0.0/16')],
    asns: [asnRange('65001-65535')],
    timers: { keepaliveSeconds: 10, holdSeconds: 30 },
    distance: { kind: 'multihop', ttl: 10 },
    neighbors: [],
    ...changes,
  };
}

export function declared(name: string, at: string, itsAsn: number, maximumPrefixes?: number): ClientNeighborIntent {
  return {
    name,
    address: address(at),
    asn: asn(itsAsn),
    ...(maximumPrefixes !== undefined && { maximumPrefixes }),
  };
}
