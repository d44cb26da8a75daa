import { rangeOf, type IpAddress, type IpPrefix } from '@meshrs/network';

/** IPv4 before IPv6, then by number, then the shorter prefix first; each address is read once. */
export function sortByAddress<T>(items: readonly T[], addressOf: (item: T) => IpAddress | IpPrefix): readonly T[] {
  return items
    .map((item) => ({ item, range: rangeOf(addressOf(item)) }))
    .sort(
      ({ range: one }, { range: other }) =>
        compare(one.family, other.family) || compare(one.first, other.first) || compare(other.last, one.last),
    )
    .map(({ item }) => item);
}

function compare<T extends string | bigint>(one: T, other: T): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
