import { coverRest, overlaps, rangeOf, sortByAddress, type IpPrefix } from '@meshrs/network';
import type { EngineChange } from '@meshrs/contract';
import type { FrrConfig, FrrRouter, ListenRange, Neighbor, PeerGroup } from '../config.ts';
import { omit } from '../omit.ts';
import { groupFamilyLevel, groupLevel } from '../rows/group-rows.ts';
import { neighborLevel } from '../rows/neighbor-rows.ts';
import { isSameValue } from '../rows/row.ts';
import { routerLevel } from '../rows/router-rows.ts';
import { asItRuns } from './as-it-runs.ts';
import { keepGroup } from './keep-group.ts';
import { settleDependents } from './settle-dependents.ts';

/** A change, and the line of it that bgpd rejected. */
export interface RejectedChange {
  readonly change: EngineChange;
  readonly line: string;
}

/**
 * What is wanted, less one change that bgpd rejected: what the change was about stays as it runs, of a change in place the
 * rejected statement alone; what depends on it waits as it runs, or is not begun; all else goes on. What does not go keeps
 * what it needs: its group, the group's filters. Undefined where everything depends on the change.
 */
export function holdBack(running: FrrConfig, wanted: FrrConfig, rejected: RejectedChange): FrrConfig | undefined {
  const held = hold(running, wanted, rejected);
  return held && settleDependents(running, held);
}

function hold(running: FrrConfig, wanted: FrrConfig, { change, line }: RejectedChange): FrrConfig | undefined {
  switch (change.kind) {
    case 'global-changed':
      return holdGlobal(running, wanted, change.subject, line);
    case 'filter-added':
    case 'filter-changed':
    case 'filter-removed': {
      const name = change.subject ?? '';
      return {
        ...wanted,
        asPathLists: asItRuns(running.asPathLists, wanted.asPathLists, name),
        largeCommunityLists: asItRuns(running.largeCommunityLists, wanted.largeCommunityLists, name),
        routeMaps: asItRuns(running.routeMaps, wanted.routeMaps, name),
      };
    }
    default: {
      // A router that goes goes by one change; with this one it stays.
      const { router = running.router && { ...running.router, groups: [], neighbors: [], ranges: [] } } = wanted;
      return router && { ...wanted, router: holdInRouter(running.router, router, { change, line }) };
    }
  }
}

function holdGlobal(
  running: FrrConfig,
  wanted: FrrConfig,
  subject: string | undefined,
  line: string,
): FrrConfig | undefined {
  if (subject === 'daemon settings') {
    const { asPathLists, largeCommunityLists, routeMaps, router } = wanted;
    return { ...omit(running, 'router'), asPathLists, largeCommunityLists, routeMaps, ...(router && { router }) };
  }
  if (subject !== 'router settings' || !running.router || !wanted.router) return undefined;
  const { groups, neighbors, ranges } = wanted.router;
  const unchanged = { ...running.router, groups, neighbors, ranges };
  return { ...wanted, router: routerLevel.withoutLine(running.router, wanted.router, line) ?? unchanged };
}

function holdInRouter(running: FrrRouter | undefined, wanted: FrrRouter, { change, line }: RejectedChange): FrrRouter {
  const { group = '', subject = '' } = change;
  switch (change.kind) {
    case 'group-added':
      return { ...wanted, groups: wanted.groups.filter(({ name }) => name !== group) };
    case 'group-changed':
      return holdGroupLine(running, wanted, group, line);
    case 'group-removed':
      return keepGroup(running, wanted, group);
    case 'range-added':
      // The range that is wanted may be there in part; what was rejected is the part that is missing.
      return { ...wanted, ranges: withoutRange(wanted.ranges, subject as IpPrefix, (range) => range.group === group) };
    case 'range-removed':
      return keepRange(running, wanted, change);
    case 'neighbor-changed':
      return holdNeighborLine(running, wanted, subject, line);
    case 'neighbor-removed': {
      const own = running?.neighbors.find(({ address }) => address === subject)?.group;
      const router = own === undefined ? wanted : keepGroup(running, wanted, own);
      return { ...router, neighbors: withNeighbor(router.neighbors, subject, running) };
    }
    default:
      return { ...wanted, neighbors: withNeighbor(wanted.neighbors, subject, running) };
  }
}

