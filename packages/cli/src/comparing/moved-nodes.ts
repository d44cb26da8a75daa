import type { Act } from '@meshrs/impact';
import { basename, extname } from 'node:path/posix';
import { parse } from 'yaml';
import { z } from 'zod';
import type { TopologyText } from '../topologies/topology-files.ts';

const topology = z.object({ nodes: z.record(z.string(), z.object({ side: z.string() })) });

/**
 * Nodes that have another side, come or go: nothing generated names them, and no commit writes a node's label. A topology that
 * is new, or was none before, is the beginning of a fleet.
 */
export function nodeActs(before: readonly TopologyText[], after: readonly TopologyText[]): readonly Act[] {
  return after.flatMap(({ file, text }) => {
    const old = sidesOfNodes(before.find((each) => each.file === file)?.text);
    const next = sidesOfNodes(text);
    if (!old || !next) return [];
    const name = basename(file, extname(file));
    const known = new Set(old.values());
    return [...new Set([...old.keys(), ...next.keys()])].sort().flatMap((node) => {
      const [from, to] = [old.get(node), next.get(node)];
      return actOf({ node, name, from, to, isFirst: to !== undefined && !known.has(to) });
    });
  });
}

interface Move {
  readonly node: string;
  /** Of the topology. */
  readonly name: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** The side to which it comes has no node yet: the sync waits until its pods have one. */
  readonly isFirst: boolean;
}

function actOf({ node, name, from, to, isFirst }: Move): Act[] {
  if (from === to) return [];
  if (from === undefined) {
    const label = `kubectl label node ${node} side=${String(to)}`;
    return [
      { when: 'before', what: `node ${node} comes to side ${String(to)}, and needs its label`, commands: [label] },
    ];
  }
  // The label is guarded: the VIP of the side is announced where it is (manifests, `interlock/policies/nodes.ts`).
  const open = `pnpm meshrs open ${from} ${name} --reason 'node ${node} leaves side ${from}'`;
  const where = to === undefined ? `leaves side ${from}` : `moves from side ${from} to side ${to}`;
  return [
    {
      side: from,
      when: isFirst ? 'before' : 'after',
      what: `node ${node} ${where}: its speaker then ends the sessions of side ${from}, and a route server of ${from} on it stays until it is deleted; while the command that opens the side runs, in another shell`,
      commands: [open, `kubectl label node ${node} ${to === undefined ? 'side-' : `side=${to} --overwrite`}`],
    },
  ];
}

/** Read as far as it is needed; undefined where it is no topology. */
function sidesOfNodes(text: string | undefined): ReadonlyMap<string, string> | undefined {
  if (text === undefined) return undefined;
  let read: unknown;
  try {
    read = parse(text);
  } catch {
    // What is wrong with it is said where topologies are read.
    return undefined;
  }
  const { success, data } = topology.safeParse(read);
  return success ? new Map(Object.entries(data.nodes).map(([node, { side }]) => [node, side])) : undefined;
}
