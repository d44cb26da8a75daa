import type { IpAddress } from '@meshrs/network';
import type { SessionState } from '@meshrs/contract';

/** A neighbor that the daemon made of a connection from a client range; it is gone when the connection is. */
export interface RangeNeighbor {
  readonly address: IpAddress;
  readonly state: SessionState;
  /** Tells of whoever says something: an OPEN counts, a bare TCP connection stays at 0. */
  readonly receivedMessages: number;
}

/** How many the daemon has, and how many it takes: who comes to a full table is refused, whoever it is. */
export interface RangeTable {
  readonly neighbors: readonly RangeNeighbor[];
  readonly limit: number;
}

/** Since when each neighbor is on the way to a session and says nothing new; times are of a clock that never steps. */
export type WaitingBook = ReadonlyMap<IpAddress, { readonly sinceMs: number; readonly receivedMessages: number }>;

export const nobodyWaits: WaitingBook = new Map();

/** From here on neighbors that lead to no session lose their place. */
const crowdedShare = 0.5;
/** Above this share of the limit a client that comes may find no place: each place counts. */
const nearlyFullShare = 0.9;
/** A handshake takes milliseconds, and seconds while a daemon that has begun anew takes thousands. */
const patienceMs = 20_000;
const shortPatienceMs = 10_000;
/** Each costs the daemon two answers, half a millisecond. */
export const mostClearedALook = 500;

export interface CrowdLook {
  readonly book: WaitingBook;
  /** Who had time enough to become a session, who waits longest first. */
  readonly overdue: readonly IpAddress[];
}

/**
 * A connection that sends nothing holds one of the places of the ranges for the group's whole hold time, and begins again.
 * While there is room that harms nobody. While it becomes scarce, who is on the way for too long loses its place.
 */
export function lookAtCrowd(before: WaitingBook, { neighbors, limit }: RangeTable, nowMs: number): CrowdLook {
  const book: WaitingBook = new Map(
    neighbors.filter(isOnTheWay).map(({ address, receivedMessages }) => {
      const known = before.get(address);
      return [address, known?.receivedMessages === receivedMessages ? known : { sinceMs: nowMs, receivedMessages }];
    }),
  );
  const share = neighbors.length / Math.max(limit, 1);
  if (share < crowdedShare) return { book, overdue: [] };
  const longestMs = share < nearlyFullShare ? patienceMs : shortPatienceMs;
  const overdue = [...book].filter(([, { sinceMs }]) => nowMs - sinceMs >= longestMs);
  return {
    book,
    overdue: overdue
      .sort(([, one], [, other]) => one.sinceMs - other.sinceMs)
      .slice(0, mostClearedALook)
      .map(([address]) => address),
  };
}

/** Whether places are scarce, so that it is worth looking often. */
export function isCrowded({ neighbors, limit }: { readonly neighbors: number; readonly limit: number }): boolean {
  return neighbors >= limit * crowdedShare;
}

/** Also one that the daemon keeps although its connection is gone; a state that is not understood is nobody's fault. */
function isOnTheWay({ state }: RangeNeighbor): boolean {
  switch (state) {
    case 'idle':
    case 'connect':
    case 'active':
    case 'open-sent':
    case 'open-confirm':
      return true;
    case 'established':
    case 'clearing':
    case 'shutdown':
    case 'unknown':
      return false;
  }
}
