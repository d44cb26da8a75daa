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
import { afterSteps, atTheTop, byName, each, takenBack, type Step } from './steps.ts';

/** Filters come before the groups that name them, lists before the maps. */
export function planFilters(wanted: FrrConfig): Step {
  return (current) => {
    const steps: Step[] = [
      (now) => each(wanted.asPathLists, (list) => asPathLists.set(now, list)),
      (now) => each(wanted.largeCommunityLists, (list) => largeCommunityLists.set(now, list)),
      (now) => each(wanted.routeMaps, (map) => setRouteMap(now, map)),
    ];
    return inOrder(current, steps);
  };
}

/** And go after them. */
export function removeFilters(wanted: FrrConfig): Step {
  return (current) => {
    const maps = current.routeMaps.filter(({ name }) => !wanted.routeMaps.some((map) => map.name === name));
    const steps: Step[] = [
      () => each(maps, removeRouteMap),
      (now) => each(asPathLists.leaving(now, wanted), asPathLists.remove),
      (now) => each(largeCommunityLists.leaving(now, wanted), largeCommunityLists.remove),
    ];
    return inOrder(current, steps);
  };
}

function inOrder(start: FrrConfig, steps: readonly Step[]): readonly PlannedChange[] {
  const changes: PlannedChange[] = [];
  for (const step of steps) changes.push(...step(afterSteps(start, changes)));
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
        {
          resets: { kind: resets },
          commands,
          leaves: { kind: 'other', of: (before) => into(before, [...others(before, list), list].sort(byName)) },
        },
      );
    },
    leaving: (current: FrrConfig, wanted: FrrConfig): readonly List[] =>
      of(current).filter(({ name }) => !of(wanted).some((list) => list.name === name)),
    remove: (list: List): PlannedChange =>
      planned(
        { kind: 'filter-removed', subject: list.name },
        {
          resets: resetsNone,
          commands: statements(list).map(takenBack),
          leaves: { kind: 'other', of: (before) => into(before, others(before, list)) },
        },
      ),
  };
}

function setRouteMap(current: FrrConfig, map: RouteMap): PlannedChange | undefined {
  const before = current.routeMaps.find(({ name }) => name === map.name);
  if (before && routeMapLevel.isSame(before, map)) return undefined;
  const of = (now: FrrConfig) => ({
    ...now,
    routeMaps: [...now.routeMaps.filter(({ name }) => name !== map.name), map].sort(byName),
  });
  return planned(
    { kind: before ? 'filter-changed' : 'filter-added', subject: map.name },
    { resets: resetsNone, commands: routeMapCommands(before, map), leaves: { kind: 'other', of } },
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

function removeRouteMap(map: RouteMap): PlannedChange {
  return planned(
    { kind: 'filter-removed', subject: map.name },
    {
      resets: resetsNone,
      commands: [atTheTop(`no route-map ${map.name}`)],
      leaves: {
        kind: 'other',
        of: (before) => ({ ...before, routeMaps: before.routeMaps.filter((other) => other !== map) }),
      },
    },
  );
}
