import { settingsKeys } from '@meshrs/contract';
import type { Asn } from '@meshrs/network';
import { frrFamilies, type FrrConfig, type FrrFamily, type FrrRouter } from './config.ts';
import {
  asPathListStatements,
  groupStatements,
  largeCommunityListStatements,
  neighborStatements,
  rangeStatement,
  routeMapBlocks,
  routerStatements,
  topStatements,
  type Statement,
} from './statements.ts';

/** Tells who owns the file; the profile is named so that an image built for another one renders the same router. */
const header = [
  `! Written by meshrs from ${settingsKeys.settings}; the mesh agent keeps it equal to what runs. Change the topology instead.`,
  'frr defaults traditional',
];

/** The text of frr.conf, with one final newline. */
export function renderFrrConfig(config: FrrConfig): string {
  const blocks = [
    [...header, ...lines(topStatements(config))],
    config.asPathLists.flatMap((list) => lines(asPathListStatements(list))),
    config.largeCommunityLists.flatMap((list) => lines(largeCommunityListStatements(list))),
    ...config.routeMaps.flatMap(routeMapBlocks).map(({ own, inner }) => routeMapBlock(own, inner)),
    ...(config.router ? [renderRouter(config.router)] : []),
  ];
  return joinBlocks(blocks);
}

/** Blocks that have a line, apart by comment lines. */
export function joinBlocks(blocks: readonly (readonly string[])[]): string {
  return `${blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n!\n')}\n`;
}

export function routeMapBlock(own: Statement, inner: readonly Statement[]): string[] {
  return [own.text, ...lines(inner).map((line) => ` ${line}`), 'exit'];
}

function renderRouter(router: FrrRouter): string[] {
  const statements = [
    ...routerStatements(router),
    ...router.groups.flatMap(groupStatements),
    ...router.neighbors.flatMap((neighbor) => neighborStatements(neighbor, familyOfGroup(router, neighbor.group))),
    ...router.ranges.map(rangeStatement),
  ];
  return routerBlock(router.asn, statements);
}

export function routerBlock(asn: Asn, statements: readonly Statement[]): string[] {
  return [
    `router bgp ${String(asn)}`,
    ...lines(statements.filter(({ context }) => context.kind === 'router')).map((line) => ` ${line}`),
    ...frrFamilies.flatMap((family) => renderFamily(family, statements)),
    'exit',
  ];
}

function renderFamily(family: FrrFamily, statements: readonly Statement[]): string[] {
  const own = statements.filter(({ context }) => context.kind === 'family' && context.family === family);
  if (own.length === 0) return [];
  return [' !', ` address-family ${family}`, ...lines(own).map((line) => `  ${line}`), ' exit-address-family'];
}

/** The family of a peer group, in which its members' own lines stand. */
export function familyOfGroup(router: FrrRouter, group: string | undefined): FrrFamily | undefined {
  return router.groups.find(({ name }) => name === group)?.family?.name;
}

export function lines(statements: readonly Statement[]): string[] {
  return statements.map(({ text }) => text);
}
