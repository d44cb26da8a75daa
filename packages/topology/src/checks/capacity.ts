import { partialMesh, type Engine } from '@meshrs/contract';
import type { Finding } from '@meshrs/strict-yaml';
import type { CheckCode } from '../codes.ts';
import { nodesBySide, routeServersOf } from '../fleet.ts';
import type { Side } from '../schema/sides.ts';
import type { Topology } from '../schema/index.ts';
import { listWords } from './check.ts';

/** Nodes, router-ids and licences suffice for the replicas. */
export function checkCapacity(topology: Topology): Finding<CheckCode>[] {
  const nodes = nodesBySide(topology);
  return [
    ...Object.entries(topology.sides).flatMap(([name, side]) => [
      ...nothingBehindVip(name, side),
      ...tooFewNodes(
        (nodes.get(name) ?? []).map(([node]) => node),
        name,
        side,
      ),
      ...tooFewRouterIds(name, side),
      ...rehashNotAccepted(name, side),
    ]),
    ...rehashOnAllSides(topology),
    ...partialMesh(['routeServers', 'mesh', 'maximumPeers'], topology.routeServers.mesh.maximumPeers, others(topology)),
    ...engineCapacity[topology.routeServers.engine](topology),
  ];
}

/** How many other route servers each has, those to come included, as the settings name them by their router-ids. */
function others({ sides }: Topology): number {
  const sets = Object.values(sides).flatMap(({ statefulSets }) => Object.values(statefulSets));
  return sets.reduce((sum, { routerIds }) => sum + routerIds.length, 0) - 1;
}

function replicasOf(side: Side): number {
  return Object.values(side.statefulSets).reduce((sum, { replicas }) => sum + replicas, 0);
}

function nothingBehindVip(name: string, side: Side): Finding<CheckCode>[] {
  if (replicasOf(side) > 0) return [];
  return [
    {
      code: 'nothing-behind-vip',
      path: ['sides', name, 'statefulSets'],
      message: `No StatefulSet stands behind the VIP of side ${name}.`,
      seen: 'none',
      allowed: 'one StatefulSet or more',
      hint: `add routeserver-${name}: with its routerIds`,
    },
  ];
}

function tooFewNodes(nodes: readonly string[], name: string, side: Side): Finding<CheckCode>[] {
  const wanted = replicasOf(side);
  if (nodes.length < wanted) {
    return [
      {
        code: 'too-few-nodes',
        path: ['sides', name, 'statefulSets'],
        message: `Side ${name} has ${count(wanted, 'route server')} and ${count(nodes.length, 'node')}; each route server needs a node of its own.`,
        seen: nodes.length === 0 ? 'none' : listWords(nodes),
        allowed: `at least ${count(wanted, 'node')} with side: ${name} under nodes`,
        hint: 'add nodes to the side, or lower replicas',
      },
    ];
  }
  if (nodes.length > wanted || wanted === 0) return [];
  return [
    {
      code: 'no-spare-node',
      path: ['sides', name, 'statefulSets'],
      message: `Side ${name} has as many route servers as nodes; while a node is drained, its route server has nowhere to go.`,
      seen: listWords(nodes),
      allowed: `${count(wanted + 1, 'node')} or more`,
      hint: 'add a node to the side',
    },
  ];
}

function tooFewRouterIds(name: string, side: Side): Finding<CheckCode>[] {
  return Object.entries(side.statefulSets)
    .filter(([, { replicas, routerIds }]) => routerIds.length < replicas)
    .map(([statefulSet, { replicas, routerIds }]) => ({
      code: 'too-few-router-ids',
      path: ['sides', name, 'statefulSets', statefulSet, 'routerIds'],
      message: `${statefulSet} has ${count(replicas, 'replica')} and ${count(routerIds.length, 'router-id')}.`,
      seen: listWords(routerIds),
      allowed: 'one router-id per replica, in the order of the ordinals',
      hint: `add ${count(replicas - routerIds.length, 'router-id')}`,
    }));
}

function rehashNotAccepted(name: string, side: Side): Finding<CheckCode>[] {
  const replicas = replicasOf(side);
  if (replicas <= 1 || side.acceptRehash) return [];
  return [
    {
      code: 'rehash-not-accepted',
      path: ['sides', name],
      message: `${count(replicas, 'route server')} stand behind the VIP of side ${name}; a routing change can move a client's session to another one, which resets it.`,
      seen: count(replicas, 'route server'),
      allowed: 'one route server per VIP, or acceptRehash: true',
      hint: `keep one replica, or add acceptRehash: true to side ${name}`,
    },
  ];
}

function rehashOnAllSides({ sides }: Topology): Finding<CheckCode>[] {
  const all = Object.values(sides);
  if (all.length < 2 || !all.every((side) => replicasOf(side) > 1)) return [];
  return [
    {
      code: 'rehash-on-all-sides',
      path: ['sides'],
      message:
        "Every side has several route servers behind its VIP; one routing change can move a client's sessions on all sides at once.",
      seen: Object.entries(sides)
        .map(([name, side]) => `${name}: ${String(replicasOf(side))}`)
        .join(', '),
      allowed: 'at least one side with one route server',
      hint: 'keep one replica on one side',
    },
  ];
}

/** What one engine alone limits. */
const engineCapacity: Readonly<Record<Engine, (topology: Topology) => Finding<CheckCode>[]>> = {
  crpd: licensedPeers,
  frr: () => [],
};

function licensedPeers(topology: Topology): Finding<CheckCode>[] {
  const { crpd } = topology.routeServers;
  const mesh = routeServersOf(topology).length - 1;
  const clients = Object.keys(topology.clients).length;
  if (mesh + clients <= crpd.licensedPeers) return [];
  return [
    {
      code: 'licensed-peers',
      path: ['routeServers', 'crpd', 'licensedPeers'],
      message: `Each route server has ${String(mesh + clients)} peers (${String(mesh)} in the mesh, ${count(clients, 'declared client')}), and the licence covers ${String(crpd.licensedPeers)}.`,
      seen: String(crpd.licensedPeers),
      allowed: `a licence for ${String(mesh + clients)} peers or more`,
      hint: 'get a larger licence and set licensedPeers to what it covers',
    },
  ];
}

function count(number: number, thing: string): string {
  return `${String(number)} ${thing}${number === 1 ? '' : 's'}`;
}
