import { compareAddresses, type IpAddress } from '@meshrs/network';
import { podOf, sidePlaceOf, type SidesKnown } from './side-of.ts';

/**
 * After which part of its time a route server goes that cannot know whether another side waits as long as it does: the n-th of m sides
 * after n/m, by its own place alone. Two that begin at one moment and do not hear each other would end at one moment otherwise.
 * Those that have seen that their copies of fleet.yml differ go by router-ids, as they do in `placeOf`. Replicas of one side, which may
 * be two sides by somebody else's fleet.yml, spread over the second half of its part.
 */
export function shareOf(known: SidesKnown, { isOneOrder }: { readonly isOneOrder: boolean }): number {
  const { self, fleet, settings } = known;
  const sides = typeof fleet === 'string' || !isOneOrder ? [] : (fleet.sides ?? []);
  const side = sides[sidePlaceOf(self, known) ?? -1];
  if (side && typeof fleet !== 'string') {
    const ids = Object.values(fleet.routerIds).filter((id) => sidePlaceOf(id, known) === sides.indexOf(side));
    const pods = [...new Set([...ids, self].map((id) => podOf(id, known)))];
    const place = placeAmong(podOf(self, known) ?? '', pods.flatMap((pod) => pod ?? []).sort());
    return (sides.indexOf(side) + (1 + place) / 2) / sides.length;
  }
  const all = Object.values(typeof fleet === 'string' ? settings.routerIds : fleet.routerIds).sort(compareAddresses);
  // Settings of a side name that side alone: who is not known to have a place goes by what it is called.
  const isOneOfMore = fleet !== 'none' || all.length > 1;
  const isPlaced = all.includes(self) && fleet !== 'unknown' && sides.length === 0 && isOneOfMore;
  return isPlaced ? placeAmong(self, all) : shareByName(self);
}

/** How many parts the time has. */
export function partsOf({ fleet }: SidesKnown): number {
  return Math.max(2, typeof fleet === 'string' ? 0 : (fleet.sides?.length ?? 0));
}

/** When its part of a wait is over. */
export function shareEndMs(
  { sinceMs, untilMs }: { readonly sinceMs: number; readonly untilMs: number },
  { holdMs, share }: { readonly holdMs: number; readonly share: number },
): number {
  return untilMs - (1 - share) * Math.min(holdMs, untilMs - sinceMs);
}

function placeAmong<T>(one: T, all: readonly T[]): number {
  return (all.indexOf(one) + 1) / all.length;
}

const goldenRatio = (Math.sqrt(5) - 1) / 2;

/** Router-ids that follow one another are far apart; and it comes late, as in `placeOf`: an earlier side may count on it. */
function shareByName(self: IpAddress): number {
  const number = self.split('.').reduce((sum, octet) => (sum * 256 + Number(octet)) % 1_000_003, 0);
  return 0.7 + 0.25 * ((number * goldenRatio) % 1);
}
