import { coverRest, type IpPrefix } from '@meshrs/network';

/** The addresses that both have, as the fewest prefixes. */
export function commonPrefixes(some: readonly IpPrefix[], others: readonly IpPrefix[]): readonly IpPrefix[] {
  return coverRest(some, coverRest(some, others));
}
