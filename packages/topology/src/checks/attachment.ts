import { hostOf, subnetOf } from '@meshrs/network';
import type { Finding } from '@meshrs/strict-yaml';
import type { CheckCode } from '../codes.ts';
import { nodesBySide } from '../fleet.ts';
import { linksOf, routerPortsOf } from '../ports.ts';
import type { Topology } from '../schema/index.ts';
import type { Link } from '../schema/routers.ts';
import { at, claimedTwice, listWords, type Claim } from './check.ts';
import { unknownReference } from './placement.ts';

/** Which routers nodes are attached to. */
export function checkAttachment(topology: Topology): Finding<CheckCode>[] {
  return [
    ...unknownRouters(topology),
    ...unknownPositions(topology),
    ...differingPorts(topology),
    ...nodePortsUsedTwice(topology),
    ...subnetMismatches(topology),
    ...anycastTwiceOnNode(topology),
    ...missingPositions(topology),
    ...sharedRouter(topology),
  ];
}

function unknownRouters({ nodes, routers }: Topology): Finding<CheckCode>[] {
  const known = Object.keys(routers);
  return Object.entries(nodes).flatMap(([node, { links }]) =>
    links
      .map(({ router }, index) => ({ router, path: ['nodes', node, 'links', index, 'router'] }))
      .filter(({ router }) => !known.includes(router))
      .map(({ router, path }) => unknownReference('unknown-router', router, path, 'router', 'routers', known)),
  );
}

function unknownPositions({ routers, metallb }: Topology): Finding<CheckCode>[] {
  const known = Object.keys(metallb.anycastLoopbacks);
  return Object.entries(routers)
    .filter(([, { anycast }]) => !known.includes(anycast))
    .map(([name, { anycast }]) =>
      unknownReference(
        'unknown-anycast',
        anycast,
        ['routers', name, 'anycast'],
        'anycast loopback',
        'metallb.anycastLoopbacks',
        known,
      ),
    );
}

/** Several nodes may be on one port of a router (an IRB, an SVI, a VLAN), which has its addresses once. */
function differingPorts(topology: Topology): Finding<CheckCode>[] {
  return routerPortsOf(topology).flatMap(({ router, port, addresses, links: [first, ...others] }) =>
    others
      .filter(({ routerAddresses }) => !isDeepEqual(routerAddresses, addresses))
      .map(({ path, routerAddresses }): Finding<CheckCode> => ({
        code: 'duplicate-port',
        path: [...path, 'routerPort'],
        message: `The port ${router} ${port} has ${listWords(addresses)} in the link of ${first.node} (${at(first.path)}), and ${listWords(routerAddresses)} here.`,
        seen: port,
        allowed: 'one cable for each port, or for all nodes on one port the same routerAddresses',
        hint: `correct the port, or write routerAddresses: [${addresses.join(', ')}] where both nodes are on one VLAN`,
      })),
  );
}

/** A node's port leads to one router, or to several that are one gateway. */
function nodePortsUsedTwice(topology: Topology): Finding<CheckCode>[] {
  const byPort = Map.groupBy(linksOf(topology), ({ node, nodePort }) => `${node} ${nodePort}`);
  return [...byPort.values()].flatMap(([first, ...others]) =>
    others
      .filter((link) => first && !isOneGateway(first, link))
      .map(({ node, nodePort, router, path }): Finding<CheckCode> => ({
        code: 'duplicate-port',
        path: [...path, 'nodePort'],
        message: `The port ${node} ${nodePort} is used by both the link to ${first?.router ?? ''} (${at(first?.path ?? [])}) and the link to ${router}.`,
        seen: nodePort,
        allowed: 'one router for each port, or several with anycastGateway: true and the same addresses',
        hint: 'correct one of the two',
      })),
  );
}

/** Both routers have the gateway's address on one network, and the node is on it with one address. */
function isOneGateway(one: Link, other: Link): boolean {
  return (
    one.router !== other.router &&
    one.anycastGateway &&
    other.anycastGateway &&
    isDeepEqual(one.routerAddresses, other.routerAddresses) &&
    isDeepEqual(one.nodeAddresses, other.nodeAddresses)
  );
}

function isDeepEqual(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((value, index) => value === other[index]);
}

