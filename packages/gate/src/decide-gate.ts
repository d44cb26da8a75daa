import type { IpAddress } from '@meshrs/network';
import { compareSides } from './compare-sides.ts';
import { findFleetGaps, type FleetGap, type FleetSight } from './fleet-knowledge.ts';
import type { SidesMemory } from './keepers.ts';
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
import type { SidesComparison } from './sides-comparison.ts';

/** Everything that the gate before a side looks at. */
export interface GateView {
  /** The side whose objects go next; it stands in the gate's own cluster. */
  readonly next: string;
  /** Every side in the order in which they go. */
  readonly sides: readonly (SideSight | SideElsewhereSight)[];
  readonly routeServers: readonly RouteServerSight[];
  /** What every route server has to know before a side changes; undefined: the gate does not ask for it. */
  readonly fleet: FleetSight | undefined;
  readonly allowMissing: readonly IpAddress[];
  /** What the next side's objects are to be; undefined: not told. */
  readonly revision: string | undefined;
  /** By side, since any of its objects was last changed; one that is not named has not changed. */
  readonly secondsSinceChange: ReadonlyMap<string, number>;
  /** For how long the gate has listened to all sides; undefined: it looks once, and nothing follows from it. */
  readonly listenedSeconds?: number | undefined;
  /** For how long a message of a client counts; undefined: as long as the gate listens. */
  readonly heardForSeconds?: number | undefined;
  readonly memory: SidesMemory;
  /** When the look was, by a clock that never steps. */
  readonly atSeconds: number;
}

export type GateVerdict =
  | {
      readonly kind: 'open';
      readonly why: 'nothing-changes';
      /**
       * Whether it could be changed all the same, since its clients are kept elsewhere. Only then is its turn opened: what
       * somebody changed by hand, where no gate sees it, is put back while nobody feels it, or not at all.
       */
      readonly mayChange: boolean;
      /** For the next look: by it alone who was heard from stays so. */
      readonly memory: SidesMemory;
      readonly gaps: readonly SideGap[];
      readonly fleetGaps: readonly FleetGap[];
    }
  | { readonly kind: 'open'; readonly why: 'nothing-there'; readonly fleetPassed?: readonly FleetGap[] }
  | {
      readonly kind: 'open';
      readonly why: 'clients-elsewhere';
      readonly fleetPassed?: readonly FleetGap[];
      readonly comparison: SidesComparison;
    }
  | {
      readonly kind: 'shut';
      readonly gaps: readonly SideGap[];
      /** What the next side has else than its mark says, where that is the mark of this very commit. */
      readonly markGaps: readonly MarkGap[];
      /** Who may not know yet who will be in the fleet. */
      readonly fleetGaps: readonly FleetGap[];
      readonly fleetPassed?: readonly FleetGap[];
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
 * Whether the next side may be touched: when it is marked as wanted already, and is so; or when the others know who will be
 * in the fleet, and there is nothing of it yet, or every earlier side runs what is wanted, every later one is at rest, and
 * every client of it is kept by another side.
 */
export function decideGate({
  next,
  sides,
  routeServers,
  fleet,
  allowMissing,
  revision,
  secondsSinceChange,
  listenedSeconds,
  heardForSeconds,
  memory,
  atSeconds,
}: GateView): GateVerdict {
  const position = sides.findIndex(({ name }) => name === next);
  const side = sides[position];
  const statefulSets = side && 'statefulSets' in side ? side.statefulSets : [];
  const hasPods = routeServers.some(({ side }) => side === next);
  const isThere = hasPods || statefulSets.some(({ found }) => found !== undefined);
  const isMarked =
    isThere && revision !== undefined && statefulSets.every(({ found }) => found?.sideRevision === revision);
  const markGaps = isMarked && side && 'statefulSets' in side ? findMarkGaps(side, revision, routeServers) : [];
  const nothingChanges = isMarked && markGaps.length === 0;
  const comparison = compareSides(routeServers, {
    ...{ next, allowMissing, memory, atSeconds, secondsSinceChange },
    ...{ listenedSeconds, heardForSeconds },
    areAwayCounted: true,
  });
  const hasClients = comparison.clientCount > 0 || comparison.unreadable.length > 0;
  const { gaps: fleetGaps, passed } = findFleetGaps(fleet, { next, sides, routeServers, hasClients });
  const fleetPassed = passed.length > 0 && { fleetPassed: passed };
  if (!isThere && fleetGaps.length === 0) return { kind: 'open', why: 'nothing-there', ...fleetPassed };
  // A side that is new ends no session: it waits for nothing but that the others know it.
  const gaps = isThere ? sideGaps(sides, position, routeServers) : [];
  const isKept = comparison.missing.length === 0 && comparison.unreadable.length === 0;
  const mayChange = gaps.length === 0 && fleetGaps.length === 0 && isKept;
  // Whether it may change is not known yet: who was not heard from is heard soon, or has gone.
  const isListening = gaps.length === 0 && fleetGaps.length === 0 && isOnlyUnheard(comparison);
  if (nothingChanges && !isListening) {
    return { kind: 'open', why: 'nothing-changes', mayChange, gaps, fleetGaps, memory: comparison.memory };
  }
  return mayChange
    ? { kind: 'open', why: 'clients-elsewhere', ...fleetPassed, comparison }
    : { kind: 'shut', gaps, markGaps, fleetGaps, ...fleetPassed, comparison };
}

function isOnlyUnheard({ missing, more, unreadable }: SidesComparison): boolean {
  const kinds = [...missing.map(({ reason }) => reason.kind), ...more.keys()];
  return kinds.length > 0 && unreadable.length === 0 && kinds.every((kind) => kind === 'not-heard');
}

function sideGaps(
  sides: GateView['sides'],
  position: number,
  routeServers: readonly RouteServerSight[],
): readonly SideGap[] {
  const side = sides[position];
  return [
    ...sides.slice(0, position).flatMap((earlier) => asGaps('earlier', earlier, gapsOf(earlier, routeServers))),
    ...(side ? asGaps('next', side, findJustStarted(side, routeServers)) : []),
    ...sides.slice(position + 1).flatMap((later) => asGaps('later', later, findUnrest(later, routeServers))),
  ];
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
