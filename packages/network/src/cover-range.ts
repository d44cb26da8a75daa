import { contains, prefixAt, rangeOf, type AddressRange, type IpPrefix } from './address.ts';

/** What of `wanted` lies in none of `covered`, as the fewest prefixes, in rising order. */
export function coverRest(wanted: readonly IpPrefix[], covered: readonly IpPrefix[]): readonly IpPrefix[] {
  const holes = covered.map(rangeOf);
  return joinRanges(wanted.map(rangeOf))
    .flatMap((range) => holes.reduce((rest, hole) => rest.flatMap((each) => subtract(each, hole)), [range]))
    .flatMap(toPrefixes);
}

/** Whether every address of `inner` lies in one of `outer`, which may adjoin and overlap. */
export function isCovered(inner: IpPrefix, outer: readonly IpPrefix[]): boolean {
  return isRangeCovered(rangeOf(inner), outer.map(rangeOf));
}

/** The same for ranges that need not be prefixes. */
export function isRangeCovered(inner: AddressRange, outer: readonly AddressRange[]): boolean {
  return joinRanges(outer).some((range) => contains(range, inner));
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
    prefixes.push(prefixAt(family, next, bits - hostBits));
    next += 1n << BigInt(hostBits);
  }
  return prefixes;
}

function fits(first: bigint, hostBits: number, last: bigint): boolean {
  const size = 1n << BigInt(hostBits);
  return first % size === 0n && first + size - 1n <= last;
}
