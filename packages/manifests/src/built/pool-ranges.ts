import { parseAddress, parsePrefix, rangeOf, type AddressRange, type Family } from '@meshrs/network';

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

/** Whether one of the entries of a pool is of a family. */
export function hasFamily(entries: readonly string[], family: Family): boolean {
  return entries.some((entry) => poolRange(entry)?.family === family);
}

/**
 * The length of the widest prefix in a range, 24 for "192.0.2.0-192.0.3.7": MetalLB divides a range into as few prefixes as it can.
 */
export function widestLength({ family, first, last }: AddressRange): number {
  const bits = family === 'ipv4' ? 32 : 128;
  const lengths = Array.from({ length: bits + 1 }, (_, length) => length);
  return (
    lengths.find((length) => {
      const size = 1n << BigInt(bits - length);
      const begin = ((first + size - 1n) / size) * size;
      return begin + size - 1n <= last;
    }) ?? bits
  );
}
