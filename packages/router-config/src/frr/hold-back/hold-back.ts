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

/** The same, one after the other, of changes that are about neighbors: thousands take one pass through all neighbors. */
export function holdBackNeighbors(
  running: FrrConfig,
  wanted: FrrConfig,
  rejected: readonly RejectedChange[],
): FrrConfig | undefined {
  if (rejected.length === 0) return wanted;
  const router = wantedRouter(running, wanted);
  return router && settleDependents(running, { ...wanted, router: holdNeighbors(running.router, router, rejected) });
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
      const router = wantedRouter(running, wanted);
      return router && { ...wanted, router: holdInRouter(running.router, router, { change, line }) };
    }
  }
}

/** A router that goes goes by one change; with one that is held back it stays. */
function wantedRouter(running: FrrConfig, { router }: FrrConfig): FrrRouter | undefined {
  return router ?? (running.router && { ...running.router, groups: [], neighbors: [], ranges: [] });
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
  const { group = '' } = change;
  switch (change.kind) {
    case 'group-added':
      return { ...wanted, groups: wanted.groups.filter(({ name }) => name !== group) };
    case 'group-changed':
      return holdGroupLine(running, wanted, group, line);
    case 'group-removed':
      return keepGroup(running, wanted, group);
    case 'range-added':
      // The range that is wanted may be there in part; what was rejected is the part that is missing.
      return {
        ...wanted,
        ranges: withoutRange(wanted.ranges, (change.subject ?? '') as IpPrefix, (range) => range.group === group),
      };
    case 'range-removed':
      return keepRange(running, wanted, change);
    default:
      return holdNeighbors(running, wanted, [{ change, line }]);
  }
}

/** Each neighbor as it runs, or without the one line of it, or not at all. */
function holdNeighbors(
  running: FrrRouter | undefined,
  wanted: FrrRouter,
  rejected: readonly RejectedChange[],
): FrrRouter {
  const before = neighborsByAddress(running);
  const subjects = rejected.map(({ change, line }) => ({ kind: change.kind, line, address: change.subject ?? '' }));
  const removed = subjects.filter(({ kind }) => kind === 'neighbor-removed');
  const groups = new Set(removed.flatMap(({ address }) => before.get(address)?.group ?? []));
  let router = wanted;
  for (const group of groups) router = keepGroup(running, router, group);
  const neighbors = neighborsByAddress(router);
  for (const { kind, line, address } of subjects) {
    const [ran, next] = [before.get(address), neighbors.get(address)];
    const isInPlace =
      kind === 'neighbor-changed' && ran && next && neighborLevel.reaction(ran, next).reaction !== 'anew';
    if (isInPlace) {
      const held = neighborLevel.withoutLine(ran, next, ofOwner(line)) ?? ran;
      router = withLimitOfGroup(running, router, { before: ran, after: next, held });
      neighbors.set(address, held);
    } else if (ran) neighbors.set(address, ran);
    else neighbors.delete(address);
  }
  return { ...router, neighbors: sortByAddress([...neighbors.values()], ({ address }) => address) };
}

function neighborsByAddress(router: FrrRouter | undefined): Map<string, Neighbor> {
  return new Map(router?.neighbors.map((neighbor) => [neighbor.address, neighbor]));
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
