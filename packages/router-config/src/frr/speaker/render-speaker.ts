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
import type { RouteMapEntry, RouterFamily, SessionFamily, SpeakerConfig, SpeakerRouter } from './config.ts';
import { filterRows, routerFamilyListRows } from './rows/list-rows.ts';
import { routeMapEntryWords, speakerRouteMapLevel } from './rows/route-map-rows.ts';
import { routerFamilyLevel, speakerRouterLevels } from './rows/router-rows.ts';
import { sessionFamilyLevel, speakerGroupLevel, speakerNeighborLevel } from './rows/session-rows.ts';
import { speakerTopLevel } from './rows/top-rows.ts';

/** The text of frr.conf, with one final newline. */
export function renderSpeaker(config: SpeakerConfig): string {
  const { asPathLists, prefixLists, communityLists, routeMaps, router } = config;
  return joinBlocks([
    lines(atTop(speakerTopLevel.lines(config))),
    asPathLists.flatMap((list) => lines(asPathListStatements(list))),
    prefixLists.map((entry) => filterRows.prefixLists.set(entry)),
    communityLists.map((entry) => filterRows.communityLists.set(entry)),
    ...routeMaps.map(renderRouteMap),
    ...(router ? [routerBlock(router.asn, routerStatements(router, config))] : []),
  ]);
}

function renderRouteMap(entry: RouteMapEntry): string[] {
  const own = routeMapStatement(entry, routeMapEntryWords.write(entry).join(' '));
  return routeMapBlock(own, inRouteMap(entry.name, speakerRouteMapLevel.lines(entry)));
}

function routerStatements(
  router: SpeakerRouter,
  { profile = 'traditional' }: Pick<SpeakerConfig, 'profile'>,
): readonly Statement[] {
  return [
    ...inRouter(speakerRouterLevels[profile].lines(router)),
    ...router.families.flatMap(familyStatements),
    ...router.groups.flatMap((group) => [
      groupStatement(group),
      ...ofNeighbor(group.name, undefined, speakerGroupLevel.lines(group)),
      ...group.families.flatMap((family) => sessionFamilyStatements(group.name, family)),
    ]),
    ...router.neighbors.flatMap((neighbor) => [
      ...ofNeighbor(neighbor.address, undefined, speakerNeighborLevel.lines(neighbor)),
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

function sessionFamilyStatements(owner: string, family: SessionFamily): readonly Statement[] {
  return ofNeighbor(owner, family.name, sessionFamilyLevel.lines(family));
}
