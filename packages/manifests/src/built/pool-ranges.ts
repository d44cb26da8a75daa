import { parseAddress, parsePrefix, rangeOf, type AddressRange } from '@meshrs/network';

/**
 * The range of an entry of a pool, "192.168.255.1/32" or "192.168.255.1-192.168.255.9"; undefined for anything else.
 */
export function poolRange(entry: string): AddressRange | undefined {
  const [firstText = '', lastText, ...rest] = entry.split('-').map((part) => part.trim());
  if (lastText === undefined) {
    const parsed = parsePrefix(firstText);
    // MetalLB takes the network around an address with host bits (Go's net.ParseCIDR).
    return parsed && rangeOf('prefix' in parsed ? parsed.prefix : parsed.hostBitsOf);
  }
  const first = parseAddress(firstText);
  const last = parseAddress(lastText);
  if (!first || !last || rest.length > 0) return undefined;
  const begin = rangeOf(first);
  const end = rangeOf(last);
  if (begin.family !== end.family || begin.first > end.last) return undefined;
  return { family: begin.family, first: begin.first, last: end.last };
}
