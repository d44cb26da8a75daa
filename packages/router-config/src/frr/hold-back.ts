import { contains, overlaps, rangeOf, sortByAddress } from '@meshrs/network';
import type { EngineChange } from '@meshrs/contract';
import type { FrrConfig, FrrRouter, ListenRange, Neighbor, PeerGroup } from './config.ts';
import { omit } from './omit.ts';
import { byName } from './plan/steps.ts';

/**
 * What is wanted, less one change that bgpd rejected: what the change was about stays as it runs, what depends on it is not
 * begun, and all else goes on. Undefined where everything depends on it.
 */
export function holdBack(running: FrrConfig, wanted: FrrConfig, change: EngineChange): FrrConfig | undefined {
  switch (change.kind) {
    case 'global-changed':
      return holdGlobal(running, wanted, change.subject);
    case 'filter-added':
    case 'filter-changed':
    case 'filter-removed':
      return holdFilter(running, wanted, change.subject ?? '');
    default:
      return wanted.router && { ...wanted, router: holdInRouter(running.router, wanted.router, change) };
  }
}

function holdGlobal(running: FrrConfig, wanted: FrrConfig, subject: string | undefined): FrrConfig | undefined {
  if (subject === 'hostname') {
    return { ...omit(wanted, 'hostname'), ...(running.hostname !== undefined && { hostname: running.hostname }) };
  }
  if (subject !== 'router settings' || !running.router || !wanted.router) return undefined;
  const { groups, neighbors, ranges } = wanted.router;
  return { ...wanted, router: { ...running.router, groups, neighbors, ranges } };
}

/** A group that names a filter which is not there would let in nothing, or everything: it stays as it is, or away. */
function holdFilter(running: FrrConfig, wanted: FrrConfig, name: string): FrrConfig {
  const asPathLists = asItRuns(running.asPathLists, wanted.asPathLists, name);
  const isThere = asPathLists.some((list) => list.name === name);
  const usesIt = wanted.routeMaps.filter(({ matchAsPath }) => matchAsPath === name && !isThere);
  let routeMaps = asItRuns(running.routeMaps, wanted.routeMaps, name);
  for (const map of usesIt) routeMaps = asItRuns(running.routeMaps, routeMaps, map.name);
  const gone = new Set<string>(
    wanted.routeMaps.map((map) => map.name).filter((map) => !routeMaps.some((other) => other.name === map)),
  );
  let router = wanted.router;
  for (const group of wanted.router?.groups ?? []) {
    const { routeMapIn = '', routeMapOut = '' } = group.family ?? {};
    if (router && (gone.has(routeMapIn) || gone.has(routeMapOut)))
      router = holdGroup(running.router, router, group.name);
  }
  return { ...wanted, asPathLists, routeMaps, ...(router && { router }) };
}

function holdInRouter(running: FrrRouter | undefined, wanted: FrrRouter, change: EngineChange): FrrRouter {
  switch (change.kind) {
    case 'group-added':
    case 'group-changed':
    case 'group-removed':
      return holdGroup(running, wanted, change.group ?? '');
    case 'range-added':
    case 'range-removed':
      return { ...wanted, ranges: holdRange(running?.ranges ?? [], wanted.ranges, change) };
    default:
      return { ...wanted, neighbors: holdNeighbor(running?.neighbors ?? [], wanted.neighbors, change.subject ?? '') };
  }
}

/** A group that does not come takes its members with it; one that stays as it is keeps those that it has. */
function holdGroup(running: FrrRouter | undefined, wanted: FrrRouter, name: string): FrrRouter {
  const groups: readonly PeerGroup[] = asItRuns(running?.groups ?? [], wanted.groups, name);
  if (groups.some((group) => group.name === name) && wanted.groups.some((group) => group.name === name)) {
    return { ...wanted, groups };
  }
  const ranges = wanted.ranges.filter(({ group }) => group !== name);
  const neighbors = wanted.neighbors.filter(({ group }) => group !== name);
  return { ...wanted, groups, ranges, neighbors };
}

function holdRange(
  running: readonly ListenRange[],
  wanted: readonly ListenRange[],
  { group, subject = '' }: EngineChange,
): readonly ListenRange[] {
  const held = [...running, ...wanted].find(({ prefix }) => prefix === subject)?.prefix;
  // Of a range that is there in part the missing part has no prefix of its own in what is wanted.
  const inQuestion = wanted.filter(
    (range) =>
      range.group === group && overlaps(rangeOf(range.prefix), rangeOf(held ?? (subject as typeof range.prefix))),
  );
  const kept = running.filter(
    (range) =>
      range.group === group &&
      (range.prefix === held || inQuestion.some((one) => contains(rangeOf(one.prefix), rangeOf(range.prefix)))),
  );
  const others = wanted.filter((range) => !inQuestion.includes(range));
  return sortByAddress([...others, ...kept], ({ prefix }) => prefix);
}

function holdNeighbor(running: readonly Neighbor[], wanted: readonly Neighbor[], address: string): readonly Neighbor[] {
  const before = running.filter((neighbor) => neighbor.address === address);
  return sortByAddress(
    [...wanted.filter((neighbor) => neighbor.address !== address), ...before],
    (neighbor) => neighbor.address,
  );
}

/** The list with the one of this name as it runs, or without it. */
function asItRuns<T extends { readonly name: string }>(
  running: readonly T[],
  wanted: readonly T[],
  name: string,
): readonly T[] {
  const others = wanted.filter((one) => one.name !== name);
  return [...others, ...running.filter((one) => one.name === name)].sort(byName);
}
