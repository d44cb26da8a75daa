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
  /** It has a session, which is worth less than to have it held: it comes back before anybody sees it down. */
  readonly isUp?: true;
}

/** A range client that the daemon closes this often within this time may be one that exceeds its maximum-prefix. */
const suspiciousCount = 2;
export const suspiciousMs = 10 * 60_000;
/**
 * One that it closes this often, each time within this time of the one before, comes back faster than anybody looks: it is taken while it
 * is up, if it is only just up. Its session would end within moments in any case. A line that fails now and then is none of these, on
 * whatever side it fails: it comes back everywhere at once.
 */
export const relentlessCount = 10;
const relentlessMs = 2 * 60_000;
const justUpSeconds = 10;

/**
 * The range clients to watch, those that were closed most often first. A closing is no guilt (a hold time that expires is
 * one as well): it is a reason to look closer, and who is watched loses nothing by it. So only who has no session at this
 * moment is taken: bgpd makes no neighbor of a client that is there without ending that. One that is on the way to a session begins anew.
 */
export function findSuspects(
  sight: GuardSight,
  { peers, closings }: { readonly peers: readonly GuardedPeer[]; readonly closings: Closings },
  nowMs: number,
): readonly Suspect[] {
  if (closings.size === 0) return [];
  const present = new Map(peers.map((peer) => [peer.address, peer]));
  return [...closings]
    .map(([address, times]) => ({ address, recent: lastInARow(times, nowMs) }))
    .filter(
      ({ address, recent }) => recent.length >= suspiciousCount && isTakeable(present.get(address), recent, nowMs),
    )
    .sort((one, other) => other.recent.length - one.recent.length)
    .flatMap(({ address, recent }) => {
      const group = watchingGroup(sight, address);
      const closedAtMs = recent.at(-1);
      if (group === undefined || closedAtMs === undefined) return [];
      return [{ address, group, closedAtMs, ...(hasSession(present.get(address)) && { isUp: true as const }) }];
    });
}

/** The group whose maximum-prefix a range client can exceed. */
export function watchingGroup(sight: GuardSight, address: IpAddress): string | undefined {
  const role = sight.roleOf(address);
  return role.kind === 'range' && role.group.maximumPrefixes !== undefined ? role.group.name : undefined;
}

function isTakeable(peer: GuardedPeer | undefined, closings: readonly number[], nowMs: number): boolean {
  if (!hasSession(peer)) return true;
  const isRelentless = lastInARow(closings, nowMs, relentlessMs).length >= relentlessCount;
  return isRelentless && (peer?.uptimeSeconds ?? Infinity) < justUpSeconds;
}

/** Or may have one. */
function hasSession(peer: GuardedPeer | undefined): boolean {
  return peer?.state === 'established' || peer?.state === 'unknown';
}

/** Those up to now of which each came soon after the one before: within this many milliseconds. */
export function lastInARow(times: readonly number[], nowMs: number, withinMs = suspiciousMs): readonly number[] {
  const after = [...times.slice(1), nowMs];
  const lastGap = times.findLastIndex((time, index) => (after[index] ?? nowMs) - time > withinMs);
  return times.slice(lastGap + 1);
}
