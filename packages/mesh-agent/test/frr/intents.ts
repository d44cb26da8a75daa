import {
  parseAddress,
  parseAsn,
  parseAsnRange,
  parsePrefix,
  type Asn,
  type AsnRange,
  type IpAddress,
  type IpPrefix,
} from '@meshrs/network';
import type { ClientGroupIntent, ClientNeighborIntent, MeshGroupIntent, RouteServerIntent } from '@meshrs/route-server';

export const address = (text: string): IpAddress => parseAddress(text) ?? wrong(text);
export const asn = (text: string | number): Asn => parseAsn(String(text)) ?? wrong(String(text));
export const asnRange = (text: string): AsnRange => parseAsnRange(text) ?? wrong(text);

export function prefix(text: string): IpPrefix {
  const parsed = parsePrefix(text);
  return parsed && 'prefix' in parsed ? parsed.prefix : wrong(text);
}

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

function wrong(text: string): never {
  throw new Error(`The test's constant ${text} is wrong.`);
}
