import type { RouteServerIntent } from '@meshrs/contract';
import { listed } from '@meshrs/manifests/built';
import { findOffenders } from '@meshrs/mesh';
import {
  addressAt,
  formatAsnRange,
  overlaps,
  parseAsn,
  rangeOf,
  sizeOf,
  type Asn,
  type IpAddress,
  type IpPrefix,
} from '@meshrs/network';
import { toFrrConfig } from '@meshrs/router-config/route-server/frr';

/** A client that came from a listen range. */
interface RangeClient {
  readonly address: IpAddress;
  readonly asn: Asn;
}

/** Whether the agent's guard evicts such a client; it is the guard itself that is asked. */
export function isEvicted(intent: RouteServerIntent, { address, asn }: RangeClient): boolean {
  const { ranges = [], neighbors = [] } = toFrrConfig(intent).router ?? {};
  const facts = {
    intent,
    router: { ranges, neighbors },
    peers: [{ address, isDynamic: true, remoteAsn: asn, state: 'established' }],
    routerIds: new Map(),
    exceeded: new Map(),
  } as const;
  return findOffenders(facts, { routerIds: [] }, 0).length > 0;
}

/** The clients whose listen range stays and whose AS is allowed no more, a sentence a group. */
export function describeEvictions(before: RouteServerIntent, after: RouteServerIntent): readonly string[] {
  return before.clientGroups.flatMap((old) => {
    const next = after.clientGroups.find(({ name }) => name === old.name);
    const address = next && sharedAddress(old.prefixes, next.prefixes);
    if (!next || address === undefined) return [];
    const isLost = (asn: Asn): boolean => !isEvicted(before, { address, asn }) && isEvicted(after, { address, asn });
    const lost = spans([...old.asns, ...next.asns]).filter(({ first }) => isLost(first));
    if (lost.length === 0) return [];
    const numbers = listed(joined(lost).map(formatAsnRange));
    return [`${old.name}: AS ${numbers} no longer allowed: the guard evicts clients of listen ranges that have one`];
  });
}

type Span = Readonly<Record<'first' | 'last', Asn>>;

/** All AS numbers, cut wherever one of the ranges begins or ends. */
function spans(ranges: readonly Span[]): readonly Span[] {
  const starts = [1, ...ranges.flatMap(({ first, last }) => [first, last + 1])]
    .flatMap((start) => parseAsn(String(start)) ?? [])
    .filter((start) => start > 0);
  const sorted = [...new Set(starts)].sort((one, other) => one - other);
  return sorted.flatMap((first, index) => {
    const last = parseAsn(String((sorted[index + 1] ?? 2 ** 32) - 1));
    return last === undefined ? [] : [{ first, last }];
  });
}

function joined(sorted: readonly Span[]): readonly Span[] {
  const result: Span[] = [];
  for (const span of sorted) {
    const previous = result.at(-1);
    if (previous && previous.last + 1 === span.first) result[result.length - 1] = { ...previous, last: span.last };
    else result.push(span);
  }
  return result;
}

/** An address that lies in a prefix of both; undefined: they share none. */
function sharedAddress(some: readonly IpPrefix[], others: readonly IpPrefix[]): IpAddress | undefined {
  for (const one of some.map(rangeOf)) {
    const other = others.map(rangeOf).find((range) => overlaps(one, range));
    if (other) return addressAt(sizeOf(one) < sizeOf(other) ? one : other, 0n);
  }
  return undefined;
}
