import ipaddr from 'ipaddr.js';

/** An IPv4 or IPv6 address in canonical text (RFC 5952 for IPv6). */
export type IpAddress = string & { readonly kind: 'IpAddress' };

/** A prefix in canonical text, without host bits: "192.168.0.0/16". */
export type IpPrefix = string & { readonly kind: 'IpPrefix' };

/** An address with the length of its subnet, as an interface has it: "172.16.1.13/31". */
export type InterfaceAddress = string & { readonly kind: 'InterfaceAddress' };

export type Family = 'ipv4' | 'ipv6';

/** The addresses from `first` to `last`, both included, as numbers, so that they can be sorted and compared. */
export interface AddressRange {
  readonly family: Family;
  readonly first: bigint;
  readonly last: bigint;
}

const lengths: Readonly<Record<Family, number>> = { ipv4: 32, ipv6: 128 };

/** Reads an address strictly: four decimal parts without leading zeros, or IPv6 without zone or embedded IPv4. */
export function parseAddress(text: string): IpAddress | undefined {
  // A brand has no other way in; the text is canonical: of IPv4 there is one form, of IPv6 it is the library's.
  return (readIpv4(text) === undefined ? parseIpv6(text)?.toString() : text) as IpAddress | undefined;
}

/**
 * Reads an address as a program prints it: the C library writes some IPv6 addresses with an embedded IPv4 one
 * (`::1.2.3.4` for `::102:304`, `::ffff:1.2.3.4`), which people are asked not to do.
 */
export function parsePrintedAddress(text: string): IpAddress | undefined {
  return parseAddress(withoutEmbeddedIpv4(text));
}

/** The same text with the IPv4 address at the end of an IPv6 one written as two groups; any other text is unchanged. */
export function withoutEmbeddedIpv4(text: string): string {
  const [, start, ipv4, rest] = /^([0-9a-fA-F:]*:)([0-9.]+)(\/\d+)?$/.exec(text) ?? [];
  const value = start === undefined || ipv4 === undefined ? undefined : readIpv4(ipv4);
  if (start === undefined || value === undefined) return text;
  return `${start}${Math.floor(value / 65_536).toString(16)}:${(value % 65_536).toString(16)}${rest ?? ''}`;
}

/** The address that 4 or 16 bytes are; undefined for another number of bytes. */
export function addressOfBytes(bytes: Uint8Array): IpAddress | undefined {
  if (bytes.length === 4) return bytes.join('.') as IpAddress;
  return bytes.length === 16 ? (ipaddr.fromByteArray([...bytes]).toString() as IpAddress) : undefined;
}

/** Reads a prefix; the second form tells that only host bits are wrong, and which prefix was probably meant. */
export function parsePrefix(text: string): { prefix: IpPrefix } | { hostBitsOf: IpPrefix } | undefined {
  const parts = parseWithLength(text);
  if (!parts) return undefined;
  const { family, value, length } = parts;
  const { first } = rangeOfSubnet(parts, length);
  const prefix = prefixAt(family, first, length);
  return first === value ? { prefix } : { hostBitsOf: prefix };
}

/** Reads an address with its subnet length; host bits belong there. */
export function parseInterfaceAddress(text: string): InterfaceAddress | undefined {
  const parts = parseWithLength(text);
  return parts && (`${formatNumber(parts.family, parts.value)}/${String(parts.length)}` as InterfaceAddress);
}

export function familyOf(value: IpAddress | IpPrefix | InterfaceAddress): Family {
  return value.includes(':') ? 'ipv6' : 'ipv4';
}

/** The /32 or /128 of an address. */
export function hostPrefix(address: IpAddress): IpPrefix {
  return `${address}/${String(lengths[familyOf(address)])}` as IpPrefix;
}

/** The address of an interface without its subnet length. */
export function hostOf(value: InterfaceAddress): IpAddress {
  return value.slice(0, value.indexOf('/')) as IpAddress;
}

/** The subnet of an interface address. */
export function subnetOf(value: InterfaceAddress): IpPrefix {
  const range = rangeOf(value);
  return `${formatNumber(range.family, range.first)}${value.slice(value.indexOf('/'))}` as IpPrefix;
}

export function rangeOf(value: IpAddress | IpPrefix | InterfaceAddress): AddressRange {
  const slash = value.indexOf('/');
  const text = slash < 0 ? value : value.slice(0, slash);
  const address = parse(text);
  if (!address) throw new Error(`${text} stands for an address, and is none`);
  const { family } = address;
  return { family, ...rangeOfSubnet(address, slash < 0 ? lengths[family] : Number(value.slice(slash + 1))) };
}