function holdGroupLine(running: FrrRouter | undefined, wanted: FrrRouter, name: string, line: string): FrrRouter {
  const before = running?.groups.find((group) => group.name === name);
  if (!before) return wanted;
  return {
    ...wanted,
    groups: wanted.groups.map((group) => (group.name === name ? groupWithoutLine(before, group, line) : group)),
  };
}

function groupWithoutLine(before: PeerGroup, after: PeerGroup, line: string): PeerGroup {
  const own = groupLevel.withoutLine(before, after, ofOwner(line));
  if (own) return own;
  const family =
    after.family &&
    groupFamilyLevel.withoutLine(before.family ?? groupFamilyLevel.standard, after.family, ofOwner(line));
  return family ? { ...after, family } : before;
}

/** The line without "neighbor OWNER". */
function ofOwner(line: string): string {
  return line.replace(/^(no )?neighbor \S+ /, '$1');
}

/** The range as it runs: another group takes of its addresses what lies beside it. */
function keepRange(
  running: FrrRouter | undefined,
  wanted: FrrRouter,
  { group = '', subject }: EngineChange,
): FrrRouter {
  const kept = running?.ranges.find((range) => range.prefix === subject && range.group === group);
  if (!kept) return wanted;
  const router = keepGroup(running, wanted, group);
  const others = withoutRange(router.ranges, kept.prefix, (range) => range.group !== group);
  const ranges = others.filter((range) => range.prefix !== kept.prefix || range.group !== group);
  return { ...router, ranges: sortByAddress([...ranges, kept], ({ prefix }) => prefix) };
}

function withoutRange(
  ranges: readonly ListenRange[],
  hole: IpPrefix,
  isMeant: (range: ListenRange) => boolean,
): readonly ListenRange[] {
  const left = ranges.flatMap((range) => {
    if (!isMeant(range) || !overlaps(rangeOf(range.prefix), rangeOf(hole))) return [range];
    return coverRest([range.prefix], [hole]).map((prefix) => ({ ...range, prefix }));
  });
  return sortByAddress(left, ({ prefix }) => prefix);
}

function holdNeighborLine(running: FrrRouter | undefined, wanted: FrrRouter, address: string, line: string): FrrRouter {
  const before = running?.neighbors.find((neighbor) => neighbor.address === address);
  const after = wanted.neighbors.find((neighbor) => neighbor.address === address);
  if (!before || !after || neighborLevel.reaction(before, after).reaction === 'anew') {
    return { ...wanted, neighbors: withNeighbor(wanted.neighbors, address, running) };
  }
  const held = neighborLevel.withoutLine(before, after, ofOwner(line)) ?? before;
  return {
    ...withLimitOfGroup(running, wanted, { before, after, held }),
    neighbors: wanted.neighbors.map((neighbor) => (neighbor === after ? held : neighbor)),
  };
}

/** A limit of its own was to come before its group's lower one, which would end its session now. */
function withLimitOfGroup(
  running: FrrRouter | undefined,
  wanted: FrrRouter,
  { before, after, held }: { readonly before: Neighbor; readonly after: Neighbor; readonly held: Neighbor },
): FrrRouter {
  if (isSameValue(held.maximumPrefixes, after.maximumPrefixes) || before.maximumPrefixes !== undefined) return wanted;
  const ran = running?.groups.find(({ name }) => name === before.group)?.family;
  return {
    ...wanted,
    groups: wanted.groups.map((group) => {
      if (group.name !== before.group || !group.family) return group;
      const { maximumPrefixes } = ran ?? {};
      const family = { ...omit(group.family, 'maximumPrefixes'), ...(maximumPrefixes && { maximumPrefixes }) };
      return { ...group, family };
    }),
  };
}

/** The list with the neighbor as it runs, or without it. */
function withNeighbor(
  neighbors: readonly Neighbor[],
  address: string,
  running: FrrRouter | undefined,
): readonly Neighbor[] {
  const before = running?.neighbors.filter((neighbor) => neighbor.address === address) ?? [];
  const others = neighbors.filter((neighbor) => neighbor.address !== address);
  return sortByAddress([...others, ...before], (neighbor) => neighbor.address);
}
