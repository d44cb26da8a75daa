import { rangeOf, type IpAddress } from '@meshrs/network';

/**
 * Addresses in the order of `compareAddresses`, each of them read once: a fleet of a thousand route servers is sorted
 * at every event of its sources. An address that stands twice stays twice.
 */
export function sortAddresses(addresses: Iterable<IpAddress>): readonly IpAddress[] {
  return [...addresses]
    .map((address) => ({ address, isIpv6: address.includes(':'), number: rangeOf(address).first }))
    .sort((a, b) => Number(a.isIpv6) - Number(b.isIpv6) || compare(a.number, b.number))
    .map(({ address }) => address);
}

function compare(one: bigint, other: bigint): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