/** The prefix of a length that begins at the address with this number, which has no host bits. */
export function prefixAt(family: Family, first: bigint, length: number): IpPrefix {
  return `${formatNumber(family, first)}/${String(length)}` as IpPrefix;
}

export function contains(outer: AddressRange, inner: AddressRange): boolean {
  return outer.family === inner.family && outer.first <= inner.first && outer.last >= inner.last;
}

export function overlaps(one: AddressRange, other: AddressRange): boolean {
  return one.family === other.family && one.first <= other.last && other.first <= one.last;
}

/** Every pair of overlapping ranges, found by one sweep over the sorted ranges: n log n plus the pairs. */
export function findOverlaps<T extends { readonly range: AddressRange }>(items: readonly T[]): [T, T][] {
  const sorted = items
    .map((item, index) => ({ item, index }))
    .sort(
      (a, b) =>
        a.item.range.family.localeCompare(b.item.range.family) ||
        compare(a.item.range.first, b.item.range.first) ||
        a.index - b.index,
    );
  const pairs: [T, T][] = [];
  let open: typeof sorted = [];
  for (const next of sorted) {
    open = open.filter((entry) => overlaps(entry.item.range, next.item.range));
    for (const entry of open) pairs.push(entry.index < next.index ? [entry.item, next.item] : [next.item, entry.item]);
    open.push(next);
  }
  return pairs;
}

/** How many addresses a range has. */
export function sizeOf(range: AddressRange): bigint {
  return range.last - range.first + 1n;
}

/** The address at a distance from the first one of a range: `addressAt(rangeOf(prefix), 1n)` is the first host. */
export function addressAt(range: AddressRange, offset: bigint): IpAddress | undefined {
  const value = range.first + offset;
  return offset >= 0n && value <= range.last ? (formatNumber(range.family, value) as IpAddress) : undefined;
}

/** The two halves of a prefix; undefined for a single address. */
export function halves(prefix: IpPrefix): readonly [IpPrefix, IpPrefix] | undefined {
  const range = rangeOf(prefix);
  const length = Number(prefix.slice(prefix.indexOf('/') + 1)) + 1;
  const upper = addressAt(range, sizeOf(range) / 2n);
  if (upper === undefined || length > lengths[range.family]) return undefined;
  return [prefixAt(range.family, range.first, length), `${upper}/${String(length)}` as IpPrefix];
}

/** Orders addresses and prefixes of one or both families: IPv4 first, then by number, then by length. */
export function compareAddresses<T extends IpAddress | IpPrefix>(one: T, other: T): number {
  const a = rangeOf(one);
  const b = rangeOf(other);
  return a.family.localeCompare(b.family) || compare(a.first, b.first) || compare(b.last, a.last);
}

interface Parsed {
  readonly family: Family;
  readonly value: bigint;
}

function parse(text: string): Parsed | undefined {
  const ipv4 = readIpv4(text);
  if (ipv4 !== undefined) return { family: 'ipv4', value: BigInt(ipv4) };
  const ipv6 = parseIpv6(text);
  return ipv6 && { family: 'ipv6', value: toNumber(ipv6) };
}

/**
 * The number of an IPv4 address in four decimal parts without leading zeros. A fleet's addresses are read at every event
 * of its sources, and the library, which knows more forms, takes twenty times as long.
 */
function readIpv4(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    const byte = Number(part);
    // Only a number in its plain form is written again as it was read.
    if (!(byte >= 0 && byte <= 255) || String(byte) !== part) return undefined;
    value = value * 256 + byte;
  }
  return value;
}

function parseIpv6(text: string): ipaddr.IPv6 | undefined {
  return /^[0-9a-fA-F:]+$/.test(text) && ipaddr.IPv6.isValid(text) ? ipaddr.IPv6.parse(text) : undefined;
}

function parseWithLength(text: string): (Parsed & { readonly length: number }) | undefined {
  const parts = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text);
  const address = parts && parse(parts[1] ?? '');
  if (!address) return undefined;
  const length = Number(parts[2]);
  return length <= lengths[address.family] ? { ...address, length } : undefined;
}

function toNumber(address: ipaddr.IPv6): bigint {
  return address.toByteArray().reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
}

function rangeOfSubnet({ family, value }: Parsed, length: number): { first: bigint; last: bigint } {
  const hostBits = BigInt(lengths[family] - length);
  const first = (value >> hostBits) << hostBits;
  return { first, last: first + (1n << hostBits) - 1n };
}

function formatNumber(family: Family, value: bigint): string {
  const bytes: number[] = [];
  for (let rest = value, left = lengths[family] / 8; left > 0; rest >>= 8n, left--) bytes.unshift(Number(rest & 255n));
  return ipaddr.fromByteArray(bytes).toString();
}

function compare(one: bigint, other: bigint): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
