import type { InterfaceAddress } from '@meshrs/network';
import type { Path } from '@meshrs/strict-yaml';
import type { Topology } from './schema/index.ts';
import type { Link } from './schema/routers.ts';

/** A link with its place in the file. */
export interface PlacedLink extends Link {
  readonly node: string;
  readonly path: Path;
}

/** A port of a router, with all nodes on it: several where it is an IRB, an SVI or a VLAN. */
export interface RouterPort {
  readonly router: string;
  readonly port: string;
  /** Those of its first link; a check refuses others. */
  readonly addresses: readonly InterfaceAddress[];
  readonly links: readonly [PlacedLink, ...PlacedLink[]];
}

/** All links, in the order of the file. */
export function linksOf({ nodes }: Topology): PlacedLink[] {
  return Object.entries(nodes).flatMap(([node, { links }]) =>
    links.map((link, index) => ({ ...link, node, path: ['nodes', node, 'links', index] })),
  );
}

/** All ports of routers that lead to nodes, in the order of the file. */
export function routerPortsOf(topology: Topology): RouterPort[] {
  const byPort = Map.groupBy(linksOf(topology), ({ router, routerPort }) => `${router} ${routerPort}`);
  return [...byPort.values()].flatMap(([first, ...others]) =>
    first
      ? [
          {
            router: first.router,
            port: first.routerPort,
            addresses: first.routerAddresses,
            links: [first, ...others] as const,
          },
        ]
      : [],
  );
}
