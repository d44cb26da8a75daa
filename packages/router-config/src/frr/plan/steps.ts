import type { FrrConfig, FrrRouter } from '../config.ts';
import { top, type Statement } from '../statements.ts';
import type { Leaves, PlannedChange } from './planned-change.ts';

/** Finds what there is to do on the configuration as it is by then. */
export type Step = (current: FrrConfig) => readonly PlannedChange[];

/** Changes that have been found, step after step. */
export interface Plan {
  readonly changes: readonly PlannedChange[];
  /** What runs when all of them are done. */
  current(): FrrConfig;
  run(step: Step): void;
}

export function createPlan(running: FrrConfig): Plan {
  const changes: PlannedChange[] = [];
  let current = running;
  return {
    changes,
    current: () => current,
    run: (step) => {
      const found = step(current);
      for (const change of found) changes.push(change);
      current = afterSteps(current, found);
    },
  };
}

/** Plans items that have nothing to do with one another. */
export function each<T>(
  items: readonly T[],
  planOne: (item: T) => PlannedChange | undefined,
): readonly PlannedChange[] {
  return items.flatMap((item) => planOne(item) ?? []);
}

/** What runs when these steps are done, one after the other. */
export function afterSteps(before: FrrConfig, steps: readonly Pick<PlannedChange, 'leaves'>[]): FrrConfig {
  let current = before;
  let ofNeighbors: (Leaves & { kind: 'neighbor' })[] = [];
  for (const { leaves } of steps) {
    if (leaves.kind === 'neighbor') {
      ofNeighbors.push(leaves);
      continue;
    }
    current = leaves.of(withNeighbors(current, ofNeighbors));
    ofNeighbors = [];
  }
  return withNeighbors(current, ofNeighbors);
}

/** Those of many steps at once: each by itself would go through all neighbors. */
function withNeighbors(current: FrrConfig, changed: readonly (Leaves & { kind: 'neighbor' })[]): FrrConfig {
  if (changed.length === 0) return current;
  return withRouter(current, ({ neighbors: before }) => {
    const neighbors = new Map(before.map((neighbor) => [neighbor.address, neighbor]));
    for (const { address, neighbor } of changed) {
      if (neighbor) neighbors.set(address, neighbor);
      else neighbors.delete(address);
    }
    return { neighbors: [...neighbors.values()] };
  });
}

/** A step that changes its router alone. */
export function leavesRouter(change: (router: FrrRouter) => Partial<FrrRouter>): Leaves {
  return { kind: 'other', of: (before) => withRouter(before, change) };
}

export function withRouter(current: FrrConfig, change: (router: FrrRouter) => Partial<FrrRouter>): FrrConfig {
  return current.router ? { ...current, router: { ...current.router, ...change(current.router) } } : current;
}

/** The command that takes a line back whose `no` form is the whole line. */
export function takenBack({ context, text }: Statement): Statement {
  return { context, text: `no ${text}` };
}

export function atTheTop(text: string): Statement {
  return { context: top, text };
}

export function byName(one: { readonly name: string }, other: { readonly name: string }): number {
  return one.name < other.name ? -1 : one.name > other.name ? 1 : 0;
}
