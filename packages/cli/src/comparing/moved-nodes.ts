import { labels } from '@meshrs/contract';
import type { Act } from '@meshrs/impact';
import { basename, extname } from 'node:path/posix';
import { parse } from 'yaml';
import { z } from 'zod';
import type { TopologyText } from '../topologies/topology-files.ts';
import { inOrder, type Holder, type Move } from './order-of-moves.ts';

/** As far as it is needed: what runs may be a topology that this program refuses by now. */
const topologySchema = z.object({
  nodes: z.record(z.string(), z.object({ side: z.string() })),
  sides: z
    .record(
      z.string(),
      z.object({ statefulSets: z.record(z.string(), z.object({ replicas: z.number().default(1) })).default({}) }),
    )
    .default({}),
  routeServers: z.object({ namespace: z.string().default('meshrr') }).prefault({}),
  placement: z
    .object({
      clusters: z.record(z.string(), z.object({ sides: z.array(z.string()) })).default({}),
      /** Key of the label by which a node belongs to a side; while a fleet runs, `build` refuses another one. */
      nodeLabel: z.string().default(labels.side),
    })
    .prefault({}),
});
type SidesOfNodes = z.infer<typeof topologySchema>;

/** Nodes that cannot change their sides in one commit, since no order of labels leaves each side its nodes at every moment. */
export interface StuckNodes {
  /** The topology, "topologies/dci.yaml". */
  readonly file: string;
  readonly moves: readonly Move[];
  /**
   * Their new side comes with the same commit; or gets route servers by it that need them; or they are the last ones of the sides
   * that they leave, or the last one for each of their route servers.
   */
  readonly because: 'side-comes' | 'side-grows' | 'last-nodes';
}

export interface NodeChanges {
  readonly acts: readonly Act[];
  readonly stuck: readonly StuckNodes[];
}

/**
 * Nodes that have another side, come or go: nothing generated names them, and no commit writes a node's label. A topology that
 * is new is the beginning of a fleet, unless something is generated already: `generated`, the clusters of which that is so.
 */
export function nodeChanges(
  before: readonly TopologyText[],
  after: readonly TopologyText[],
  generated: readonly string[],
): NodeChanges {
  const old = before.map(({ file, text }) => ({ file, sides: readSides(text) }));
  const changes = after.map(({ file, text }): NodeChanges => {
    const next = readSides(text);
    // What is wrong with it is said where topologies are read.
    if (!next) return { acts: [], stuck: [] };
    const clusters = clustersOf(next);
    // A cluster is in one file, whatever that is called.
    const known =
      old.find(({ sides }) => sides && clustersOf(sides).some((cluster) => clusters.includes(cluster))) ??
      old.find((each) => each.file === file);
    if (known?.sides) return changesOf(file, known.sides, next);
    return {
      acts: clusters.some((cluster) => generated.includes(cluster))
        ? [notCompared(file, next.placement.nodeLabel)]
        : [],
      stuck: [],
    };
  });
  return { acts: changes.flatMap(({ acts }) => acts), stuck: changes.flatMap(({ stuck }) => stuck) };
}

function notCompared(file: string, nodeLabel: string): Act {
  return act(
    'before',
    `${file}: whether nodes come, leave or change their side nobody has looked at, since the commit that this is compared with has no topology of it that can be read; hold what you have written against the labels that the nodes have, and let none change its side by it`,
    `kubectl get nodes -L ${nodeLabel}`,
  );
}

function changesOf(file: string, old: SidesOfNodes, next: SidesOfNodes): NodeChanges {
  const place = { topology: basename(file, extname(file)), old, next };
  const { nodeLabel } = next.placement;
  const [before, after] = [nodesBySide(old), nodesBySide(next)];
  const coming = Object.entries(next.nodes).filter(([node]) => !Object.hasOwn(old.nodes, node));
  const moves = Object.entries(old.nodes)
    .map(([node, { side: from }]): Move => ({ node, from, to: next.nodes[node]?.side }))
    .filter(({ from, to }) => from !== to);
  const toNew = moves.filter(({ to }) => to !== undefined && !before.has(to));
  // Until the sync is over a side has its nodes of before, and those that come; only then nodes change their sides.
  const holders = new Map(
    [...before].map(([side, nodes]): [string, Holder] => [
      side,
      {
        nodes: new Set([...nodes, ...coming.flatMap(([node, { side: of }]) => (of === side ? [node] : []))]),
        needed: routeServersOf(next, side),
      },
    ]),
  );
  const isShort = ({ nodes, needed }: Holder): boolean => nodes.size < needed;
  const toGrown = moves.filter(({ to }) => to !== undefined && isShort(holders.get(to) ?? nobody));
  const stays = moves.filter((move) => !toNew.includes(move) && !toGrown.includes(move));
  // Of a side that goes nothing is guarded any more when the sync is over; who leaves with it is told with the side.
  const crossing = stays.filter(({ from, to }) => to !== undefined && clusterOf(old, from) !== clusterOf(next, to));
  const freed = stays.filter((move) => !after.has(move.from) && move.to !== undefined && !crossing.includes(move));
  const guarded = stays.filter(({ from }) => after.has(from));
  for (const { node, to } of freed) {
    const holder = holders.get(to ?? '');
    if (to !== undefined && holder) holders.set(to, { ...holder, nodes: new Set([...holder.nodes, node]) });
  }
  const { ordered, last } = inOrder(
    guarded.map((move) => (crossing.includes(move) ? { ...move, to: undefined } : move)),
    holders,
  );
  const stuck: StuckNodes[] = [
    { file, moves: toNew, because: 'side-comes' },
    { file, moves: toGrown, because: 'side-grows' },
    { file, moves: last, because: 'last-nodes' },
  ];
  return {
    acts: [
      ...coming.map(([node, { side }]) =>
        act('before', `node ${node} comes to side ${side}, and needs its label`, label(nodeLabel, node, side)),
      ),
      ...freed.map((move) =>
        act(
          'after',
          `node ${move.node} comes from side ${move.from}, which is gone by then`,
          relabel(nodeLabel, move.node, move.to),
        ),
      ),
      ...ordered.map((move) => moveAct(move, place)),
      ...crossing.map(({ node, to }) =>
        act(
          'after',
          `node ${node} has left its cluster and comes to another one, where it needs a label`,
          label(nodeLabel, node, to),
        ),
      ),
      ...stuck.flatMap((each) => outageActs(each, place)),
    ],
    stuck: stuck.filter(({ moves: some }) => some.length > 0),
  };
}

