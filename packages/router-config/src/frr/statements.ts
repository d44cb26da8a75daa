import type {
  AsPathList,
  FrrConfig,
  FrrFamily,
  FrrRouter,
  LargeCommunityList,
  ListenRange,
  Neighbor,
  PeerGroup,
  RouteMap,
} from './config.ts';
import { groupFamilyLevel, groupLevel } from './rows/group-rows.ts';
import { listenRangeLine } from './rows/listen-range-row.ts';
import { neighborLevel } from './rows/neighbor-rows.ts';
import type { OwnerLine } from './rows/owner.ts';
import { asPathListLines, largeCommunityListLines } from './rows/pattern-list-rows.ts';
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
  | { readonly kind: 'route-map'; readonly name: string; readonly entry: RouteMapEntryWords };

/** The entries of a route-map that the agent writes: what is refused, and what is taken of the rest. */
export type RouteMapEntryWords = 'deny 5' | 'permit 10';

export const top: StatementContext = { kind: 'top' };
export const router: StatementContext = { kind: 'router' };

export function topStatements(config: FrrConfig): readonly Statement[] {
  return atTop(topLevel.lines(config));
}

export function asPathListStatements(list: AsPathList): readonly Statement[] {
  return atTopTexts(asPathListLines(list));
}

export function largeCommunityListStatements(list: LargeCommunityList): readonly Statement[] {
  return atTopTexts(largeCommunityListLines(list));
}

/** The own line of a route-map's entry. */
export function routeMapStatement({ name }: Pick<RouteMap, 'name'>, entry: string): Statement {
  return { context: top, text: `route-map ${name} ${entry}` };
}

/** A route-map, entry after entry. */
export function routeMapBlocks(map: RouteMap): readonly { readonly own: Statement; readonly inner: Statement[] }[] {
  const lines = routeMapLevel.lines(map);
  const refusing = lines.filter(isRefusal);
  return [
    ...(refusing.length === 0
      ? []
      : [{ own: routeMapStatement(map, 'deny 5'), inner: inRouteMap(map.name, refusing) }]),
    {
      own: routeMapStatement(map, 'permit 10'),
      inner: inRouteMap(
        map.name,
        lines.filter((line) => !isRefusal(line)),
      ),
    },
  ];
}

/** Whether a line stands in the entry that refuses. */
export function isRefusal({ place }: OwnerLine): boolean {
  return place === 'refusal';
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

export function inRouteMap(name: string, lines: readonly OwnerLine[]): Statement[] {
  return lines.map((line) => ({
    context: { kind: 'route-map', name, entry: isRefusal(line) ? 'deny 5' : 'permit 10' },
    text: signed(line),
  }));
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

function atTopTexts(texts: readonly string[]): readonly Statement[] {
  return texts.map((text) => ({ context: top, text }));
}

/** The whole text of a line. */
export function signed({ isNo, text }: OwnerLine): string {
  return isNo ? `no ${text}` : text;
}
