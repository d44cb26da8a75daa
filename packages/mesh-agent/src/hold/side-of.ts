import type { FleetFacts, RouteServerSettings } from '@meshrs/contract';
import { compareAddresses, type IpAddress } from '@meshrs/network';

/** What a route server knows of whose turn it is. */
export interface SidesKnown {
  readonly self: IpAddress;
  readonly settings: Pick<RouteServerSettings, 'routerIds'>;
  /** Undefined: no fleet.yml says who is in the fleet. */
  readonly fleet: FleetFacts | undefined;
}

/** Whose route server a router-id is; `nobody`: of no route server of this fleet. */
export type WhoseSide =
  | { readonly kind: 'own-side' }
  | { readonly kind: 'other-side'; readonly isEarlier: boolean }
  | { readonly kind: 'nobody' };

/**
 * The sides stand in order in fleet.yml. Where they do not, router-ids are in order: two that look at each other must not
 * both come first.
 */
export function placeOf(routerId: IpAddress, { self, settings, fleet }: SidesKnown): WhoseSide {
  if (routerId === self) return { kind: 'own-side' };
  const byRouterId: WhoseSide = { kind: 'other-side', isEarlier: compareAddresses(routerId, self) < 0 };
  // Without fleet.yml the settings name the whole fleet, as upstream's do, or nobody.
  if (!fleet) return byRouterId;
  const own = new Set(Object.values(settings.routerIds));
  if (own.has(routerId)) return { kind: 'own-side' };
  const [its, mine] = [sideOf(routerId, fleet), sideOf(self, fleet)];
  if (its === undefined) return { kind: 'nobody' };
  if (its === unplaced || mine === unplaced || mine === undefined) return byRouterId;
  return its === mine ? { kind: 'own-side' } : { kind: 'other-side', isEarlier: its < mine };
}

const unplaced = -1;

/** Its place in the order of sides; undefined: it is not in the fleet. */
function sideOf(routerId: IpAddress, { routerIds, sides = [] }: FleetFacts): number | undefined {
  const pod = Object.entries(routerIds).find(([, id]) => id === routerId)?.[0];
  if (pod === undefined) return undefined;
  const statefulSet = pod.replace(/-\d+$/, '');
  return sides.findIndex(({ statefulSets }) => statefulSets.includes(statefulSet));
}
