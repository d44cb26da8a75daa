import { selectedPods, type BuiltCluster } from '@meshrs/manifests/built';

/** A PodDisruptionBudget that fits the pods of the build to come, and not those that run until its sync has ended. */
export interface LooseBudget {
  /** The budget's id. */
  readonly object: string;
  readonly allows: string;
  /** How many pods it selects when the sync has ended. */
  readonly staying: number;
  /** How many there may be until then: those of before and those to come. */
  readonly running: number;
  /** How many of these it lets be evicted at once. */
  readonly evictable: number;
}

/**
 * Argo CD applies a budget in the first wave, before any side's turn, and what goes is deleted at the end of the sync: until
 * then it stands over more pods than it was made for. A share of few, "50%", lets two of four go.
 *
 * `old` is what was committed last, which need not run yet: of two commits in a row, each of one route server less, Argo CD may apply the
 * second one alone. No build can know that; whoever removes several waits for each sync.
 */
export function looseBudgets(old: BuiltCluster, next: BuiltCluster): readonly LooseBudget[] {
  return next.budgets.flatMap(({ id, view }): LooseBudget[] => {
    const { metadata, spec } = view;
    const { selector } = spec;
    if (!selector) return [];
    const [before, staying] = [old, next].map((cluster) =>
      selectedPods(cluster, metadata.namespace, selector).map(({ name }) => name),
    );
    const running = new Set([...(before ?? []), ...(staying ?? [])]).size;
    const [least, evictable] = [staying?.length ?? 0, running].map((count) => evictableOf(spec, count));
    if (evictable === undefined || evictable <= Math.max(1, least ?? 1)) return [];
    const allows = [spec.minAvailable, spec.maxUnavailable].find((each) => each !== undefined);
    return [{ object: id, allows: String(allows), staying: staying?.length ?? 0, running, evictable }];
  });
}

interface Bounds {
  readonly minAvailable?: number | string | undefined;
  readonly maxUnavailable?: number | string | undefined;
}

/** As Kubernetes counts: both shares are rounded up (disruption controller, `getExpectedPodCount`). Undefined: it says neither. */
function evictableOf({ minAvailable, maxUnavailable }: Bounds, count: number): number | undefined {
  if (minAvailable !== undefined) return Math.max(0, count - scaled(minAvailable, count));
  return maxUnavailable === undefined ? undefined : Math.min(count, scaled(maxUnavailable, count));
}

function scaled(bound: number | string, count: number): number {
  return typeof bound === 'number' ? bound : Math.ceil((Number.parseInt(bound, 10) * count) / 100);
}
