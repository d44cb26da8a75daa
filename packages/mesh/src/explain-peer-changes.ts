import type { EngineChange, PeerChange, RemovalReason } from '@meshrs/contract';
import { parseAddress, sortAddresses, type IpAddress } from '@meshrs/network';
import type { DesiredGroup, PeersByGroup } from './desired.ts';

/**
 * What an engine's changes mean for the peers of the mesh: first all removals, then all additions, each in order of group
 * and address. Clients and neighbors of no group are no peers; a peer that is evicted or let in again stays one.
 */
export function peerChanges(
  changes: readonly EngineChange[],
  mesh: {
    /** The peers before the changes. */
    readonly before: PeersByGroup;
    readonly desired: readonly DesiredGroup[];
  },
): readonly PeerChange[] {
  const wanted = new Map(mesh.desired.map((group) => [group.name, group]));
  const owners = new Map(Object.entries(mesh.before).flatMap(([group, peers]) => peers.map((peer) => [peer, group])));
  const isMeshGroup = (group: string | undefined) =>
    group !== undefined && (wanted.has(group) || mesh.before[group] !== undefined);
  const removals: Membership[] = [];
  const additions: Membership[] = [];
  for (const { kind, group, subject } of changes) {
    const address = parseAddress(subject ?? '');
    if (!address || !isNeighborChange(kind)) continue;
    const from = kind === 'neighbor-removed' && isMeshGroup(group) ? group : owners.get(address);
    const to = kind !== 'neighbor-removed' && wanted.has(group ?? '') ? group : undefined;
    if (kind !== 'neighbor-added' && from !== undefined && from !== to) removals.push({ group: from, address });
    if (to !== undefined && (kind === 'neighbor-added' || from !== to)) additions.push({ group: to, address });
  }
  return [
    ...inOrder(removals).map(({ group, address }): PeerChange => ({
      kind: 'remove',
      group,
      address,
      reason: whyRemoved(wanted.get(group), address),
    })),
    ...inOrder(additions).map(({ group, address }): PeerChange => ({
      kind: 'add',
      group,
      address,
      reason: 'published',
    })),
  ];
}

interface Membership {
  readonly group: string;
  readonly address: IpAddress;
}

function isNeighborChange(kind: EngineChange['kind']): boolean {
  return kind === 'neighbor-added' || kind === 'neighbor-changed' || kind === 'neighbor-removed';
}

function whyRemoved(group: DesiredGroup | undefined, address: IpAddress): RemovalReason {
  if (!group) return 'group-removed';
  return group.leftOut.find((entry) => entry.address === address)?.reason ?? 'no-longer-published';
}

function inOrder(memberships: readonly Membership[]): readonly Membership[] {
  const groups = [...new Set(memberships.map(({ group }) => group))].sort();
  return groups.flatMap((group) => {
    const addresses = memberships.filter((each) => each.group === group).map(({ address }) => address);
    return sortAddresses(addresses).map((address) => ({ group, address }));
  });
}
