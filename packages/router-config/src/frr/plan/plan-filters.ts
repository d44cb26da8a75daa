import type { AsPathList, FrrConfig, LargeCommunityList, RouteMap } from '../config.ts';
import { asPathListRows, largeCommunityListRows } from '../rows/pattern-list-rows.ts';
import { routeMapLevel } from '../rows/route-map-rows.ts';
import {
  asPathListStatements,
  inRouteMap,
  isRefusal,
  largeCommunityListStatements,
  routeMapStatement,
  type Statement,
} from '../statements.ts';
import { planned, resetsNone, type PlannedChange, type PlannedCommand } from './planned-change.ts';
import { atTheTop, byName, each, takenBack, type Step } from './steps.ts';

/** Filters come before the groups that name them, lists before the maps. */
export function planFilters(wanted: FrrConfig): Step {
  return (current) => {
    const steps: Step[] = [
      (now) => each(now, wanted.asPathLists, asPathLists.set),
      (now) => each(now, wanted.largeCommunityLists, largeCommunityLists.set),
      (now) => each(now, wanted.routeMaps, setRouteMap),
    ];
    return inOrder(current, steps);
  };
}

/** And go after them. */
export function removeFilters(wanted: FrrConfig): Step {
  return (current) => {
    const maps = current.routeMaps.filter(({ name }) => !wanted.routeMaps.some((map) => map.name === name));
    const steps: Step[] = [
      (now) => each(now, maps, removeRouteMap),
      (now) => each(now, asPathLists.leaving(now, wanted), asPathLists.remove),
      (now) => each(now, largeCommunityLists.leaving(now, wanted), largeCommunityLists.remove),
    ];
    return inOrder(current, steps);
  };
}

function inOrder(start: FrrConfig, steps: readonly Step[]): readonly PlannedChange[] {
  const changes: PlannedChange[] = [];
  for (const step of steps) changes.push(...step(changes.at(-1)?.after ?? start));
  return changes;
}

const asPathLists = patternLists<AsPathList>({
  of: (config) => config.asPathLists,
  into: (config, lists) => ({ ...config, asPathLists: lists }),
  statements: asPathListStatements,
  resets: asPathListRows.patterns.resets,
});

const largeCommunityLists = patternLists<LargeCommunityList>({
  of: (config) => config.largeCommunityLists,
  into: (config, lists) => ({ ...config, largeCommunityLists: lists }),
  statements: largeCommunityListStatements,
  resets: largeCommunityListRows.patterns.resets,
});

interface PatternLists<List> {
  readonly of: (config: FrrConfig) => readonly List[];
  readonly into: (config: FrrConfig, lists: readonly List[]) => FrrConfig;
  readonly statements: (list: List) => readonly Statement[];
  readonly resets: 'none';
}

function patternLists<List extends { readonly name: string }>({ of, into, statements, resets }: PatternLists<List>) {
  const others = (config: FrrConfig, { name }: List) => of(config).filter((list) => list.name !== name);
  return {
    set: (current: FrrConfig, list: List): PlannedChange | undefined => {
      const before = of(current).find(({ name }) => name === list.name);
      const [running, wanted] = [before ? statements(before) : [], statements(list)];
      // bgpd ignores a pattern that stands at another number already, so what is to move goes first. Routes that come in
      // between are filtered again some seconds later: a changed list makes bgpd ask its neighbors for their routes.
      const wantedLines = new Set(wanted.map(({ text }) => text));
      const stays = new Set(running.map(({ text }) => text).filter((line) => wantedLines.has(line)));
      const commands = [
        ...running.filter(({ text }) => !stays.has(text)).map(takenBack),
        ...wanted.filter(({ text }) => !stays.has(text)),
      ];
      if (commands.length === 0) return undefined;
      return planned(
        { kind: before ? 'filter-changed' : 'filter-added', subject: list.name },
        { resets: { kind: resets }, commands, after: into(current, [...others(current, list), list].sort(byName)) },
      );
    },
    leaving: (current: FrrConfig, wanted: FrrConfig): readonly List[] =>
      of(current).filter(({ name }) => !of(wanted).some((list) => list.name === name)),
    remove: (current: FrrConfig, list: List): PlannedChange =>
      planned(
        { kind: 'filter-removed', subject: list.name },
        { resets: resetsNone, commands: statements(list).map(takenBack), after: into(current, others(current, list)) },
      ),
  };
}

function setRouteMap(current: FrrConfig, map: RouteMap): PlannedChange | undefined {
  const before = current.routeMaps.find(({ name }) => name === map.name);
  if (before && routeMapLevel.isSame(before, map)) return undefined;
  const routeMaps = [...current.routeMaps.filter(({ name }) => name !== map.name), map].sort(byName);
  return planned(
    { kind: before ? 'filter-changed' : 'filter-added', subject: map.name },
    { resets: resetsNone, commands: routeMapCommands(before, map), after: { ...current, routeMaps } },
  );
}

/**
 * The entry that refuses goes and comes whole: without its condition it would refuse everything. Routes that come between
 * its two lines are looked at again some seconds later, as those of a changed list.
 */
function routeMapCommands(before: RouteMap | undefined, map: RouteMap): readonly PlannedCommand[] {
  const { going, coming } = routeMapLevel.difference(before ?? routeMapLevel.standard, map);
  const [left, added] = [going, coming].map((lines) => lines.filter((line) => !isRefusal(line)));
  const refusing = coming.filter(isRefusal);
  const isNew = refusing.length > 0 && before?.refusedLargeCommunities === undefined;
  return [
    ...(before ? [] : [routeMapStatement(map, 'permit 10')]),
    ...(going.some(isRefusal) ? [takenBack(routeMapStatement(map, 'deny 5'))] : []),
    ...(isNew ? [routeMapStatement(map, 'deny 5')] : []),
    ...inRouteMap(map.name, [...refusing, ...(left ?? []), ...(added ?? [])]),
  ];
}

function removeRouteMap(current: FrrConfig, map: RouteMap): PlannedChange {
  return planned(
    { kind: 'filter-removed', subject: map.name },
    {
      resets: resetsNone,
      commands: [atTheTop(`no route-map ${map.name}`)],
      after: { ...current, routeMaps: current.routeMaps.filter((other) => other !== map) },
    },
  );
}
