import type { LeftOut, LeftOutReason } from '@meshrs/contract';
import { familyOf, sortAddresses, type Family, type IpAddress } from '@meshrs/network';
import type { NoPeer } from './no-peer-rule.ts';
import { oneSessionAPair } from './one-session-a-pair.ts';
import { choosePeers } from './rendezvous.ts';

/** What decides the peers of one mesh group. */
export interface MeshGroup {
  readonly name: string;
  /** The group's last good set. */
  readonly published: readonly IpAddress[];
  readonly maximumPeers?: number;
  /** Where a source names route servers, one session with each; left out: a list that a person wrote, as it is. */
  readonly servers?: ReadonlyMap<IpAddress, string>;
  /** The families in which the source publishes this route server; none: those of its own addresses count. */
  readonly ownFamilies?: readonly Family[];
  /** What the source names, and can be no route server's. */
  readonly noPeers?: readonly NoPeer[];
}

/** The peers that one mesh group shall have, in order of address. */
export interface DesiredGroup {
  readonly name: string;
  readonly peers: readonly IpAddress[];
  readonly leftOut: readonly LeftOut[];
}

/** Peers by group name. */
export type PeersByGroup = Readonly<Record<string, readonly IpAddress[]>>;

/**
 * The peers of every mesh group, groups in order of name. An address that two groups name belongs to the first one by
 * name, because an engine has one session with an address.
 */
export function desiredPeers(options: {
  /** What the choice under a maximum starts from: the router-id or name of this route server. */
  readonly self: string;
  readonly own: readonly IpAddress[];
  readonly declaredClients: readonly IpAddress[];
  readonly groups: readonly MeshGroup[];
  readonly current: PeersByGroup;
}): readonly DesiredGroup[] {
  const taken = new Map<IpAddress, LeftOutReason>();
  for (const address of options.declaredClients) taken.set(address, 'declared-client');
  for (const address of options.own) taken.set(address, 'own-address');
  const desired: DesiredGroup[] = [];
  for (const group of [...options.groups].sort((a, b) => compareText(a.name, b.name))) {
    const published = sortAddresses(new Set(group.published));
    const free = published.filter((address) => !taken.has(address));
    const { used: candidates, otherFamily } = group.servers
      ? oneSessionAPair(free, { servers: group.servers, ownFamilies: ownFamilies(group, options.own) })
      : { used: free, otherFamily: [] };
    const peers = choosePeers({
      self: options.self,
      candidates,
      current: options.current[group.name] ?? [],
      maximum: group.maximumPeers ?? candidates.length,
    });
    const isPeer = new Set(peers);
    const why = new Map<IpAddress, LeftOutReason>(otherFamily.map((address) => [address, 'other-family']));
    const leftOut = [
      ...published
        .filter((address) => !isPeer.has(address))
        .map((address) => ({ address, reason: taken.get(address) ?? why.get(address) ?? 'over-max-peers' })),
      ...(group.noPeers ?? []),
    ];
    for (const address of peers) taken.set(address, 'in-another-group');
    desired.push({ name: group.name, peers, leftOut });
  }
  return desired;
}

function ownFamilies({ ownFamilies: published = [] }: MeshGroup, own: readonly IpAddress[]): readonly Family[] {
  return published.length > 0 ? published : [...new Set(own.map(familyOf))];
}

/** The desired peers as a table by group. */
export function toPeersByGroup(desired: readonly DesiredGroup[]): PeersByGroup {
  return Object.fromEntries(desired.map(({ name, peers }) => [name, peers]));
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
