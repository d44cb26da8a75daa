import type { IpAddress } from '@meshrs/network';
import { isClientAsAllowed } from '@meshrs/contract';
import type { Offender } from './eviction-book.ts';
import type { GuardSight, AddressRole } from './guard-sight.ts';

/** Which sessions may stay; the AS numbers of a group are in the intent. */
export interface GuardPolicy {
  /** The router-ids that an iBGP session may have; empty: any. */
  readonly routerIds: readonly IpAddress[];
}

/** Why an eviction means nothing any more. */
export type ReasonGone =
  /** Its AS or its router-id is allowed now. */
  | 'allowed'
  /** It is a declared client or a mesh neighbor now: bgpd or the rule of the mesh decides. */
  | 'declared'
  /** No group takes it any more, evicted or not. */
  | 'no-range';

/**
 * Why the reason to evict does not hold where this is wanted; undefined: it holds. Who is about to be evicted and who is
 * evicted are reviewed by this alone, so that nobody is evicted for what an eviction would end for. Without a policy it is
 * not known which router-ids are right.
 */
export function reasonGone(
  sight: GuardSight,
  policy: GuardPolicy | undefined,
  offender: Offender,
): ReasonGone | undefined {
  const role = sight.roleOf(offender.address);
  switch (offender.reason) {
    case 'as-not-allowed':
      return asGone(sight, role, offender);
    case 'router-id-unknown':
      return routerIdGone(role, policy, offender);
    case 'taken-over':
      // What runs tells of a client its AS, and of a mesh neighbor nothing but that it is one.
      return isOfMesh(role, offender) ? routerIdGone(role, policy, offender) : asGone(sight, role, offender);
    case 'maximum-prefix-exceeded':
      // Only agents before this one evicted for it: bgpd itself holds such clients down.
      return 'allowed';
  }
}

function asGone({ intent }: GuardSight, role: AddressRole, { remoteAsn }: Offender): ReasonGone | undefined {
  switch (role.kind) {
    case 'mesh':
    case 'declared':
      return 'declared';
    case 'none':
      return 'no-range';
    case 'unknown':
      return undefined;
    case 'range': {
      // A reflector's clients are in its own AS.
      const isDecided = intent.mode === 'evpn-route-server' && remoteAsn !== undefined;
      return !isDecided || isClientAsAllowed(role.group, remoteAsn) ? 'allowed' : undefined;
    }
  }
}

function routerIdGone(
  role: AddressRole,
  policy: GuardPolicy | undefined,
  { remoteRouterId }: Offender,
): ReasonGone | undefined {
  if (role.kind !== 'mesh') return role.kind === 'declared' ? 'declared' : 'no-range';
  if (!policy) return undefined;
  const { routerIds } = policy;
  if (routerIds.length === 0) return 'allowed';
  return remoteRouterId !== undefined && routerIds.includes(remoteRouterId) ? 'allowed' : undefined;
}

function isOfMesh(role: AddressRole, { group }: Offender): boolean {
  return role.kind === 'mesh' && role.group === group;
}
