import type { LeftOut, LeftOutReason } from '@meshrs/contract';
import { sortAddresses, type IpAddress } from '@meshrs/network';
import { choosePeers } from './rendezvous.ts';

/** What decides the peers of one mesh group. */
export interface MeshGroup {
  readonly name: string;
  /** The group's last good set. */
  readonly published: readonly IpAddress[];
  readonly maximumPeers?: number;
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
    const candidates = published.filter((address) => !taken.has(address));
    const peers = choosePeers({
      self: options.self,
      candidates,
      current: options.current[group.name] ?? [],
      maximum: group.maximumPeers ?? candidates.length,
    });
    const isPeer = new Set(peers);
    const leftOut = published
      .filter((address) => !isPeer.has(address))
      .map((address) => ({ address, reason: taken.get(address) ?? ('over-max-peers' as const) }));
    for (const address of peers) taken.set(address, 'in-another-group');
    desired.push({ name: group.name, peers, leftOut });
  }
  return desired;
}

/** The desired peers as a table by group. */
export function toPeersByGroup(desired: readonly DesiredGroup[]): PeersByGroup {
  return Object.fromEntries(desired.map(({ name, peers }) => [name, peers]));
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
