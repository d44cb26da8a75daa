import { contains, parsePrefix, rangeOf, type AddressRange, type IpAddress, type IpPrefix } from './address.ts';

/** A block of the IANA special-purpose address registries, as far as no BGP session can end in it. */
interface SpecialBlock {
  readonly prefix: IpPrefix;
  readonly range: AddressRange;
  readonly use: string;
  readonly source: string;
}

/**
 * The blocks of the IANA IPv4 and IPv6 special-purpose address registries (RFC 6890 and its updates) that are no source, no
 * destination or not forwardable, and the multicast blocks, which have registries of their own. Not here: blocks for
 * documentation (RFC 5737, 3849, 9637), which labs and examples route like any other.
 */
const blocks: readonly SpecialBlock[] = [
  block('0.0.0.0/8', 'this network, with the unspecified address', 'RFC 791'),
  block('127.0.0.0/8', 'loopback', 'RFC 1122'),
  block('169.254.0.0/16', 'link-local', 'RFC 3927'),
  block('192.0.0.0/24', 'IETF protocol assignments', 'RFC 6890'),
  block('224.0.0.0/4', 'multicast', 'RFC 5771'),
  // With the limited broadcast address, 255.255.255.255 (RFC 8190).
  block('240.0.0.0/4', 'reserved, with the broadcast address', 'RFC 1112'),
  block('::/128', 'the unspecified address', 'RFC 4291'),
  block('::1/128', 'loopback', 'RFC 4291'),
  block('::ffff:0:0/96', 'IPv4-mapped', 'RFC 4291'),
  block('100::/64', 'discard-only', 'RFC 6666'),
  block('100:0:0:1::/64', 'dummy prefix', 'RFC 9780'),
  block('fe80::/10', 'link-local', 'RFC 4291'),
  block('ff00::/8', 'multicast', 'RFC 4291'),
];

/** Why no BGP session can end at an address, or at any address of a prefix: "loopback (RFC 1122)". Undefined where one can. */
export function specialUse(value: IpAddress | IpPrefix): string | undefined {
  const range = rangeOf(value);
  const around = blocks.find((each) => contains(each.range, range));
  return around && inWords(around);
}

/** Why no BGP session can end at some address of a prefix: it holds a whole block of those. Undefined where it holds none. */
export function specialUseWithin(prefix: IpPrefix): string | undefined {
  const range = rangeOf(prefix);
  const inside = blocks.find((each) => contains(range, each.range));
  return inside && `${inside.prefix} is ${inWords(inside)}`;
}

/** Whether another machine can have a BGP session at this address. */
export function isPossiblePeer(address: IpAddress): boolean {
  return specialUse(address) === undefined;
}

function inWords({ use, source }: SpecialBlock): string {
  return `${use} (${source})`;
}

function block(text: string, use: string, source: string): SpecialBlock {
  const parsed = parsePrefix(text);
  if (!parsed || !('prefix' in parsed)) throw new Error(`${text} stands for a prefix, and is none`);
  return { prefix: parsed.prefix, range: rangeOf(parsed.prefix), use, source };
}
