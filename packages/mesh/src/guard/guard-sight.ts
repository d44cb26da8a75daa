import { contains, rangeOf, type IpAddress } from '@meshrs/network';
import { narrowAddresses, type ClientGroupIntent, type RangeAddress, type RouteServerIntent } from '@meshrs/contract';

/** What the intent says of an address; bgpd decides in the same order. */
export type AddressRole =
  | { readonly kind: 'mesh'; readonly group: string }
  /** The AS and the maximum-prefix of a declared client are bgpd's own affair. */
  | { readonly kind: 'declared'; readonly group: string }
  | { readonly kind: 'range'; readonly group: ClientGroupIntent }
  /** A range that goes and still runs, and of which nobody knows the rules: nobody is punished, nor let in by that. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'none' };

/** The intent, made ready for many questions. */
export interface GuardSight {
  readonly intent: RouteServerIntent;
  roleOf(address: IpAddress): AddressRole;
  /** The addresses of narrow ranges by themselves, without those that have another role. */
  readonly narrow: () => ReadonlyMap<IpAddress, RangeAddress>;
}

export function sightOf(intent: RouteServerIntent): GuardSight {
  const known = new Map<IpAddress, AddressRole>();
  for (const { name: group, neighbors } of intent.clientGroups) {
    for (const { address } of neighbors) known.set(address, { kind: 'declared', group });
  }
  // Last: an address that both name is a mesh neighbor.
  for (const { name: group, neighbors } of intent.meshGroups) {
    for (const address of neighbors) known.set(address, { kind: 'mesh', group });
  }
  const ranges = intent.clientGroups.flatMap((group) =>
    group.prefixes.map((prefix) => ({ range: rangeOf(prefix), group })),
  );
  let narrow: ReadonlyMap<IpAddress, RangeAddress> | undefined;
  return {
    intent,
    roleOf: (address) => {
      const role = known.get(address);
      if (role) return role;
      const own = rangeOf(address);
      const held = ranges.find(({ range }) => contains(range, own));
      return held ? { kind: 'range', group: held.group } : { kind: 'none' };
    },
    narrow: () => {
      narrow ??= new Map(
        narrowAddresses(intent).flatMap((each) => (known.has(each.address) ? [] : [[each.address, each] as const])),
      );
      return narrow;
    },
  };
}
