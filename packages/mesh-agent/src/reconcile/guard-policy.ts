import type { RouteServerSettings } from '@meshrs/contract';
import type { GuardPolicy } from '@meshrs/mesh';

/** Which sessions may stay where these settings are in force. */
export function guardPolicy({ routerIds }: Pick<RouteServerSettings, 'routerIds'>): GuardPolicy {
  return { routerIds: [...new Set(Object.values(routerIds))] };
}
