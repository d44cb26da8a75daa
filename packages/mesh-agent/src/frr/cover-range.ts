import { parsePrefix, rangeOf, type AddressRange, type Family, type IpPrefix } from '@meshrs/network';

/** What of `wanted` lies in none of `covered`, as the fewest prefixes, in rising order. */
export function coverRest(wanted: readonly IpPrefix[], covered: readonly IpPrefix[]): readonly IpPrefix[] {
  const holes = covered.map(rangeOf);
  return joinRanges(wanted.map(rangeOf))
    .flatMap((range) => holes.reduce((rest, hole) => rest.flatMap((each) => subtract(each, hole)), [range]))
    .flatMap(toPrefixes);
}

/** Whether every address of `inner` lies in one of `outer`, which may adjoin but not overlap. */
export function isCovered(inner: IpPrefix, outer: readonly IpPrefix[]): boolean {
  const range = rangeOf(inner);
  return joinRanges(outer.map(rangeOf)).some(
    ({ family, first, last }) => family === range.family && first <= range.first && range.last <= last,
  );
}

function joinRanges(ranges: readonly AddressRange[]): readonly AddressRange[] {
  const joined: AddressRange[] = [];
  const sorted = [...ranges].sort(
    (one, other) => one.family.localeCompare(other.family) || Number(one.first > other.first) * 2 - 1,
  );
  for (const range of sorted) {
    const previous = joined.at(-1);
    if (previous?.family === range.family && range.first <= previous.last + 1n) {
      joined[joined.length - 1] = { ...previous, last: previous.last > range.last ? previous.last : range.last };
    } else joined.push(range);
  }
  return joined;
}

function subtract(range: AddressRange, hole: AddressRange): readonly AddressRange[] {
  if (range.family !== hole.family || hole.last < range.first || range.last < hole.first) return [range];
  return [
    ...(range.first < hole.first ? [{ ...range, last: hole.first - 1n }] : []),
    ...(hole.last < range.last ? [{ ...range, first: hole.last + 1n }] : []),
  ];
}

/** Takes the largest prefix that begins at the first address and ends within the range, again and again. */
function toPrefixes({ family, first, last }: AddressRange): readonly IpPrefix[] {
  const bits = family === 'ipv4' ? 32 : 128;
  const prefixes: IpPrefix[] = [];
  let next = first;
  while (next <= last) {
    let hostBits = 0;
    while (hostBits < bits && fits(next, hostBits + 1, last)) hostBits += 1;
    prefixes.push(toPrefix(family, next, bits - hostBits));
    next += 1n << BigInt(hostBits);
  }
  return prefixes;
}

function fits(first: bigint, hostBits: number, last: bigint): boolean {
  const size = 1n << BigInt(hostBits);
  return first % size === 0n && first + size - 1n <= last;
}

function toPrefix(family: Family, first: bigint, length: number): IpPrefix {
  const text = `${family === 'ipv4' ? formatIpv4(first) : formatIpv6(first)}/${String(length)}`;
  const parsed = parsePrefix(text);
  if (!parsed || !('prefix' in parsed)) throw new Error(`${text} has host bits: toPrefixes is wrong`);
  return parsed.prefix;
}

function formatIpv4(address: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => String((address >> shift) & 255n)).join('.');
}

function formatIpv6(address: bigint): string {
  return Array.from({ length: 8 }, (_, index) => ((address >> BigInt(112 - 16 * index)) & 0xffffn).toString(16)).join(
    ':',
  );
}
