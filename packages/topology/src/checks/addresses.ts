import {
  duplicateAddresses,
  duplicateRouterIds,
  specialAddresses,
  specialPrefixes,
  type Claim,
} from '@meshrs/contract';
import { familyOf, hostOf, type InterfaceAddress, type IpAddress, type IpPrefix } from '@meshrs/network';
import type { Finding, Path } from '@meshrs/strict-yaml';
import type { CheckCode } from '../codes.ts';
import { linksOf, routerPortsOf } from '../ports.ts';
import type { Topology } from '../schema/index.ts';

/**
 * Every address belongs to one thing and can be one's, every router-id belongs to one route server, and lists hold one
 * address per family.
 */
export function checkAddresses(topology: Topology): Finding<CheckCode>[] {
  return [
    ...duplicateAddresses([...hostClaims(topology), ...linkClaims(topology)]),
    ...specialAddresses(hostClaims(topology)),
    ...specialPrefixes(clientPrefixes(topology), 'refused'),
    ...duplicateRouterIds(routerIdClaims(topology)),
    ...addressLists(topology).flatMap(familyTwice),
  ];
}

/** Addresses at which sessions end, or that somebody dials. */
function hostClaims({ sides, metallb, routers, clients, management }: Topology): Claim<IpAddress>[] {
  return [
    ...Object.entries(sides).flatMap(([side, { vips }]) =>
      listClaims(vips, ['sides', side, 'vips'], `the VIP of side ${side}`),
    ),
    ...Object.entries(metallb.anycastLoopbacks).map(([name, { address }]) => ({
      path: ['metallb', 'anycastLoopbacks', name, 'address'],
      owner: `the anycast loopback ${name}`,
      value: address,
    })),
    ...Object.entries(routers).flatMap(([name, { loopbacks }]) =>
      listClaims(loopbacks, ['routers', name, 'loopbacks'], `router ${name}`),
    ),
    // In a table of its own, with the anycast loopback beside it and the VIPs behind it.
    ...Object.entries(routers).flatMap(([name, { loopbacks, vrf }]) =>
      vrf?.loopback === undefined || loopbacks.includes(vrf.loopback)
        ? []
        : [{ path: ['routers', name, 'vrf', 'loopback'], owner: `router ${name} in its VRF`, value: vrf.loopback }],
    ),
    ...Object.entries(clients).flatMap(([name, { addresses }]) => {
      // One device in two roles may dial from a loopback that it has as a router.
      const own = Object.hasOwn(routers, name) ? (routers[name]?.loopbacks ?? []) : [];
      return listClaims(addresses, ['clients', name, 'addresses'], `client ${name}`).filter(
        ({ value }) => !own.includes(value),
      );
    }),
    ...Object.entries(management?.addresses ?? {}).map(([pod, address]) => ({
      path: ['management', 'addresses', pod],
      owner: `the management of ${pod}`,
      value: address,
    })),
  ];
}

/** Both ends of the links; link-local addresses may stand there. */
function linkClaims(topology: Topology): Claim[] {
  const gateways = new Set<string>();
  const nodePorts = new Set<string>();
  const ofRouters = routerPortsOf(topology).flatMap(
    ({ router, port, addresses, links: [{ path, anycastGateway }] }) => {
      const own = interfaceClaims(addresses, [...path, 'routerAddresses'], `router ${router} on ${port}`);
      if (!anycastGateway) return own;
      // The routers of one gateway have its address together.
      const claims = own.filter((_, index) => !gateways.has(addresses[index] ?? ''));
      for (const address of addresses) gateways.add(address);
      return claims;
    },
  );
  const ofNodes = linksOf(topology).flatMap(({ node, nodePort, nodeAddresses, path }) => {
    // One of several routers behind one port has nothing of its own here.
    const isKnown = nodePorts.has(`${node} ${nodePort}`);
    nodePorts.add(`${node} ${nodePort}`);
    return isKnown ? [] : interfaceClaims(nodeAddresses, [...path, 'nodeAddresses'], `node ${node} on ${nodePort}`);
  });
  return [...ofRouters, ...ofNodes];
}

function clientPrefixes({ clientGroups }: Topology): Claim<IpPrefix>[] {
  return Object.entries(clientGroups).flatMap(([group, { prefixes }]) =>
    prefixes.map((value, index) => ({
      path: ['clientGroups', group, 'prefixes', index],
      owner: `the client group ${group}`,
      value,
    })),
  );
}

function listClaims(addresses: readonly IpAddress[], path: Path, owner: string): Claim<IpAddress>[] {
  return addresses.map((value, index) => ({ path: [...path, index], owner, value }));
}

function interfaceClaims(addresses: readonly InterfaceAddress[], path: Path, owner: string): Claim[] {
  return addresses.map((value, index) => ({ path: [...path, index], owner, value: hostOf(value) }));
}

function routerIdClaims({ sides }: Topology): Claim[] {
  return Object.entries(sides).flatMap(([side, { statefulSets }]) =>
    Object.entries(statefulSets).flatMap(([name, { routerIds }]) =>
      routerIds.map((value, index) => ({
        path: ['sides', side, 'statefulSets', name, 'routerIds', index],
        owner: `${name}-${String(index)}`,
        value,
      })),
    ),
  );
}

function addressLists({
  sides,
  routers,
  clients,
  nodes,
}: Topology): { path: Path; addresses: readonly (IpAddress | InterfaceAddress)[] }[] {
  return [
    ...Object.entries(sides).map(([side, { vips }]) => ({ path: ['sides', side, 'vips'], addresses: vips })),
    ...Object.entries(routers).map(([name, { loopbacks }]) => ({
      path: ['routers', name, 'loopbacks'],
      addresses: loopbacks,
    })),
    ...Object.entries(clients).map(([name, { addresses }]) => ({ path: ['clients', name, 'addresses'], addresses })),
    ...Object.entries(nodes).flatMap(([node, { links }]) =>
      links.flatMap((link, index) => [
        { path: ['nodes', node, 'links', index, 'routerAddresses'], addresses: link.routerAddresses },
        { path: ['nodes', node, 'links', index, 'nodeAddresses'], addresses: link.nodeAddresses },
      ]),
    ),
  ];
}

function familyTwice({
  path,
  addresses,
}: {
  path: Path;
  addresses: readonly (IpAddress | InterfaceAddress)[];
}): Finding<CheckCode>[] {
  return addresses.flatMap((address, index) => {
    const first = addresses.findIndex((other) => familyOf(other) === familyOf(address));
    if (first === index) return [];
    return [
      {
        code: 'family-twice',
        path: [...path, index],
        message: `The list already has an ${familyOf(address) === 'ipv4' ? 'IPv4' : 'IPv6'} address, ${addresses[first] ?? ''}.`,
        allowed: 'one IPv4 and one IPv6 address at most',
        hint: 'remove one of the two',
      },
    ];
  });
}
