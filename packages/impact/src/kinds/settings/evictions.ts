import type { ClientGroupIntent, RouteServerIntent } from '@meshrs/contract';
import { listed } from '@meshrs/manifests/built';
import { findOffenders } from '@meshrs/mesh';
import {
  addressAt,
  formatAsnRange,
  parseAsn,
  rangeOf,
  type Asn,
  type AsnRange,
  type IpAddress,
  type IpPrefix,
} from '@meshrs/network';
import { commonPrefixes } from './common-prefixes.ts';

/** A client that came from a listen range. */
interface RangeClient {
  readonly address: IpAddress;
  readonly asn: Asn;
}

/** Whether the agent's guard evicts such a client; it is the guard itself that is asked. */
export function isEvicted(intent: RouteServerIntent, { address, asn }: RangeClient): boolean {
  const peers = [{ address, remoteAsn: asn, state: 'established' }] as const;
  return findOffenders({ intent, peers, routerIds: new Map() }, { routerIds: [] }).length > 0;
}

/** Range clients whose AS was allowed where they are and is no longer. */
export interface LostAsns {
  /** The addresses that one group had and one group has: their group may have another name now. */
  readonly prefixes: readonly IpPrefix[];
  readonly asns: readonly AsnRange[];
}

export function lostAsnsOf(before: RouteServerIntent, after: RouteServerIntent): readonly LostAsns[] {
  return before.clientGroups.flatMap((old) =>
    after.clientGroups.flatMap((next) => {
      const prefixes = commonPrefixes(old.prefixes, next.prefixes);
      const asns = lostAsns({ before, old, after, next }, prefixes);
      return asns.length === 0 ? [] : [{ prefixes, asns }];
    }),
  );
}

/** A sentence for each. */
export function describeEvictions(before: RouteServerIntent, after: RouteServerIntent): readonly string[] {
  return lostAsnsOf(before, after).map(({ prefixes, asns }) => {
    const ranges = `listen range${prefixes.length === 1 ? '' : 's'} ${listed(prefixes)}`;
    return `${ranges}: AS ${listed(asns.map(formatAsnRange))} no longer allowed: the guard evicts clients that have one`;
  });
}

interface GroupPair {
  readonly before: RouteServerIntent;
  readonly old: ClientGroupIntent;
  readonly after: RouteServerIntent;
  readonly next: ClientGroupIntent;
}

/** One address tells for all that two groups share: a group has one list of AS numbers. */
function lostAsns({ before, old, after, next }: GroupPair, [sample]: readonly IpPrefix[]): readonly AsnRange[] {
  const address = sample && addressAt(rangeOf(sample), 0n);
  if (address === undefined) return [];
  const isLost = (asn: Asn): boolean => !isEvicted(before, { address, asn }) && isEvicted(after, { address, asn });
  return joined(spans([...old.asns, ...next.asns]).filter(({ first }) => isLost(first)));
}

/** All AS numbers, cut wherever one of the ranges begins or ends. */
function spans(ranges: readonly AsnRange[]): readonly AsnRange[] {
  const starts = [1, ...ranges.flatMap(({ first, last }) => [first, last + 1])]
    .flatMap((start) => parseAsn(String(start)) ?? [])
    .filter((start) => start > 0);
  const sorted = [...new Set(starts)].sort((one, other) => one - other);
  return sorted.flatMap((first, index) => {
    const last = parseAsn(String((sorted[index + 1] ?? 2 ** 32) - 1));
    return last === undefined ? [] : [{ first, last }];
  });
}

function joined(sorted: readonly AsnRange[]): readonly AsnRange[] {
  const result: AsnRange[] = [];
  for (const span of sorted) {
    const previous = result.at(-1);
    if (previous && previous.last + 1 === span.first) result[result.length - 1] = { ...previous, last: span.last };
    else result.push(span);
  }
  return result;
}
