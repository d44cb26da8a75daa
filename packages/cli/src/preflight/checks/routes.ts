import { familyOf, hostOf } from '@meshrs/network';
import { byHand, type NodeCommand, type PreflightRow } from '../row.ts';
import type { Wanted } from '../wanted.ts';

/** What stands on the nodes themselves; no API tells it. */
export function decideRoutes(wanted: Wanted): readonly PreflightRow[] {
  if (!wanted.isBehindVip) return [];
  const nodes = wanted.sides.flatMap(({ nodes: ofSide }) => ofSide);
  const routes = nodes.flatMap(([name, { links }]): NodeCommand[] =>
    links.flatMap((link) =>
      Object.values(wanted.metallb.anycastLoopbacks).flatMap(({ address }): NodeCommand[] => {
        const via = link.routerAddresses.map(hostOf).find((each) => familyOf(each) === familyOf(address));
        return via === undefined
          ? []
          : [
              {
                on: `node ${name}`,
                run: `ip route get ${address}`,
                expect: `a line with "dev ${link.nodePort}"${links.length === 1 ? ` and "via ${via}"` : ', or the port of another link'}`,
              },
            ];
      }),
    ),
  );
  const filters = nodes.flatMap(([name, { links }]) =>
    links.map(({ nodePort }) => ({
      on: `node ${name}`,
      run: `sysctl -n net.ipv4.conf.all.rp_filter net.ipv4.conf.${nodePort}.rp_filter`,
      expect: 'the larger of the two numbers, which counts, is 0 or 2',
    })),
  );
  return [
    byHand('routes', `the way from ${String(nodes.length)} nodes to their routers' anycast loopbacks`, unique(routes)),
    byHand('rp-filter', 'strict reverse-path filters drop what comes back another way', unique(filters)),
  ];
}

function unique(commands: readonly NodeCommand[]): readonly NodeCommand[] {
  return [...new Map(commands.map((each) => [JSON.stringify(each), each])).values()];
}
