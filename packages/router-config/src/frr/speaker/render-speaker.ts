import { joinBlocks, lines, routeMapBlock, routerBlock } from '../render-config.ts';
import {
  asPathListStatements,
  atTop,
  groupStatement,
  inRouteMap,
  inRouter,
  ofNeighbor,
  rangeStatement,
  routeMapStatement,
  signed,
  type Statement,
} from '../statements.ts';
import type {
  RouteMapEntry,
  RouterFamily,
  SessionFamily,
  SessionSettings,
  SpeakerConfig,
  SpeakerRouter,
} from './config.ts';
import { filterRows, routerFamilyListRows } from './rows/list-rows.ts';
import { routeMapEntryWords, speakerRouteMapLevel } from './rows/route-map-rows.ts';
import { routerFamilyLevel, speakerRouterLevels } from './rows/router-rows.ts';
import { sessionFamilyLevel, speakerGroupLevel, speakerNeighborLevel } from './rows/session-rows.ts';
import { speakerTopLevel } from './rows/top-rows.ts';

export interface SpeakerText {
  /**
   * The text comes to a bgpd that has more than it says: whether a session speaks IPv4 unicast is written where FRR's default would
   * say it, too, since that may be another one there.
   */
  readonly isPart?: boolean;
}

/** The text of frr.conf, with one final newline. */
export function renderSpeaker(config: SpeakerConfig, text: SpeakerText = {}): string {
  const { asPathLists, prefixLists, communityLists, routeMaps, router } = config;
  return joinBlocks([
    lines(atTop(speakerTopLevel.lines(config))),
    asPathLists.flatMap((list) => lines(asPathListStatements(list))),
    prefixLists.map((entry) => filterRows.prefixLists.set(entry)),
    communityLists.map((entry) => filterRows.communityLists.set(entry)),
    ...routeMaps.map(renderRouteMap),
    ...(router ? [routerBlock(router.asn, routerStatements(router, config, text))] : []),
  ]);
}

function renderRouteMap(entry: RouteMapEntry): string[] {
  const own = routeMapStatement(entry, routeMapEntryWords.write(entry).join(' '));
  return routeMapBlock(own, inRouteMap(entry.name, speakerRouteMapLevel.lines(entry)));
}

function routerStatements(
  router: SpeakerRouter,
  { profile = 'traditional' }: Pick<SpeakerConfig, 'profile'>,
  { isPart = false }: SpeakerText,
): readonly Statement[] {
  return [
    ...inRouter(speakerRouterLevels[profile].lines(router)),
    ...router.families.flatMap(familyStatements),
    ...router.groups.flatMap((group) => [
      groupStatement(group),
      ...ofNeighbor(group.name, undefined, speakerGroupLevel.lines(group)),
      ...(isPart ? withoutIpv4Unicast(group.name, group) : []),
      ...group.families.flatMap((family) => sessionFamilyStatements(group.name, family)),
    ]),
    ...router.neighbors.flatMap((neighbor) => [
      ...ofNeighbor(neighbor.address, undefined, speakerNeighborLevel.lines(neighbor)),
      ...(isPart && neighbor.group === undefined ? withoutIpv4Unicast(neighbor.address, neighbor) : []),
      ...neighbor.families.flatMap((family) => sessionFamilyStatements(neighbor.address, family)),
    ]),
    ...router.ranges.map(rangeStatement),
  ];
}

function familyStatements(family: RouterFamily): readonly Statement[] {
  const texts = [
    ...family.networks.map((network) => routerFamilyListRows.networks.set(network)),
    ...routerFamilyLevel.lines(family).map(signed),
  ];
  return texts.map((text) => ({ context: { kind: 'family', family: family.name }, text }));
}

function withoutIpv4Unicast(owner: string, { families }: SessionSettings): readonly Statement[] {
  if (families.some(({ name }) => name === 'ipv4 unicast')) return [];
  return [{ context: { kind: 'family', family: 'ipv4 unicast' }, text: `no neighbor ${owner} activate` }];
}

function sessionFamilyStatements(owner: string, family: SessionFamily): readonly Statement[] {
  return ofNeighbor(owner, family.name, sessionFamilyLevel.lines(family));
}
