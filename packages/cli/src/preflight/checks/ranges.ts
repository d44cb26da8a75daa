import { familyOf, isCovered, parsePrefix, type IpPrefix } from '@meshrs/network';
import type { PreflightFacts } from '../facts.ts';
import { byHand, fail, listed, ok, rowsOf, warn, type PreflightRow } from '../row.ts';
import type { Wanted } from '../wanted.ts';

const words = { ipv4: 'IPv4', ipv6: 'IPv6' } as const;

export function decideRanges({ serviceRanges, nodes }: PreflightFacts, wanted: Wanted): readonly PreflightRow[] {
  return [
    ...rowsOf('service-ranges', serviceRanges, (seen) => {
      const missing = wanted.isBehindVip ? wanted.families.filter((family) => !seen.families.includes(family)) : [];
      if (missing.length > 0) {
        const names = missing.map((family) => words[family]).join(' and ');
        if (!seen.isWhole) return [notTold(names)];
        return [
          fail(
            'service-ranges',
            `Services of this cluster have no ${names} addresses (${listed(seen.ranges)}), and there is a VIP of that family`,
            'the VIP of a Service has a family of its cluster: take that VIP out of the topology, or make the cluster dual-stack',
          ),
        ];
      }
      const { ranges } = seen;
      return [
        compare(
          'service-ranges',
          'Services',
          { seen: ranges, said: wanted.serviceRanges, key: 'serviceRanges' },
          wanted.families,
        ),
      ];
    }),
    ...rowsOf('pod-ranges', nodes, (list) => [
      compare(
        'pod-ranges',
        'pods',
        {
          seen: [...new Set(list.flatMap(({ podRanges }) => podRanges))],
          said: wanted.podRanges,
          key: 'podRanges',
        },
        // A CNI may give pods other addresses than the node says.
        [],
      ),
    ]),
  ];
}

function notTold(names: string): PreflightRow {
  return byHand('service-ranges', `the API does not tell whether Services can have ${names} addresses`, [
    {
      on: 'each node of the control plane',
      run: "ps -o args= -C kube-apiserver | tr ' ' '\\n' | grep service-cluster-ip-range",
      expect: `a range of ${names} among them`,
    },
  ]);
}

/** The topology's checks are made against what it says of the cluster; those of a family without VIPs matter less. */
function compare(
  check: string,
  whose: string,
  { seen, said, key }: { readonly seen: readonly string[]; readonly said: readonly IpPrefix[]; readonly key: string },
  families: Wanted['families'],
): PreflightRow {
  const outside = seen.flatMap((text) => {
    const read = parsePrefix(text);
    const prefix = read && ('prefix' in read ? read.prefix : read.hostBitsOf);
    return prefix !== undefined && isCovered(prefix, said) ? [] : [{ text, prefix }];
  });
  if (outside.length > 0) {
    const isGrave = outside.some(({ prefix }) => prefix !== undefined && families.includes(familyOf(prefix)));
    return (isGrave ? fail : warn)(
      check,
      `${whose} have addresses of ${listed(outside.map(({ text }) => text))}, and the topology says ${said.join(', ')}`,
      `write them in placement.clusters.*.${key}: checks of VIPs and clients go by that`,
    );
  }
  if (seen.length === 0) return ok(check, `the cluster names no ranges of ${whose} to compare with`);
  return ok(check, `${whose} have addresses of ${listed(seen)}`);
}
