import type { RouteServerSettings } from '@meshrs/contract';
import { contains, rangeOf, type IpAddress } from '@meshrs/network';

/** Whether settings take a client of an address: as a declared one, or from a range. */
export function takenClients({ bgpgroups }: Pick<RouteServerSettings, 'bgpgroups'>): (address: IpAddress) => boolean {
  const groups = bgpgroups.flatMap((group) => (group.type === 'subtractive' ? [group] : []));
  const declared = new Set(groups.flatMap(({ neighbors }) => neighbors.map(({ address }) => address)));
  const ranges = groups.flatMap(({ prefixes }) => prefixes.map(rangeOf));
  return (address) => {
    if (declared.has(address)) return true;
    const own = rangeOf(address);
    return ranges.some((range) => contains(range, own));
  };
}
