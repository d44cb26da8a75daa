import { familyOf, hostPrefix, type IpPrefix } from '@meshrs/network';
import type { Topology } from '@meshrs/topology';
import { startFrr, type FrrInstance } from '../frr/start-frr.ts';
import { makeForwarding } from '../host/forwarding.ts';
import { ipBatch } from '../host/namespaces.ts';
import type { Lab } from '../lab/lab.ts';
import { passwordOfRouter, type Passwords } from '../plan/passwords.ts';
import { anycastOf, coreAsn, fabricLinks, nodeRoutes, rangesBehindCore } from '../plan/fabric-plan.ts';
import { nodesOf, type LabPlan, type PointToPoint } from '../plan/lab-plan.ts';
import { coreConfig } from './core-config.ts';
import { routerConfig } from './router-config.ts';

/** Cables, addresses and routes between nodes, routers, core and clients; all loopbacks. */
export async function makeFabricNetwork(plan: LabPlan, topology: Topology): Promise<void> {
  const { routers, core, clients } = plan;
  const nodes = nodesOf(plan);
  const links = fabricLinks(nodes);
  const nodeNamespace = new Map(nodes.map(({ name, namespace }) => [name, namespace]));
  const routerNamespace = new Map(routers.map(({ name, namespace }) => [name, namespace]));
  const uplinks = [...routers, ...clients];
  await ipBatch([
    ...links.map(
      ({ node, nodePort, router, routerInterface }) =>
        `link add ${nodePort} netns ${nodeNamespace.get(node) ?? ''} type veth peer name ${routerInterface} netns ${routerNamespace.get(router) ?? ''}`,
    ),
    ...uplinks.map(
      ({ namespace, uplink }) =>
        `link add ${uplinkPort} netns ${namespace} type veth peer name ${uplink.corePort} netns ${core.namespace}`,
    ),
  ]);
  const behindCore = rangesBehindCore(topology, plan.rangesBehindCore);
  await Promise.all([
    ...nodes.map((node) =>
      ipBatch(
        [
          ...links
            .filter((link) => link.node === node.name)
            .flatMap(({ nodePort, nodeAddresses }) => port(nodePort, nodeAddresses)),
          ...nodeRoutes(node, routers, topology, behindCore).map(
            ({ to, via }) => `route add ${to} ${via.map((address) => `nexthop via ${address}`).join(' ')}`,
          ),
        ],
        node.namespace,
      ),
    ),
    ...routers.map((router) =>
      ipBatch(
        [
          ...links
            .filter((link) => link.router === router.name)
            .flatMap(({ routerInterface, routerPort, routerAddresses }) => [
              ...port(routerInterface, routerAddresses),
              `link set ${routerInterface} alias ${routerPort}`,
            ]),
          ...uplinkOf(router.uplink),
          ...[...router.router.loopbacks, anycastOf(router, topology).address].map(
            (address) => `address add ${hostPrefix(address)} dev lo`,
          ),
        ],
        router.namespace,
      ),
    ),
    ...clients.map(({ namespace, client, uplink, injectorAddress }) =>
      ipBatch(
        [
          ...uplinkOf(uplink),
          ...[...client.addresses, injectorAddress].map((address) => `address add ${hostPrefix(address)} dev lo`),
          // No default route: FRR would not resolve a next hop by it.
          ...[...behindCore, ...vipPrefixes(topology)].map(
            (range) => `route replace ${range} via ${uplink.coreAddress}`,
          ),
        ],
        namespace,
      ),
    ),
    ipBatch(
      [
        ...uplinks.flatMap(({ uplink }) => port(uplink.corePort, [`${uplink.coreAddress}/31`])),
        ...clients.flatMap(({ client, uplink, tunnelAddress }) =>
          [...client.addresses.filter((address) => familyOf(address) === 'ipv4'), tunnelAddress].map(
            (address) => `route add ${address} via ${uplink.address}`,
          ),
        ),
      ],
      core.namespace,
    ),
    ...[core, ...routers].map(({ namespace }) => makeForwarding(namespace)),
  ]);
}

/** Starts the routing daemons of the core and of every router. */
export async function startRouters(lab: Lab, plan: LabPlan, topology: Topology, passwords: Passwords): Promise<void> {
  await Promise.all(fabricInstances(plan, topology, passwords).map((instance) => startFrr(lab, instance)));
}

/** FRR of the core and of every router. */
export function fabricInstances(plan: LabPlan, topology: Topology, passwords: Passwords): readonly FrrInstance[] {
  const nodeRanges = plan.clusters.flatMap(({ name }) => topology.placement.clusters[name]?.nodeRanges ?? []);
  const asn = coreAsn(topology);
  const { core, routers } = plan;
  const vips = Object.values(topology.sides).flatMap((side) => side.vips);
  return [
    {
      name: 'core',
      namespace: core.namespace,
      config: coreConfig({
        asn,
        routerId: core.routerId,
        routers: routers.map((router) => ({
          address: router.uplink.address,
          asn: anycastOf(router, topology).routerAsn,
        })),
        ranges: rangesBehindCore(topology, plan.rangesBehindCore),
      }),
    },
    ...routers.map((router) => ({
      name: router.name,
      namespace: router.namespace,
      config: routerConfig({
        name: router.name,
        loopbacks: router.router.loopbacks,
        anycast: anycastOf(router, topology),
        nodeRanges,
        vips,
        password: passwordOfRouter(topology, passwords, router.name),
        core: { address: router.uplink.coreAddress, asn },
      }),
    })),
  ];
}

const uplinkPort = 'core';

function port(name: string, addresses: readonly string[]): string[] {
  return [...addresses.map((address) => `address add ${address} dev ${name}`), `link set ${name} up`];
}

function uplinkOf({ address }: PointToPoint): string[] {
  return port(uplinkPort, [`${address}/31`]);
}

function vipPrefixes(topology: Topology): IpPrefix[] {
  return Object.values(topology.sides)
    .flatMap(({ vips }) => vips)
    .filter((vip) => familyOf(vip) === 'ipv4')
    .map(hostPrefix);
}