function subnetMismatches({ nodes }: Topology): Finding<CheckCode>[] {
  return Object.entries(nodes).flatMap(([node, { links }]) =>
    links.flatMap(({ routerAddresses, nodeAddresses }, index) => {
      const subnets = routerAddresses.map(subnetOf);
      return nodeAddresses.flatMap((address, position): Finding<CheckCode>[] => {
        if (subnets.includes(subnetOf(address))) return [];
        return [
          {
            code: 'link-subnet-mismatch',
            path: ['nodes', node, 'links', index, 'nodeAddresses', position],
            message: `The node's end, ${address}, is not in a subnet of the router's end, ${listWords(routerAddresses)}.`,
            allowed: `another address than ${listWords(routerAddresses.map(hostOf))} in ${listWords(subnets)}`,
            hint: 'correct one of the two ends',
          },
        ];
      });
    }),
  );
}

function anycastTwiceOnNode({ nodes, routers }: Topology): Finding<CheckCode>[] {
  return Object.entries(nodes).flatMap(([node, { links }]) => {
    const claims = links.flatMap(({ router }, index): Claim[] => {
      const position = routers[router]?.anycast;
      const isSecondLinkToSameRouter = links.findIndex((link) => link.router === router) < index;
      if (position === undefined || isSecondLinkToSameRouter) return [];
      return [{ path: ['nodes', node, 'links', index, 'router'], owner: `router ${router}`, value: position }];
    });
    return claimedTwice(claims, (claim, first) => ({
      code: 'anycast-twice-on-node',
      allowed: 'another anycast loopback for each router of one node',
      message: `Node ${node} is attached to ${first.owner} and ${claim.owner}, and both carry the anycast loopback ${claim.value}.`,
      hint: 'add a second entry to metallb.anycastLoopbacks and give it to one of the two routers',
    }));
  });
}

function missingPositions(topology: Topology): Finding<CheckCode>[] {
  return groupsOfOnePeerSet(topology).flatMap(({ what, nodes }) => {
    // A link to a router that does not exist is an issue already; its position is unknown.
    const isUnknown = nodes.some(([node]) =>
      topology.nodes[node]?.links.some(({ router }) => !topology.routers[router]),
    );
    if (isUnknown) return [];
    const positions = new Set(nodes.flatMap(([, links]) => links));
    return nodes.flatMap(([node, own]) =>
      [...positions]
        .filter((position) => !own.includes(position))
        .map((position): Finding<CheckCode> => ({
          code: 'position-missing',
          path: ['nodes', node, 'links'],
          message: `Node ${node} has no router at ${position}, where other nodes of ${what} have one; its MetalLB session with ${position} stays down.`,
          seen: listWords(own),
          allowed: listWords([...positions]),
          hint: `link ${node} to a router at ${position}`,
        })),
    );
  });
}

/** Nodes that get the same BGPPeers, each with the positions of its routers. */
function groupsOfOnePeerSet(topology: Topology): { what: string; nodes: [string, string[]][] }[] {
  const withPositions = (nodes: readonly [string, Topology['nodes'][string]][]): [string, string[]][] =>
    nodes.map(([node, { links }]) => [
      node,
      links.flatMap(({ router }) => {
        const position = topology.routers[router]?.anycast;
        return position === undefined ? [] : [position];
      }),
    ]);
  if (topology.metallb.peerScope === 'global') {
    return [{ what: 'the fleet (peerScope is global)', nodes: withPositions(Object.entries(topology.nodes)) }];
  }
  return [...nodesBySide(topology)].map(([side, nodes]) => ({ what: `side ${side}`, nodes: withPositions(nodes) }));
}

function sharedRouter(topology: Topology): Finding<CheckCode>[] {
  if (topology.placement.acceptSharedRouter) return [];
  const bySide = nodesBySide(topology);
  const sides = Object.keys(topology.sides).map((side) => (bySide.get(side) ?? []).map(([, node]) => node));
  if (sides.length < 2 || sides.some((nodes) => nodes.length === 0)) return [];
  return Object.keys(topology.routers)
    .filter((name) => sides.every((nodes) => nodes.every(({ links }) => links.every(({ router }) => router === name))))
    .map((name) => ({
      code: 'shared-router',
      path: ['routers', name],
      message: `Every node of every side is attached to ${name} alone; its reboot takes every client off every side at once.`,
      seen: name,
      allowed: 'at least one side with a router of its own',
      hint: 'link the nodes of one side to another router, or set placement.acceptSharedRouter: true if you accept that risk',
    }));
}
