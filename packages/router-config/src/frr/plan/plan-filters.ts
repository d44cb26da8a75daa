import type { AsPathList, FrrConfig, RouteMap } from '../config.ts';
import { asPathListRows } from '../rows/as-path-rows.ts';
import { routeMapLevel } from '../rows/route-map-rows.ts';
import { asPathListStatements, inRouteMap, routeMapStatement } from '../statements.ts';
import { planned, resetsNone, type PlannedChange } from './planned-change.ts';
import { atTheTop, byName, each, takenBack, withLists, type Step } from './steps.ts';

/** Filters come before the groups that name them. */
export function planFilters(wanted: FrrConfig): Step {
  return (current) => [
    ...each(current, wanted.asPathLists, setAsPathList),
    ...each(withLists(current, wanted.asPathLists), wanted.routeMaps, setRouteMap),
  ];
}

/** And go after them. */
export function removeFilters(wanted: FrrConfig): Step {
  return (current) => {
    const maps = current.routeMaps.filter(({ name }) => !wanted.routeMaps.some((map) => map.name === name));
    const withoutMaps = each(current, maps, removeRouteMap);
    const lists = current.asPathLists.filter(({ name }) => !wanted.asPathLists.some((list) => list.name === name));
    return [...withoutMaps, ...each(withoutMaps.at(-1)?.after ?? current, lists, removeAsPathList)];
  };
}

function setAsPathList(current: FrrConfig, list: AsPathList): PlannedChange | undefined {
  const before = current.asPathLists.find(({ name }) => name === list.name);
  const [running, wanted] = [before ? asPathListStatements(before) : [], asPathListStatements(list)];
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
    { resets: { kind: asPathListRows.patterns.resets }, commands, after: withLists(current, [list]) },
  );
}

function setRouteMap(current: FrrConfig, map: RouteMap): PlannedChange | undefined {
  const before = current.routeMaps.find(({ name }) => name === map.name);
  if (before && routeMapLevel.isSame(before, map)) return undefined;
  const { going, coming } = routeMapLevel.difference(before ?? routeMapLevel.standard, map);
  const routeMaps = [...current.routeMaps.filter(({ name }) => name !== map.name), map].sort(byName);
  return planned(
    { kind: before ? 'filter-changed' : 'filter-added', subject: map.name },
    {
      resets: resetsNone,
      commands: [...(before ? [] : [routeMapStatement(map)]), ...inRouteMap(map.name, [...going, ...coming])],
      after: { ...current, routeMaps },
    },
  );
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

function removeAsPathList(current: FrrConfig, list: AsPathList): PlannedChange {
  return planned(
    { kind: 'filter-removed', subject: list.name },
    {
      resets: resetsNone,
      commands: asPathListStatements(list).map(takenBack),
      after: { ...current, asPathLists: current.asPathLists.filter((other) => other !== list) },
    },
  );
}
