import { findOverlaps, parseAddress, type AddressRange } from '@meshrs/network';
import { loadBalancers } from '../../built/load-balancers.ts';
import { poolRange } from '../../built/pool-ranges.ts';
import type { BuiltCluster } from '../../built/read-built.ts';
import type { Rule, RuleFinding } from '../rule.ts';

export const addressesUnique: Rule = {
  id: 'addresses-unique',
  title: 'Two Services ask for one address, two pools overlap, or a pool has an entry that is no range',
  why: 'MetalLB gives the second Service no address; over a pool that it refuses it keeps its whole old configuration.',
  isWaivable: true,
  check: (cluster) => [...sharedAddresses(cluster), ...overlappingPools(cluster)],
};

function sharedAddresses(cluster: BuiltCluster): RuleFinding[] {
  const owners = new Map<string, string>();
  return loadBalancers(cluster).flatMap(({ id, addresses }) =>
    addresses.flatMap((text): RuleFinding[] => {
      const address = parseAddress(text) ?? text;
      const owner = owners.get(address);
      if (owner === undefined) {
        owners.set(address, id);
        return [];
      }
      return [
        {
          object: id,
          message: `The Service asks for ${text}, for which ${owner} asks too.`,
          seen: text,
          allowed: 'an address of its own',
          hint: 'change one of the two',
        },
      ];
    }),
  );
}

function overlappingPools({ pools }: BuiltCluster): RuleFinding[] {
  const entries = pools.flatMap(({ id, view }) =>
    view.spec.addresses.map((entry) => ({ id, entry, range: poolRange(entry) })),
  );
  const readable = entries.filter((item): item is typeof item & { range: AddressRange } => item.range !== undefined);
  const unreadable = entries.filter(({ range }) => range === undefined);
  return [
    ...unreadable.map(({ id, entry }) => ({
      object: id,
      message: `The entry "${entry}" is neither a prefix nor a range.`,
      seen: entry,
      allowed: '192.168.255.1/32 or 192.168.255.1-192.168.255.9',
      hint: 'correct the entry',
    })),
    ...findOverlaps(readable).map(([one, other]) => ({
      object: other.id,
      message: `${other.entry} overlaps ${one.entry} of ${one.id === other.id ? 'the same pool' : one.id}.`,
      seen: other.entry,
      allowed: 'pools without a common address',
      hint: 'change one of the two',
    })),
  ];
}
