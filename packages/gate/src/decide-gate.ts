import type { IpAddress } from '@meshrs/network';
import { compareSides, type SidesComparison, type SidesMemory } from './compare-sides.ts';
import {
  findGapsElsewhere,
  findJustStarted,
  findMarkGaps,
  findRollOutGaps,
  findUnrest,
  type MarkGap,
  type RollOutGap,
  type SideElsewhereSight,
  type SideSight,
} from './roll-out.ts';
import type { RouteServerSight } from './route-server-sight.ts';

/** Everything that the gate before a side looks at. */
export interface GateView {
  /** The side whose objects go next; it stands in the gate's own cluster. */
  readonly next: string;
  /** Every side in the order in which they go. */
  readonly sides: readonly (SideSight | SideElsewhereSight)[];
  readonly routeServers: readonly RouteServerSight[];
  readonly allowMissing: readonly IpAddress[];
  /** What the next side's objects are to be; undefined: not told. */
  readonly revision: string | undefined;
  /** By side, since any of its objects was last changed; one that is not named has not changed. */
  readonly secondsSinceChange: ReadonlyMap<string, number>;
  readonly memory: SidesMemory;
}

export type GateVerdict =
  | { readonly kind: 'open'; readonly why: 'nothing-there' | 'nothing-changes' }
  | { readonly kind: 'open'; readonly why: 'clients-elsewhere'; readonly comparison: SidesComparison }
  | {
      readonly kind: 'shut';
      readonly gaps: readonly SideGap[];
      /** What the next side has else than its mark says, where that is the mark of this very commit. */
      readonly markGaps: readonly MarkGap[];
      readonly comparison: SidesComparison;
    };

export interface SideGap {
  readonly side: string;
  /**
   * An earlier side is to run what was committed; a later one has what it had, and is only to keep it; of the next one it
   * is to be known who its clients are.
   */
  readonly order: 'earlier' | 'next' | 'later';
  readonly gap: RollOutGap;
}

/**
 * Whether the next side may be touched: when there is nothing of it yet; when it is marked as wanted already, and is so;
 * or when every earlier side runs what is wanted, every later one is at rest, and every client of it is kept by another side.
 */
export function decideGate({
  next,
  sides,
  routeServers,
  allowMissing,
  revision,
  secondsSinceChange,
  memory,
}: GateView): GateVerdict {
  const position = sides.findIndex(({ name }) => name === next);
  const side = sides[position];
  const statefulSets = side && 'statefulSets' in side ? side.statefulSets : [];
  const hasPods = routeServers.some(({ side }) => side === next);
  if (!hasPods && statefulSets.every(({ found }) => found === undefined)) {
    return { kind: 'open', why: 'nothing-there' };
  }
  const isMarked = revision !== undefined && statefulSets.every(({ found }) => found?.sideRevision === revision);
  const markGaps = isMarked && side && 'statefulSets' in side ? findMarkGaps(side, revision, routeServers) : [];
  if (isMarked && markGaps.length === 0) return { kind: 'open', why: 'nothing-changes' };
  const gaps = [
    ...sides.slice(0, position).flatMap((earlier) => asGaps('earlier', earlier, gapsOf(earlier, routeServers))),
    ...(side ? asGaps('next', side, findJustStarted(side, routeServers)) : []),
    ...sides.slice(position + 1).flatMap((later) => asGaps('later', later, findUnrest(later, routeServers))),
  ];
  const comparison = compareSides(routeServers, {
    next,
    allowMissing,
    memory,
    secondsSinceChange,
  });
  return gaps.length === 0 && comparison.missing.length === 0 && comparison.unreadable.length === 0
    ? { kind: 'open', why: 'clients-elsewhere', comparison }
    : { kind: 'shut', gaps, markGaps, comparison };
}

function asGaps(
  order: SideGap['order'],
  { name: side }: SideSight | SideElsewhereSight,
  gaps: readonly RollOutGap[],
): readonly SideGap[] {
  return gaps.map((gap) => ({ side, order, gap }));
}

function gapsOf(
  side: SideSight | SideElsewhereSight,
  routeServers: readonly RouteServerSight[],
): readonly RollOutGap[] {
  return 'agents' in side ? findGapsElsewhere(side, routeServers) : findRollOutGaps(side, routeServers);
}
