import { isElsewhere, type AnyGateSide } from '@meshrs/contract';
import type { Look, SideChange } from './look.ts';

export interface TimeSinceChangeOptions {
  readonly sides: readonly AnyGateSide[];
  /** The StatefulSets bear a mark that changes with every object of their side. */
  readonly isMarked: boolean;
  /** Of a clock that never steps. */
  readonly nowMs: () => number;
}

/**
 * API servers of one cluster may differ by this: what one of them wrote, the gate reads by the clock of another one. Nobody who
 * knows that they differ by more lets them serve: tokens and leases of Kubernetes go by these clocks, too.
 */
const skewBelievedMs = 300_000;

/** How long ago something was, at least, that one API server has dated, by the date of an answer that another one may have given. */
function leastAgeMs(atMs: number, readAtMs: number): number {
  return Math.max(0, readAtMs - atMs - skewBelievedMs);
}

/**
 * By side, how many seconds ago its objects were last changed, at least. When that was stands in the objects, by the clock of
 * an API server; what time it is there is read off answers, so the clock of the gate's node does not matter. Nor does one of
 * an API server that steps, or that differs from another's: a change that the gate has seen for some time is that old, and
 * an older one by what is told beyond any difference that is accepted.
 */
export function createTimeSinceChange({ sides, isMarked, nowMs }: TimeSinceChangeOptions) {
  const startedAtMs = nowMs();
  const ages = createAges(nowMs);

  return (changes: Look['changes']): ReadonlyMap<string, number> => {
    const elapsedMs = nowMs() - startedAtMs;
    return new Map(
      sides.map((side) => {
        // Without the mark, this very sync may have changed any object of any side; and when a side of another cluster was
        // changed is not seen here.
        const most = isMarked && !isElsewhere(side) ? Infinity : elapsedMs;
        return [side.name, Math.min(most, ages(side.name, changes.get(side.name))) / 1000];
      }),
    );
  };
}

/** How many milliseconds ago something was last changed, at least, by its name; what has not changed is as old as can be. */
export function createAges(nowMs: () => number): (name: string, change: SideChange | undefined) => number {
  const firstSeen = new Map<string, { readonly changedAtMs: number | undefined; readonly atMs: number }>();
  return (name, change) => {
    if (!change) return Infinity;
    const { changedAtMs, readAtMs } = change;
    const known = firstSeen.get(name);
    const first = known && known.changedAtMs === changedAtMs ? known : { changedAtMs, atMs: nowMs() };
    firstSeen.set(name, first);
    const told = readAtMs === undefined || changedAtMs === undefined ? 0 : leastAgeMs(changedAtMs, readAtMs);
    return Math.max(nowMs() - first.atMs, told);
  };
}
