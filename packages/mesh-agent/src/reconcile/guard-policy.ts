import type { GuardPolicy } from '@meshrs/mesh';
import type { IpAddress } from '@meshrs/network';

/** Which sessions may stay, by the router-ids that a mesh session may have. */
export function guardPolicy(routerIds: ReadonlySet<IpAddress> | 'any'): GuardPolicy {
  return { routerIds: routerIds === 'any' ? [] : [...routerIds] };
}
