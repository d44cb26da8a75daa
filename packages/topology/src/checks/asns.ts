import { asnUse, describeAsn, formatAsnRange, isInAsnRange, reservedWithin, type Asn } from '@meshrs/network';
import type { Finding, Path } from '@meshrs/strict-yaml';
import type { CheckCode } from '../codes.ts';
import { groupNameOf, groupOf } from '../fleet.ts';
import type { Topology } from '../schema/index.ts';
import { at, listWords } from './check.ts';

interface Role {
  readonly path: Path;
  readonly owner: string;
  readonly asn: Asn;
  readonly kind: 'route servers' | 'routers' | 'metallb' | 'client';
}

/** AS numbers may be used at all, and every session that must be eBGP is. */
export function checkAsns(topology: Topology): Finding<CheckCode>[] {
  const roles = rolesOf(topology);
  return [
    ...roles.flatMap(specialUse),
    ...reservedInRanges(topology),
    ...conflicts(roles),
    ...routeServerAsnInClientRange(topology),
    ...differentMetallbAsns(topology),
    ...clientAsnsOutsideGroup(topology),
    ...sharedClientAsns(topology),
  ];
}

function rolesOf({ routeServers, metallb, clients }: Topology): Role[] {
  return [
    { path: ['routeServers', 'asn'], owner: 'the route servers', asn: routeServers.asn, kind: 'route servers' },
    ...Object.entries(metallb.anycastLoopbacks).flatMap(([name, { routerAsn, metallbAsn }]): Role[] => [
      {
        path: ['metallb', 'anycastLoopbacks', name, 'routerAsn'],
        owner: `the routers at ${name}`,
        asn: routerAsn,
        kind: 'routers',
      },
      { path: ['metallb', 'anycastLoopbacks', name, 'metallbAsn'], owner: 'MetalLB', asn: metallbAsn, kind: 'metallb' },
    ]),
    ...Object.entries(clients).map(([name, { asn }]): Role => ({
      path: ['clients', name, 'asn'],
      owner: `client ${name}`,
      asn,
      kind: 'client',
    })),
  ];
}

function specialUse({ path, owner, asn }: Role): Finding<CheckCode>[] {
  const { use, source } = asnUse(asn);
  if (use === 'assignable') return [];
  const isReserved = use === 'reserved';
  return [
    {
      code: isReserved ? 'asn-reserved' : 'asn-documentation',
      path,
      message: isReserved
        ? `The AS number of ${owner} is reserved (${source}).`
        : `The AS number of ${owner} is set aside for documentation (${source}).`,
      allowed:
        'a public AS number of your own, or a private one: 64512-65534, 4200000000-4294967294 (64086.59904-65535.65534)',
      hint: 'choose another AS number',
    },
  ];
}

function reservedInRanges({ clientGroups }: Topology): Finding<CheckCode>[] {
  return Object.entries(clientGroups).flatMap(([group, { asns }]) =>
    asns.flatMap((range, index) =>
      reservedWithin(range).map((reserved): Finding<CheckCode> => {
        const path = ['clientGroups', group, 'asns', index];
        if (range.first === range.last) {
          return {
            code: 'asn-reserved',
            path,
            message: `This AS number is reserved (${reserved.source}).`,
            allowed: 'AS numbers that a client can have',
            hint: 'remove this AS number',
          };
        }
        return {
          code: 'asn-reserved-in-range',
          path,
          message: `The range contains ${formatAsnRange(reserved.range)}, which is reserved (${reserved.source}); no client can have it.`,
          allowed: 'a range without reserved AS numbers',
          hint: `optional: narrow the range to exclude ${formatAsnRange(reserved.range)}`,
        };
      }),
    ),
  );
}

