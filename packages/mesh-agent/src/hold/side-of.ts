import type { FleetFacts, RouteServerSettings } from '@meshrs/contract';
import { compareAddresses, type IpAddress } from '@meshrs/network';

/** What a route server knows of whose turn it is. */
export interface SidesKnown {
  readonly self: IpAddress;
  readonly settings: Pick<RouteServerSettings, 'routerIds'>;
  readonly fleet: FleetKnown;
  /** Of which copy of fleet.yml that is. */
  readonly revision?: string | undefined;
  /**
   * Router-ids that are not in fleet.yml any more, and the pods that have them until their side has taken its new settings: of a route
   * server that is renumbered.
   */
  readonly former?: ReadonlyMap<IpAddress, string>;
}

/** `none`: no fleet.yml is to say who is in the fleet; `unknown`: one is to, and none could be read yet. */
export type FleetKnown = FleetFacts | 'none' | 'unknown';

/** What a route server tells of itself. */
export interface OtherTold {
  readonly routerId: IpAddress;
  /** It does not know the order of the sides. */
  readonly isOrderUnknown: boolean;
  /** Of the fleet.yml that it has. */
  readonly revision?: string | undefined;
}

/** Whose route server a router-id is; `nobody`: of no route server of this fleet. */
export type WhoseSide =
  | { readonly kind: 'own-side' }
  | { readonly kind: 'other-side'; readonly isEarlier: boolean }
  | { readonly kind: 'nobody' };

/**
 * The sides stand in order in fleet.yml. Where they do not, router-ids are in order: two that look at each other must not
 * both come first, nor both last. So one that cannot read the order comes after all that can, and these know it by what it tells;
 * and two that have different copies of fleet.yml, as while one is replaced by the next, go by their router-ids.
 */
export function placeOf(other: OtherTold, known: SidesKnown): WhoseSide {
  const { self, settings, fleet } = known;
  const { routerId, isOrderUnknown } = other;
  if (routerId === self) return { kind: 'own-side' };
  const isBefore = compareAddresses(routerId, self) < 0;
  const place = (isEarlier: boolean): WhoseSide => ({ kind: 'other-side', isEarlier: !isOrderUnknown && isEarlier });
  // Without fleet.yml the settings name the whole fleet, as upstream's do, or nobody.
  if (fleet === 'none') return place(isBefore);
  // Those of a side name that side.
  if (Object.values(settings.routerIds).includes(routerId)) return { kind: 'own-side' };
  if (fleet === 'unknown') return { kind: 'other-side', isEarlier: isOrderUnknown ? isBefore : true };
  const [its, mine] = [sidePlaceOf(routerId, known), sidePlaceOf(self, known)];
  if (its === undefined) return { kind: 'nobody' };
  if (its === unplaced || mine === unplaced || mine === undefined) return place(isBefore);
  if (its === mine) return { kind: 'own-side' };
  // A copy that nobody names is not known to be this one.
  const areOneOrder = known.revision !== undefined && other.revision === known.revision;
  return place(areOneOrder ? its < mine : isBefore);
}

/** Whether two router-ids are those of one pod: the one that its engine has, and the one that its new settings give it. */
export function areOfOnePod(one: IpAddress, other: IpAddress, known: SidesKnown): boolean {
  if (one === other) return true;
  const pod = podOf(one, known);
  return pod !== undefined && pod === podOf(other, known);
}

const unplaced = -1;

/** Its place in the order of sides, -1 where it is in none; undefined: it is not in the fleet. */
export function sidePlaceOf(routerId: IpAddress, known: SidesKnown): number | undefined {
  const pod = podOf(routerId, known);
  if (pod === undefined || typeof known.fleet === 'string') return undefined;
  const statefulSet = pod.replace(/-\d+$/, '');
  return (known.fleet.sides ?? []).findIndex(({ statefulSets }) => statefulSets.includes(statefulSet));
}

/** Undefined: nobody's. */
export function podOf(routerId: IpAddress, { fleet, former }: SidesKnown): string | undefined {
  const routerIds = typeof fleet === 'string' ? {} : fleet.routerIds;
  return Object.entries(routerIds).find(([, id]) => id === routerId)?.[0] ?? former?.get(routerId);
}