interface Place {
  /** Its name, "dci". */
  readonly topology: string;
  readonly old: SidesOfNodes;
  readonly next: SidesOfNodes;
}

function act(when: Act['when'], what: string, command: string): Act {
  return { when, what, commands: [command] };
}

/** The label is guarded: the VIP of the side is announced where it is (manifests, `interlock/policies/nodes.ts`). */
function moveAct({ node, from, to }: Move, place: Place): Act {
  const { topology, next } = place;
  const where = to === undefined ? `leaves side ${from}` : `moves from side ${from} to side ${to}`;
  return {
    side: from,
    when: 'after',
    what: `node ${node} ${where}: its speaker then ends the sessions of side ${from}, and a route server of side ${from} that runs there comes to another node when it is deleted. The first command stays: type the others in another shell, wait until each client has side ${from} again (pnpm meshrs status ${topology}), end the first with Ctrl-C, and only then go on`,
    commands: [
      `pnpm meshrs open ${from} ${topology}${clusterFlag(place, from)} --reason 'node ${node} leaves side ${from}'`,
      relabel(next.placement.nodeLabel, node, to),
      deletePods({ node, from }, next),
    ],
  };
}

/** A pod stays where it runs, whatever label its node gets. */
function deletePods({ node, from }: Pick<Move, 'node' | 'from'>, { routeServers }: SidesOfNodes): string {
  return `kubectl -n ${routeServers.namespace} delete pod -l ${labels.side}=${from},${labels.workload} --field-selector spec.nodeName=${node}`;
}

/** Refused; where a person has said yes to an outage, or nothing runs yet. */
function outageActs({ moves, because }: StuckNodes, place: Place): Act[] {
  const [first] = moves;
  if (!first) return [];
  return [
    {
      when: because === 'last-nodes' ? 'after' : 'before',
      what: `${moves.map(({ node }) => node).join(', ')}: a side that they leave may lack a node from then on, and clients may lose both sides. Where the fleet runs, the first command stays, and the others are typed in another shell`,
      commands: [
        `pnpm meshrs open --both --force ${place.topology}${clusterFlag(place, first.from)} --reason 'nodes change their sides'`,
        ...moves.map(({ node, to }) => relabel(place.next.placement.nodeLabel, node, to)),
        ...moves.map((move) => deletePods(move, place.next)),
      ],
    },
  ];
}

/** Who has one cluster names none (`chooseCluster`). */
function clusterFlag({ old, next }: Place, side: string): string {
  const cluster = clusterOf(next, side) ?? clusterOf(old, side);
  return cluster === undefined || Object.keys(next.placement.clusters).length < 2 ? '' : ` --cluster ${cluster}`;
}

/** kubectl refuses it where the node has a label of another side. */
function label(key: string, node: string, side: string | undefined): string {
  return `kubectl label node ${node} ${key}=${String(side)}`;
}

function relabel(key: string, node: string, side: string | undefined): string {
  return side === undefined ? `kubectl label node ${node} ${key}-` : `${label(key, node, side)} --overwrite`;
}

const nobody: Holder = { nodes: new Set(), needed: 0 };

/** How many stand behind the VIP of a side. */
function routeServersOf({ sides }: SidesOfNodes, side: string): number {
  const sets = Object.hasOwn(sides, side) ? Object.values(sides[side]?.statefulSets ?? {}) : [];
  return sets.reduce((sum, { replicas }) => sum + replicas, 0);
}

function nodesBySide({ nodes }: SidesOfNodes): Map<string, readonly string[]> {
  const sides = new Map<string, readonly string[]>();
  for (const [node, { side }] of Object.entries(nodes)) sides.set(side, [...(sides.get(side) ?? []), node]);
  return sides;
}

function clusterOf({ placement }: SidesOfNodes, side: string): string | undefined {
  return Object.entries(placement.clusters).find(([, { sides }]) => sides.includes(side))?.[0];
}

function clustersOf({ placement }: SidesOfNodes): string[] {
  return Object.keys(placement.clusters);
}

/** Undefined where it is no topology. */
function readSides(text: string): SidesOfNodes | undefined {
  let read: unknown;
  try {
    read = parse(text);
  } catch {
    return undefined;
  }
  return topologySchema.safeParse(read).data;
}
