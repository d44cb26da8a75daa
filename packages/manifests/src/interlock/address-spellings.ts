import { rangeOf, type IpAddress } from '@meshrs/network';
import { celText, literalPattern } from './cel.ts';

/*
 * One address has many texts: "192.0.2.1" is "::ffff:192.0.2.1" and "0:0:0:0:0:FFFF:c000:201" as well, and MetalLB, FRR and kube-proxy read
 * all of them. CEL has ip() only where Kubernetes 1.31 is the oldest that is supported (`cel.ts`), so that texts are held
 * against a pattern, which matches of what is an address these alone.
 */

/** CEL: a text with the pattern of all spellings of the addresses, for a variable where it is asked more than once. */
export function addressPattern(addresses: readonly IpAddress[]): string {
  const patterns = [...new Set(addresses)].sort().map(spellingsOf);
  // No address is "-".
  return celText(`^(${patterns.length === 0 ? '-' : patterns.join('|')})$`);
}

/** CEL: whether a text is one of the addresses of `addressPattern`, however it is written. */
export function isAddress(text: string, pattern: string): string {
  return `${text}.trim().matches(${pattern})`;
}

/** A pattern (RE2) of every text that is this address, without anchors. */
export function spellingsOf(address: IpAddress): string {
  const { first, family } = rangeOf(address);
  if (family === 'ipv4') return [literalPattern(address), ...inIpv6((0xffffn << 32n) | first)].join('|');
  return inIpv6(first).join('|');
}

interface Part {
  readonly isZero: boolean;
  readonly pattern: string;
}

function inIpv6(number: bigint): readonly string[] {
  const groups = Array.from({ length: 8 }, (_, at) => Number((number >> BigInt(16 * (7 - at))) & 0xffffn));
  const last = Number(number & 0xffffffffn);
  const dotted = [24, 16, 8, 0].map((shift) => String((last >>> shift) & 0xff)).join('.');
  const parts = groups.map((group): Part => ({ isZero: group === 0, pattern: groupPattern(group) }));
  // The last 32 bits may be written as an IPv4 address, whatever they are.
  return [parts, [...parts.slice(0, 6), { isZero: false, pattern: literalPattern(dotted) }]].flatMap(spelledBy);
}

function groupPattern(group: number): string {
  const digits = group.toString(16);
  const zeros = 4 - digits.length;
  const letters = digits.replaceAll(/[a-f]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
  return group === 0 ? '0{1,4}' : `${zeros === 0 ? '' : `0{0,${String(zeros)}}`}${letters}`;
}

/** One pattern for each run of zeros, any part of which "::" may stand for; it stands for no part of two of them. */
function spelledBy(parts: readonly Part[]): readonly string[] {
  const starts = parts.flatMap(({ isZero }, at) => (isZero && parts[at - 1]?.isZero !== true ? [at] : []));
  const join = (some: readonly Part[]): string => some.map(({ pattern }) => pattern).join(':');
  if (starts.length === 0) return [join(parts)];
  return starts.map((start) => {
    const after = parts.findIndex(({ isZero }, at) => at > start && !isZero);
    const end = after === -1 ? parts.length : after;
    const [left, right] = [parts.slice(0, start), parts.slice(end)].map((some) => join(some)) as [string, string];
    return `${left === '' ? '' : `${left}:`}[0:]${left === '' || right === '' ? '+' : '*'}${right === '' ? '' : `:${right}`}`;
  });
}
