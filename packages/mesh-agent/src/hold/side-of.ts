import type { FleetFacts, RouteServerSettings } from '@meshrs/contract';
import { compareAddresses, type IpAddress } from '@meshrs/network';

/** What a route server knows of whose turn it is. */
export interface SidesKnown {
  readonly self: IpAddress;
  readonly settings: Pick<RouteServerSettings, 'routerIds'>;
  readonly fleet: FleetKnown;
}

/** `none`: no fleet.yml is to say who is in the fleet; `unknown`: one is to, and none could be read yet. */
export type FleetKnown = FleetFacts | 'none' | 'unknown';

/** What a route server tells of itself. */
export interface OtherTold {
  readonly routerId: IpAddress;
  /** It does not know the order of the sides. */
  readonly isOrderUnknown: boolean;
}

/** Whose route server a router-id is; `nobody`: of no route server of this fleet. */
export type WhoseSide =
  | { readonly kind: 'own-side' }
  | { readonly kind: 'other-side'; readonly isEarlier: boolean }
  | { readonly kind: 'nobody' };

/**
 * The sides stand in order in fleet.yml. Where they do not, router-ids are in order: two that look at each other must not
 * both come first, nor both last. So one that cannot read the order comes after all that can, and these know it by what it tells.
 */
export function placeOf(other: OtherTold, { self, settings, fleet }: SidesKnown): WhoseSide {
  const { routerId, isOrderUnknown } = other;
  if (routerId === self) return { kind: 'own-side' };
  const isBefore = compareAddresses(routerId, self) < 0;
  const place = (isEarlier: boolean): WhoseSide => ({ kind: 'other-side', isEarlier: !isOrderUnknown && isEarlier });
  // Without fleet.yml the settings name the whole fleet, as upstream's do, or nobody.
  if (fleet === 'none') return place(isBefore);
  // Those of a side name that side.
  if (Object.values(settings.routerIds).includes(routerId)) return { kind: 'own-side' };
  if (fleet === 'unknown') return { kind: 'other-side', isEarlier: isOrderUnknown ? isBefore : true };
  const [its, mine] = [sideOf(routerId, fleet), sideOf(self, fleet)];
  if (its === undefined) return { kind: 'nobody' };
  if (its === unplaced || mine === unplaced || mine === undefined) return place(isBefore);
  return its === mine ? { kind: 'own-side' } : place(its < mine);
}

const unplaced = -1;

/** Its place in the order of sides; undefined: it is not in the fleet. */
function sideOf(routerId: IpAddress, { routerIds, sides = [] }: FleetFacts): number | undefined {
  const pod = Object.entries(routerIds).find(([, id]) => id === routerId)?.[0];
  if (pod === undefined) return undefined;
  const statefulSet = pod.replace(/-\d+$/, '');
  return sides.findIndex(({ statefulSets }) => statefulSets.includes(statefulSet));
}
