/** A node that gets another side. */
export interface Move {
  readonly node: string;
  readonly from: string;
  /** Undefined: it is of no side then. */
  readonly to: string | undefined;
}

export interface OrderedMoves {
  /** One after the other: each side has another node when one of its nodes leaves. */
  readonly ordered: readonly Move[];
  /** For which no such order was found. */
  readonly last: readonly Move[];
}

/**
 * Moves one after the other, so that no side is ever without a node. `holders`: the nodes of each side before.
 *
 * First goes who brings a node to a side that waits for one, then who comes to another side, last who leaves for good. Between
 * two sides that finds an order wherever there is one; between more it may miss one, and then people make two commits.
 */
export function inOrder(moves: readonly Move[], holders: ReadonlyMap<string, ReadonlySet<string>>): OrderedMoves {
  const nodes = new Map([...holders].map(([side, names]) => [side, new Set(names)]));
  const count = (side: string): number => nodes.get(side)?.size ?? 0;
  const ordered: Move[] = [];
  let pending = [...moves];
  for (;;) {
    const waiting = new Set(pending.map(({ from }) => from).filter((side) => count(side) < 2));
    const possible = pending.filter(({ from }) => count(from) > 1);
    const next =
      possible.find(({ to }) => to !== undefined && waiting.has(to)) ??
      possible.find(({ to }) => to !== undefined) ??
      possible[0];
    if (!next) return { ordered, last: pending };
    nodes.get(next.from)?.delete(next.node);
    if (next.to !== undefined) nodes.get(next.to)?.add(next.node);
    ordered.push(next);
    pending = pending.filter((each) => each !== next);
  }
}
