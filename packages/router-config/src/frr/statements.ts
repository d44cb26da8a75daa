import type {
  AsPathList,
  FrrConfig,
  FrrFamily,
  FrrRouter,
  ListenRange,
  Neighbor,
  PeerGroup,
  RouteMap,
} from './config.ts';
import { asPathListLines } from './rows/as-path-rows.ts';
import { groupFamilyLevel, groupLevel } from './rows/group-rows.ts';
import { listenRangeLine } from './rows/listen-range-row.ts';
import { neighborLevel } from './rows/neighbor-rows.ts';
import type { OwnerLine } from './rows/owner.ts';
import { routeMapLevel } from './rows/route-map-rows.ts';
import { routerLevel } from './rows/router-rows.ts';
import { topLevel } from './rows/top-rows.ts';

/** One line of FRR's configuration language, where it stands. */
export interface Statement {
  readonly context: StatementContext;
  readonly text: string;
}

/** Where a statement stands: at the top, in `router bgp`, in an address family there, or in a route-map. */
export type StatementContext =
  | { readonly kind: 'top' }
  | { readonly kind: 'router' }
  | { readonly kind: 'family'; readonly family: FrrFamily }
  | { readonly kind: 'route-map'; readonly name: string };

export const top: StatementContext = { kind: 'top' };
export const router: StatementContext = { kind: 'router' };

export function topStatements(config: FrrConfig): readonly Statement[] {
  return atTop(topLevel.lines(config));
}

export function asPathListStatements(list: AsPathList): readonly Statement[] {
  return asPathListLines(list).map((text) => ({ context: top, text }));
}

/** The route-map's own line. */
export function routeMapStatement({ name }: RouteMap, rest = 'permit 10'): Statement {
  return { context: top, text: `route-map ${name} ${rest}` };
}

/** What stands in the route-map. */
export function routeMapStatements(map: RouteMap): readonly Statement[] {
  return inRouteMap(map.name, routeMapLevel.lines(map));
}

/** What stands in `router bgp` beside groups, neighbors and ranges. */
export function routerStatements(bgp: FrrRouter): readonly Statement[] {
  return inRouter(routerLevel.lines(bgp));
}

/** The group's own line. */
export function groupStatement({ name }: Pick<PeerGroup, 'name'>): Statement {
  return { context: router, text: `neighbor ${name} peer-group` };
}

/** The group's own line first. */
export function groupStatements(group: PeerGroup): readonly Statement[] {
  const { name, family } = group;
  return [
    groupStatement(group),
    ...ofNeighbor(name, family?.name, groupLevel.lines(group)),
    ...(family === undefined ? [] : ofNeighbor(name, family.name, groupFamilyLevel.lines(family))),
  ];
}

/** The line that makes it a neighbor first. `family` is the one of its group. */
export function neighborStatements(neighbor: Neighbor, family: FrrFamily | undefined): readonly Statement[] {
  const { address, group, remoteAs } = neighbor;
  const lines = ofNeighbor(address, family, neighborLevel.lines(neighbor));
  if (group === undefined || remoteAs !== undefined) return lines;
  // It has the AS of its group: it is a neighbor by that line alone, and before it bgpd takes no other.
  const first = lines.filter(({ text }) => text === `neighbor ${address} peer-group ${group}`);
  return [...first, ...lines.filter((line) => !first.includes(line))];
}

export function rangeStatement(range: ListenRange): Statement {
  return { context: router, text: listenRangeLine(range) };
}

/** Lines of a table as statements, each where its owner stands. */
export function atTop(lines: readonly OwnerLine[]): readonly Statement[] {
  return lines.map((line) => ({ context: top, text: signed(line) }));
}

export function inRouter(lines: readonly OwnerLine[]): readonly Statement[] {
  return lines.map((line) => ({ context: router, text: signed(line) }));
}

export function inRouteMap(name: string, lines: readonly OwnerLine[]): readonly Statement[] {
  return lines.map((line) => ({ context: { kind: 'route-map', name }, text: signed(line) }));
}

/** Of a group or a neighbor; what stands in an address family has no place when there is none. */
export function ofNeighbor(
  owner: string,
  family: FrrFamily | undefined,
  lines: readonly OwnerLine[],
): readonly Statement[] {
  const inFamily: StatementContext | undefined = family && { kind: 'family', family };
  const statements: Statement[] = [];
  for (const { place, isNo, text } of lines) {
    const context = place === 'own' ? router : inFamily;
    if (context) statements.push({ context, text: `${isNo ? 'no ' : ''}neighbor ${owner} ${text}` });
  }
  return statements;
}

/** The whole text of a line. */
export function signed({ isNo, text }: OwnerLine): string {
  return isNo ? `no ${text}` : text;
}
