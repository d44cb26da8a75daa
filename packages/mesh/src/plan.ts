import type { PeerChange, RemovalReason } from '@meshrs/contract';
import { sortAddresses, type IpAddress } from '@meshrs/network';
import type { DesiredGroup, PeersByGroup } from './desired.ts';

/**
 * The changes that lead from the observed peers to the desired ones: first all removals, because an address may move
 * from one group to another, then all additions, each in order of group and address.
 */
export function planPeers(observed: PeersByGroup, desired: readonly DesiredGroup[]): readonly PeerChange[] {
  const wanted = new Map(desired.map((group) => [group.name, group]));
  const removals = entriesOf(observed)
    .filter(({ group, address }) => !wanted.get(group)?.peers.includes(address))
    .map(({ group, address }): PeerChange => ({
      kind: 'remove',
      group,
      address,
      reason: whyRemoved(wanted.get(group), address),
    }));
  const additions = entriesOf(Object.fromEntries(desired.map(({ name, peers }) => [name, peers])))
    .filter(({ group, address }) => !observed[group]?.includes(address))
    .map(({ group, address }): PeerChange => ({ kind: 'add', group, address, reason: 'published' }));
  return [...removals, ...additions];
}

/** The peers after the changes; groups without peers are left out. */
export function applyChanges(observed: PeersByGroup, changes: readonly PeerChange[]): PeersByGroup {
  const sets = new Map(Object.entries(observed).map(([group, peers]) => [group, new Set(peers)]));
  for (const { kind, group, address } of changes) {
    const peers = sets.get(group) ?? new Set();
    if (kind === 'add') peers.add(address);
    else peers.delete(address);
    sets.set(group, peers);
  }
  return Object.fromEntries(
    [...sets]
      .filter(([, peers]) => peers.size > 0)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([group, peers]) => [group, sortAddresses(peers)]),
  );
}

function whyRemoved(group: DesiredGroup | undefined, address: IpAddress): RemovalReason {
  if (!group) return 'group-removed';
  return group.leftOut.find((entry) => entry.address === address)?.reason ?? 'no-longer-published';
}

function entriesOf(peers: PeersByGroup): readonly { readonly group: string; readonly address: IpAddress }[] {
  return Object.entries(peers)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([group, addresses]) => sortAddresses(addresses).map((address) => ({ group, address })));
}
