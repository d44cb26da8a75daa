import {
  addressAt,
  contains,
  rangeOf,
  sizeOf,
  type AddressRange,
  type IpAddress,
  type IpPrefix,
} from '@meshrs/network';
import { discardedAttributes, type UnboundedAttribute } from './path-attributes.ts';

/**
 * So many addresses, in all listen ranges together, are neighbors of bgpd from its start on, each by itself; ranges with more
 * are *wide*, and let dynamic neighbors in. bgpd 10.7.1 takes attributes off the routes of configured neighbors alone
 * (docs/decisions/0046, where the number comes from).
 */
export const mostNarrowAddresses = 512;

/** A client group, of settings or of a topology. */
export interface RangeGroup {
  readonly name: string;
  readonly prefixes: readonly IpPrefix[];
  readonly passedAttributes?: readonly UnboundedAttribute[];
}

export interface RangeAddress {
  readonly address: IpAddress;
  readonly group: string;
}

/** What the listen ranges of clients are, without the addresses of declared clients and groups that pass every attribute. */
export type ClientRanges =
  | {
      readonly kind: 'narrow';
      /** None where nobody comes by a range who is not declared. */
      readonly addresses: readonly RangeAddress[];
    }
  | { readonly kind: 'wide'; readonly count: bigint };

export function clientRanges(groups: readonly RangeGroup[], declared: readonly IpAddress[]): ClientRanges {
  const guarded = groups.filter(({ passedAttributes }) => discardedAttributes(passedAttributes).length > 0);
  const ranges = guarded.flatMap(({ name, prefixes }) =>
    prefixes.map((prefix) => ({ group: name, range: rangeOf(prefix) })),
  );
  const known = new Set(declared);
  const inside = [...known].filter((address) => ranges.some(({ range }) => contains(range, rangeOf(address)))).length;
  const count = ranges.reduce((sum, { range }) => sum + sizeOf(range), 0n) - BigInt(inside);
  if (count > mostNarrowAddresses) return { kind: 'wide', count };
  return {
    kind: 'narrow',
    addresses: ranges.flatMap(({ group, range }) =>
      addressesOf(range).flatMap((address) => (known.has(address) ? [] : [{ address, group }])),
    ),
  };
}

function addressesOf(range: AddressRange): readonly IpAddress[] {
  return Array.from({ length: Number(sizeOf(range)) }, (_, index) => addressAt(range, BigInt(index)) ?? []).flat();
}
