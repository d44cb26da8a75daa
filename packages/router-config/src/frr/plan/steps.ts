import type { FrrConfig, FrrRouter } from '../config.ts';
import { top, type Statement } from '../statements.ts';
import type { PlannedChange } from './planned-change.ts';

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
      changes.push(...found);
      current = found.at(-1)?.after ?? current;
    },
  };
}

/** Plans item by item, each on the configuration that the items before it leave. */
export function each<T>(
  start: FrrConfig,
  items: readonly T[],
  planOne: (current: FrrConfig, item: T) => PlannedChange | undefined,
): readonly PlannedChange[] {
  const changes: PlannedChange[] = [];
  let current = start;
  for (const item of items) {
    const change = planOne(current, item);
    if (!change) continue;
    changes.push(change);
    current = change.after;
  }
  return changes;
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