/** The sessions that must be eBGP: route server to client, MetalLB to router; and no AS may stand twice in one path. */
function conflicts(roles: readonly Role[]): Finding<CheckCode>[] {
  const findings: Finding<CheckCode>[] = [];
  const firsts = new Map<Asn, Role>();
  for (const role of roles) {
    const first = firsts.get(role.asn);
    if (!first) {
      firsts.set(role.asn, role);
      continue;
    }
    // Positions share routers' and MetalLB's AS, and clients with one AS have an issue of their own.
    if (first.kind === role.kind) continue;
    findings.push({
      code: 'asn-conflict',
      path: role.path,
      message: `The AS number ${describeAsn(role.asn)} is used by both ${first.owner} (${at(first.path)}) and ${role.owner}.`,
      allowed: 'different AS numbers for route servers, routers, MetalLB and clients',
      hint: 'give one of the two another AS number',
    });
  }
  return findings;
}

function routeServerAsnInClientRange({ routeServers, clientGroups }: Topology): Finding<CheckCode>[] {
  return Object.entries(clientGroups).flatMap(([group, { asns }]) =>
    asns.flatMap((range, index): Finding<CheckCode>[] =>
      isInAsnRange(routeServers.asn, range)
        ? [
            {
              code: 'asn-conflict',
              path: ['clientGroups', group, 'asns', index],
              message: `The range contains the AS of the route servers, ${describeAsn(routeServers.asn)}; a client with it would be an iBGP peer.`,
              allowed: `AS numbers other than ${describeAsn(routeServers.asn)}`,
              hint: 'split the range around it',
            },
          ]
        : [],
    ),
  );
}

function differentMetallbAsns({ metallb }: Topology): Finding<CheckCode>[] {
  const positions = Object.entries(metallb.anycastLoopbacks);
  const [first] = positions;
  if (!first) return [];
  const [firstName, { metallbAsn }] = first;
  return positions
    .filter(([, position]) => position.metallbAsn !== metallbAsn)
    .map(([name, position]) => ({
      code: 'metallb-asn-differs',
      path: ['metallb', 'anycastLoopbacks', name, 'metallbAsn'],
      message: `Anycast loopback ${name} sets MetalLB's AS to ${describeAsn(position.metallbAsn)}, ${firstName} sets ${describeAsn(metallbAsn)}; MetalLB supports one AS per node.`,
      allowed: `the same AS at every position, ${describeAsn(metallbAsn)}`,
      hint: 'use one MetalLB AS for all positions',
    }));
}

function clientAsnsOutsideGroup(topology: Topology): Finding<CheckCode>[] {
  return Object.entries(topology.clients).flatMap(([name, { asn }]): Finding<CheckCode>[] => {
    const group = groupOf(topology, name);
    if (!group || group.asns.some((range) => isInAsnRange(asn, range))) return [];
    return [
      {
        code: 'asn-outside-group',
        path: ['clients', name, 'asn'],
        message: `The AS of client ${name} is not among those of its group ${groupNameOf(topology, name) ?? ''}.`,
        allowed: listWords(group.asns.map(formatAsnRange)),
        hint: 'correct the AS, or add it to the asns of the group',
      },
    ];
  });
}

function sharedClientAsns({ clients }: Topology): Finding<CheckCode>[] {
  const byAsn = Map.groupBy(Object.entries(clients), ([, client]) => client.asn);
  return [...byAsn.values()].flatMap((sharers) =>
    sharers.flatMap(([name, { sharedAsn, asn }]): Finding<CheckCode>[] => {
      const others = sharers.filter(([other]) => other !== name).map(([other]) => other);
      if (others.length > 0 && !sharedAsn) {
        return [
          {
            code: 'asn-shared',
            path: ['clients', name, 'asn'],
            message: `Client ${name} has the same AS, ${describeAsn(asn)}, as ${listWords(others)}; each drops the routes of the other.`,
            allowed: 'an AS of its own, or sharedAsn: true on all of them',
            hint: `give it another AS, or add sharedAsn: true to ${name}`,
          },
        ];
      }
      if (others.length > 0 || !sharedAsn) return [];
      return [
        {
          code: 'shared-asn-alone',
          path: ['clients', name, 'sharedAsn'],
          message: `Client ${name} is marked sharedAsn, but no other declared client has AS ${describeAsn(asn)}.`,
          allowed: 'sharedAsn only where two clients have one AS',
          hint: 'remove sharedAsn',
        },
      ];
    }),
  );
}
