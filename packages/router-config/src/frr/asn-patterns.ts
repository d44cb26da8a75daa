import type { AsnRange } from '@meshrs/network';
import type { AsPathPattern } from './config.ts';

/**
 * Regular expressions that together match exactly the AS paths whose first AS is in one of the ranges. FRR's `_` matches
 * the end of the path, a blank, and the signs around sets and confederations (FRR manual, "AS Path Regular Expression").
 * A neighbor's own AS is first, because bgpd enforces it.
 */
export function firstAsPatterns(ranges: readonly AsnRange[]): readonly AsPathPattern[] {
  return mergeRanges(ranges)
    .flatMap(({ first, last }) => sameLengthRanges(first, last))
    .flatMap(([first, last]) => digitPatterns(String(first), String(last)))
    .map((digits) => `^${digits}_` as AsPathPattern);
}

/** Overlapping and adjoining ranges joined, in rising order. */
function mergeRanges(ranges: readonly AsnRange[]): { readonly first: number; readonly last: number }[] {
  const merged: { first: number; last: number }[] = [];
  for (const { first, last } of [...ranges].sort((one, other) => one.first - other.first)) {
    const previous = merged.at(-1);
    if (previous && first <= previous.last + 1) previous.last = Math.max(previous.last, last);
    else merged.push({ first, last });
  }
  return merged;
}

/** Cuts a range where the number of digits grows. */
function sameLengthRanges(first: number, last: number): [number, number][] {
  const longest = 10 ** String(first).length - 1;
  return last <= longest ? [[first, last]] : [[first, longest], ...sameLengthRanges(longest + 1, last)];
}

/** Both texts have the same length; the digits that they share in front stay as they are. */
function digitPatterns(first: string, last: string): string[] {
  if (first === last) return [first];
  const head = first.charAt(0);
  const lastHead = last.charAt(0);
  const restLength = first.length - 1;
  if (head === lastHead) return digitPatterns(first.slice(1), last.slice(1)).map((rest) => head + rest);

  const takesAllOfFirst = /^0*$/.test(first.slice(1));
  const takesAllOfLast = /^9*$/.test(last.slice(1));
  const low = takesAllOfFirst ? Number(head) : Number(head) + 1;
  const high = takesAllOfLast ? Number(lastHead) : Number(lastHead) - 1;
  const below = takesAllOfFirst ? [] : digitPatterns(first.slice(1), '9'.repeat(restLength)).map((rest) => head + rest);
  const between = low <= high ? [digitClass(low, high) + '[0-9]'.repeat(restLength)] : [];
  const above = takesAllOfLast
    ? []
    : digitPatterns('0'.repeat(restLength), last.slice(1)).map((rest) => lastHead + rest);
  return [...below, ...between, ...above];
}

function digitClass(low: number, high: number): string {
  return low === high ? String(low) : `[${String(low)}-${String(high)}]`;
}
