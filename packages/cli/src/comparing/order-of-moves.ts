/** A node that gets another side. */
export interface Move {
  readonly node: string;
  readonly from: string;
  /** Undefined: it is of no side then. */
  readonly to: string | undefined;
}

export interface OrderedMoves {
  /** One after the other: each side keeps a node for each of its route servers when one of its nodes leaves. */
  readonly ordered: readonly Move[];
  /** For which no such order was found. */
  readonly last: readonly Move[];
}

/** The nodes of a side, and how many it needs: one for each route server. */
export interface Holder {
  readonly nodes: ReadonlySet<string>;
  readonly needed: number;
}

/**
 * Moves one after the other, so that each side has a node for each of its route servers at every moment. `holders`: the sides
 * before.
 *
 * First goes who brings a node to a side that waits for one, then who comes to another side, last who leaves for good. Between
 * two sides that finds an order wherever there is one; between more it may miss one, and then people make two commits.
 */
export function inOrder(moves: readonly Move[], holders: ReadonlyMap<string, Holder>): OrderedMoves {
  const spare = new Map([...holders].map(([side, { nodes, needed }]) => [side, nodes.size - Math.max(needed, 1)]));
  const hasSpare = (side: string): boolean => (spare.get(side) ?? 0) > 0;
  const add = (side: string, nodes: number): unknown => spare.set(side, (spare.get(side) ?? 0) + nodes);
  const ordered: Move[] = [];
  let pending = [...moves];
  for (;;) {
    const waiting = new Set(pending.map(({ from }) => from).filter((side) => !hasSpare(side)));
    const possible = pending.filter(({ from }) => hasSpare(from));
    const next =
      possible.find(({ to }) => to !== undefined && waiting.has(to)) ??
      possible.find(({ to }) => to !== undefined) ??
      possible[0];
    if (!next) return { ordered, last: pending };
    add(next.from, -1);
    if (next.to !== undefined) add(next.to, 1);
    ordered.push(next);
    pending = pending.filter((each) => each !== next);
  }
}
