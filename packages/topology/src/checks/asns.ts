import {
  conflictingAsns,
  ownAsnInRanges,
  reservedInRanges,
  specialAsn,
  type AsnGroup,
  type AsnRole,
} from '@meshrs/contract';
import { describeAsn, formatAsnRange, isInAsnRange } from '@meshrs/network';
import type { Finding } from '@meshrs/strict-yaml';
import type { CheckCode } from '../codes.ts';
import { groupNameOf, groupOf } from '../fleet.ts';
import type { Topology } from '../schema/index.ts';
import { listWords } from './check.ts';

/** AS numbers may be used at all, and every session that must be eBGP is. */
export function checkAsns(topology: Topology): Finding<CheckCode>[] {
  const roles = rolesOf(topology);
  const own = ownAsnsOf(topology);
  return [
    ...[...roles, ...own].flatMap(specialAsn),
    ...reservedInRanges(groupsOf(topology)),
    ...conflictingAsns(roles),
    ...conflictingOwnAsns(roles, own),
    ...ownAsnInRanges(topology.routeServers.asn, groupsOf(topology)),
    ...differentMetallbAsns(topology),
    ...clientAsnsOutsideGroup(topology),
    ...sharedClientAsns(topology),
  ];
}

function rolesOf({ routeServers, metallb, clients }: Topology): AsnRole[] {
  return [
    { path: ['routeServers', 'asn'], owner: 'the route servers', asn: routeServers.asn, kind: 'route servers' },
    ...Object.entries(metallb.anycastLoopbacks).flatMap(([name, { routerAsn, metallbAsn }]): AsnRole[] => [
      {
        path: ['metallb', 'anycastLoopbacks', name, 'routerAsn'],
        owner: `the routers at ${name}`,
        asn: routerAsn,
        kind: 'routers',
      },
      { path: ['metallb', 'anycastLoopbacks', name, 'metallbAsn'], owner: 'MetalLB', asn: metallbAsn, kind: 'metallb' },
    ]),
    ...Object.entries(clients).map(([name, { asn }]): AsnRole => ({
      path: ['clients', name, 'asn'],
      owner: `client ${name}`,
      asn,
      kind: 'client',
    })),
  ];
}

/** Of the routers' own BGP, which their sessions with MetalLB need not show. */
function ownAsnsOf({ routers }: Topology): AsnRole[] {
  return Object.entries(routers).flatMap(([name, { asn }]): AsnRole[] =>
    asn === undefined ? [] : [{ path: ['routers', name, 'asn'], owner: `router ${name}`, asn, kind: 'routers' }],
  );
}

/** A router drops routes that bear its own AS: MetalLB's VIPs. A client may have it: they may be one site, or one device. */
function conflictingOwnAsns(roles: readonly AsnRole[], own: readonly AsnRole[]): Finding<CheckCode>[] {
  const others = roles.filter(({ kind }) => kind === 'route servers' || kind === 'metallb');
  return conflictingAsns([...others, ...own]).filter(({ path: [section] }) => section === 'routers');
}

function groupsOf({ clientGroups }: Topology): AsnGroup[] {
  return Object.entries(clientGroups).map(([group, { asns }]) => ({ path: ['clientGroups', group, 'asns'], asns }));
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
