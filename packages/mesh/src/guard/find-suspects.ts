import type { IpAddress } from '@meshrs/network';
import type { GuardedPeer } from './find-offenders.ts';
import type { GuardSight } from './guard-sight.ts';

/** When the daemon itself closed the sessions of an address, by a clock that never steps, in rising order. */
export type Closings = ReadonlyMap<IpAddress, readonly number[]>;

/** A range client to watch: bgpd shall know it as a neighbor of its group, so that it can hold it down. */
export interface Suspect {
  readonly address: IpAddress;
  readonly group: string;
  /** When the daemon closed it last. */
  readonly closedAtMs: number;
}

/** A range client that the daemon closes this often within this time may be one that exceeds its maximum-prefix. */
const suspiciousCount = 2;
export const suspiciousMs = 10 * 60_000;
/**
 * One that it closes this often comes back faster than anybody looks: it is taken while it is up, if it is only just up.
 * Its session would end within moments in any case.
 */
export const relentlessCount = 10;
const justUpSeconds = 10;

/**
 * The range clients to watch, those that were closed most often first. A closing is no guilt (a hold time that expires is
 * one as well): it is a reason to look closer, and who is watched loses nothing by it. So only who is gone at this moment
 * is taken: bgpd makes no neighbor of a client that is there without ending its session.
 */
export function findSuspects(
  sight: GuardSight,
  { peers, closings }: { readonly peers: readonly GuardedPeer[]; readonly closings: Closings },
  nowMs: number,
): readonly Suspect[] {
  if (closings.size === 0) return [];
  const present = new Map(peers.map((peer) => [peer.address, peer]));
  return [...closings]
    .map(([address, times]) => ({ address, recent: times.filter((time) => nowMs - time <= suspiciousMs) }))
    .filter(
      ({ address, recent }) => recent.length >= suspiciousCount && isTakeable(present.get(address), recent.length),
    )
    .sort((one, other) => other.recent.length - one.recent.length)
    .flatMap(({ address, recent }) => {
      const group = watchingGroup(sight, address);
      const closedAtMs = recent.at(-1);
      return group === undefined || closedAtMs === undefined ? [] : [{ address, group, closedAtMs }];
    });
}

/** The group whose maximum-prefix a range client can exceed. */
export function watchingGroup(sight: GuardSight, address: IpAddress): string | undefined {
  const role = sight.roleOf(address);
  return role.kind === 'range' && role.group.maximumPrefixes !== undefined ? role.group.name : undefined;
}

function isTakeable(peer: GuardedPeer | undefined, closingCount: number): boolean {
  if (peer === undefined) return true;
  return closingCount >= relentlessCount && (peer.uptimeSeconds ?? 0) < justUpSeconds;
}
