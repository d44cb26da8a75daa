import { contains, rangeOf, type IpAddress } from '@meshrs/network';
import type { FrrConfig, FrrFamily, FrrRouter, GroupFamily, MaximumPrefixes, Neighbor } from '../config.ts';
import { neighborLevel } from '../rows/neighbor-rows.ts';
import { isSameValue } from '../rows/row.ts';
import { neighborStatements, ofNeighbor, router } from '../statements.ts';
import { neighborReset, planned, resetsNone, type PlannedChange, type PlannedCommand } from './planned-change.ts';
import { each } from './steps.ts';

export function removeNeighbor(neighbor: Neighbor): PlannedChange {
  return planned(
    { kind: 'neighbor-removed', ...identity(neighbor) },
    {
      resets: { kind: 'neighbor', address: neighbor.address, because: [] },
      commands: [gone(neighbor)],
      leaves: { kind: 'neighbor', address: neighbor.address, neighbor: undefined },
    },
  );
}

/** A router on its way from what runs to what is wanted. */
export interface RouterOnItsWay {
  readonly running: FrrRouter | undefined;
  /** With the groups and ranges that are wanted, and the neighbors that stay. */
  readonly now: FrrRouter | undefined;
  readonly wanted: FrrRouter;
}

/** Gives what sets one neighbor, on top of the groups and ranges that the router has by then. */
export function createNeighborSetter({
  running,
  now,
  wanted,
}: RouterOnItsWay): (neighbor: Neighbor) => PlannedChange | undefined {
  const before = new Map<IpAddress, Neighbor>();
  for (const neighbor of now?.neighbors ?? []) before.set(neighbor.address, neighbor);
  const families = new Map<string | undefined, GroupFamily>();
  for (const { name, family } of wanted.groups) if (family) families.set(name, family);
  const ranges = (now?.ranges ?? []).map(({ prefix }) => rangeOf(prefix));
  const configured = new Set(running?.neighbors.map(({ address }) => address));
  const kept = (now?.ranges ?? []).filter((range) => running?.ranges.includes(range));
  const keptRanges = kept.map(({ prefix }) => rangeOf(prefix));

  return (neighbor) => {
    const old = before.get(neighbor.address);
    if (old && neighborLevel.isSame(old, neighbor)) return undefined;
    const family = families.get(neighbor.group);
    return old
      ? changeNeighbor({ before: old, after: neighbor, family }, clearing)
      : addNeighbor(neighbor, {
          family: family?.name,
          clear: clearing(neighbor),
          isFromRange: isFromRange(neighbor),
        });
  };

  /** Whether it may have come from a range: one that went, or comes only now, has let in nobody who is there still. */
  function isFromRange({ address }: Neighbor): boolean {
    const own = rangeOf(address);
    return !configured.has(address) && keptRanges.some((range) => contains(range, own));
  }

  /** A client that came from a range is there without being configured, and bgpd configures no such neighbor. */
  function clearing({ address }: Neighbor): readonly PlannedCommand[] {
    const own = rangeOf(address);
    return ranges.some((range) => contains(range, own))
      ? [{ context: router, text: `do clear bgp ${address}`, mayBeRejected: true }]
      : [];
  }
}

/**
 * Own limits that are new where their group's changes: they come before it, or bgpd would hold the group's against a client
 * that may send more.
 */
export function setOwnLimits(current: FrrConfig, wanted: FrrRouter): readonly PlannedChange[] {
  const familyOf = ({ groups }: FrrRouter, group: string | undefined): GroupFamily | undefined =>
    groups.find(({ name }) => name === group)?.family;
  const { router: running } = current;
  const changing = new Set(
    running?.groups.flatMap(({ name, family }) => {
      const next = familyOf(wanted, name);
      if (!family || !next || isSameValue(family.maximumPrefixes, next.maximumPrefixes)) return [];
      return [name];
    }),
  );
  if (!running || changing.size === 0) return [];
  const own = new Map(wanted.neighbors.map((neighbor) => [neighbor.address, neighbor]));
  const limited = running.neighbors.flatMap((before) => {
    const next = own.get(before.address);
    if (before.group === undefined || !changing.has(before.group) || next?.group !== before.group) return [];
    if (before.maximumPrefixes !== undefined || next.maximumPrefixes === undefined) return [];
    return [{ before, after: { ...before, maximumPrefixes: next.maximumPrefixes } }];
  });
  return each(limited, ({ before, after }) =>
    changeNeighbor({ before, after, family: familyOf(running, before.group) }, () => []),
  );
}

type Clearing = (neighbor: Neighbor) => readonly PlannedCommand[];

interface Adding {
  readonly family: FrrFamily | undefined;
  readonly clear: readonly PlannedCommand[];
  readonly isFromRange: boolean;
}

function addNeighbor(neighbor: Neighbor, { family, clear, isFromRange }: Adding): PlannedChange {
  return planned(
    { kind: 'neighbor-added', ...identity(neighbor) },
    {
      resets: isFromRange
        ? { kind: 'neighbor', address: neighbor.address, only: 'from-range', because: [] }
        : resetsNone,
      commands: [...clear, ...neighborStatements(neighbor, family)],
      leaves: { kind: 'neighbor', address: neighbor.address, neighbor },
    },
  );
}

interface NeighborPair {
  readonly before: Neighbor;
  readonly after: Neighbor;
  readonly family: GroupFamily | undefined;
}

function changeNeighbor({ before, after, family }: NeighborPair, clearing: Clearing): PlannedChange {
  const found = neighborLevel.reaction(before, after, inheritedFrom(family));
  return planned(
    { kind: 'neighbor-changed', ...identity(after) },
    {
      resets: neighborReset(after.address, found),
      commands:
        found.reaction === 'anew'
          ? [gone(after), ...clearing(after), ...neighborStatements(after, family?.name)]
          : changedLines(before, after, family?.name),
      leaves: { kind: 'neighbor', address: after.address, neighbor: after },
    },
  );
}

function changedLines(before: Neighbor, after: Neighbor, family: FrrFamily | undefined): readonly PlannedCommand[] {
  const { going, coming } = neighborLevel.difference(before, after);
  return ofNeighbor(after.address, family, [...going, ...coming]);
}

/** What a neighbor has from its group where it says nothing itself. */
function inheritedFrom(family: GroupFamily | undefined): { readonly maximumPrefixes?: MaximumPrefixes } {
  return family?.maximumPrefixes === undefined ? {} : { maximumPrefixes: family.maximumPrefixes };
}

function gone({ address }: Neighbor): PlannedCommand {
  return { context: router, text: `no neighbor ${address}` };
}

function identity({ group, address }: Neighbor): { readonly group?: string; readonly subject: string } {
  return { ...(group !== undefined && { group }), subject: address };
}
