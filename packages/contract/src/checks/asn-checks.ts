import {
  asnUse,
  describeAsn,
  formatAsnRange,
  isInAsnRange,
  reservedWithin,
  type Asn,
  type AsnRange,
} from '@meshrs/network';
import type { Finding, Path } from '@meshrs/strict-yaml';
import { at } from './claims.ts';
import type { RouteServerCode } from './route-server-codes.ts';

type Found = Finding<RouteServerCode>[];

/** Who has an AS number. */
export interface AsnRole {
  readonly path: Path;
  readonly owner: string;
  readonly asn: Asn;
  readonly kind: 'route servers' | 'routers' | 'metallb' | 'client';
}

/** The AS numbers that a client group takes. */
export interface AsnGroup {
  readonly path: Path;
  readonly asns: readonly AsnRange[];
}

/** The AS number of a role may be used at all. */
export function specialAsn({ path, owner, asn }: AsnRole): Found {
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

/** Ranges hold AS numbers that a client can have. */
export function reservedInRanges(groups: readonly AsnGroup[]): Found {
  return groups.flatMap((group) =>
    group.asns.flatMap((range, index) =>
      reservedWithin(range).map((reserved): Found[number] => {
        const path = [...group.path, index];
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
export function conflictingAsns(roles: readonly AsnRole[]): Found {
  const findings: Found = [];
  const firsts = new Map<Asn, AsnRole>();
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

/** No range holds the AS of the route servers. */
export function ownAsnInRanges(asn: Asn, groups: readonly AsnGroup[]): Found {
  return groups.flatMap((group) =>
    group.asns.flatMap((range, index): Found =>
      isInAsnRange(asn, range)
        ? [
            {
              code: 'asn-conflict',
              path: [...group.path, index],
              message: `The range contains the AS of the route servers, ${describeAsn(asn)}; a client with it would be an iBGP peer.`,
              allowed: `AS numbers other than ${describeAsn(asn)}`,
              hint: 'split the range around it',
            },
          ]
        : [],
    ),
  );
}
