import type { RangeAddress } from '@meshrs/contract';
import type { IpAddress } from '@meshrs/network';
import type { GuardedPeer } from './find-offenders.ts';
import { watchingGroup, type Suspect } from './find-suspects.ts';
import type { GuardSight } from './guard-sight.ts';

/**
 * A range client that the daemon knows as a neighbor of its group (it is *pinned*): it dials in as before, and the daemon
 * itself holds it down when it exceeds its maximum-prefix. Times are of a clock that never steps.
 */
export interface Pin {
  readonly address: IpAddress;
  readonly group: string;
  readonly sinceMs: number;
  /** When the daemon closed it last. */
  readonly closedAtMs: number;
  /** How often the daemon has closed it since it is pinned. */
  readonly closedCount: number;
  /** It is let go as soon as it is down: a person says so, or its group has no maximum-prefix any more. */
  readonly isLeaving: boolean;
  /**
   * The daemon was started with it, as with everybody who had come by a range, or its range is narrow: who comes by a range
   * as a dynamic neighbor can end the daemon. It is not let go for behaving.
   */
  readonly isKept?: true;
}

/** The pinned clients: a value; each function returns the next one. */
export type PinBook = ReadonlyMap<IpAddress, Pin>;

export const noPins: PinBook = new Map();

/** One that was not closed for this long behaves, and is let go when it is down. */
export const behavesAfterMs = 2 * 3_600_000;

export function pin(book: PinBook, suspects: readonly Suspect[], nowMs: number): PinBook {
  if (suspects.length === 0) return book;
  const next = new Map(book);
  for (const { address, group, closedAtMs } of suspects) {
    next.set(address, { address, group, sinceMs: nowMs, closedAtMs, closedCount: 0, isLeaving: false });
  }
  return next;
}

/** The same for those that the daemon was started with; what is known of one that is pinned stays. */
export function keep(book: PinBook, clients: readonly Suspect[], nowMs: number): PinBook {
  const added = clients.filter(({ address }) => !book.has(address));
  const next = new Map(pin(book, added, nowMs));
  for (const { address } of clients) {
    const kept = next.get(address);
    if (kept) next.set(address, { ...kept, isKept: true });
  }
  return next;
}

/** The addresses of narrow ranges that are pinned stay so, whoever wanted what of them before. */
export function keepNarrow(book: PinBook, narrow: GuardSight['narrow']): PinBook {
  const changed = [...book.values()].filter(
    ({ address, isKept, isLeaving }) => (isKept !== true || isLeaving) && narrow().has(address),
  );
  if (changed.length === 0) return book;
  const next = new Map(book);
  for (const each of changed) next.set(each.address, { ...each, isKept: true, isLeaving: false });
  return next;
}

/**
 * Who of the narrow ranges is not pinned yet, and is not there: a client that came from a range that was wide is one of it until
 * its session ends.
 */
export function findUnpinned(
  book: PinBook,
  narrow: ReadonlyMap<IpAddress, RangeAddress>,
  peers: readonly Pick<GuardedPeer, 'address'>[],
): readonly RangeAddress[] {
  // Usually all are pinned: then there is nothing to make ready.
  const missing = [...narrow.values()].filter(({ address }) => !book.has(address));
  if (missing.length === 0) return missing;
  const present = new Set(peers.map(({ address }) => address));
  return missing.filter(({ address }) => !present.has(address));
}

/** How often the daemon has closed the session of a client, and when it did so last. */
export interface CountedClosings {
  readonly count: number;
  readonly lastMs: number;
}

/** The daemon has closed sessions of pinned clients. All at once: thousands may end in one moment. */
export function noteClosings(book: PinBook, closings: ReadonlyMap<IpAddress, CountedClosings>): PinBook {
  const pinned = [...closings].flatMap(([address, { count, lastMs }]) => {
    const known = book.get(address);
    return known ? [{ ...known, closedAtMs: lastMs, closedCount: known.closedCount + count }] : [];
  });
  if (pinned.length === 0) return book;
  const next = new Map(book);
  for (const each of pinned) next.set(each.address, each);
  return next;
}

/** Without those that are kept and that the daemon does not have: it was started without them. */
export function keepOnly(book: PinBook, there: ReadonlySet<IpAddress>): PinBook {
  const gone = [...book.values()].filter(({ address, isKept }) => isKept === true && !there.has(address));
  return unpin(
    book,
    gone.map(({ address }) => address),
  );
}

/**
 * The pins that still mean something, each in the group whose range holds its address in what is to run now: a part of what is
 * wanted may have to wait.
 */
export function reviewPins(
  book: PinBook,
  sight: GuardSight,
  groupOf: (address: IpAddress) => string | undefined,
): PinBook {
  if (book.size === 0) return book;
  return new Map(
    [...book.values()].flatMap((pinned): readonly (readonly [IpAddress, Pin])[] => {
      const { address } = pinned;
      const group = groupOf(address);
      if (group === undefined) return [];
      const isLeaving = pinned.isLeaving || (pinned.isKept !== true && watchingGroup(sight, address) === undefined);
      return [[address, { ...pinned, group, isLeaving }]];
    }),
  );
}

/** Lets one or all go as soon as they are down, but for those of narrow ranges. */
export function dismiss(book: PinBook, which: IpAddress | 'all', narrow: ReadonlyMap<IpAddress, unknown>): PinBook {
  return new Map(
    [...book].map(([address, pinned]) => [
      address,
      (which === 'all' || which === address) && !narrow.has(address) ? { ...pinned, isLeaving: true } : pinned,
    ]),
  );
}

/** Who is let go now: down, so that it loses no session, and without a reason to be watched. */
export function findLeaving(book: PinBook, peers: readonly GuardedPeer[], nowMs: number): readonly Pin[] {
  if (book.size === 0) return [];
  const present = new Map(peers.map((peer) => [peer.address, peer]));
  return [...book.values()].filter(({ address, isLeaving, isKept, closedAtMs }) => {
    const peer = present.get(address);
    if (peer && !downStates.includes(peer.state)) return false;
    if (isLeaving || isKept === true) return isLeaving;
    return peer?.isOverLimit !== true && nowMs - closedAtMs >= behavesAfterMs;
  });
}

export function unpin(book: PinBook, addresses: readonly IpAddress[]): PinBook {
  if (addresses.length === 0) return book;
  const next = new Map(book);
  for (const address of addresses) next.delete(address);
  return next;
}

/** By address as text. */
export function listPins(book: PinBook): readonly Pin[] {
  return [...book.values()].sort((one, other) => (one.address < other.address ? -1 : 1));
}

/** States in which a neighbor has no session and is not about to have one. */
const downStates: readonly GuardedPeer['state'][] = ['idle', 'connect', 'active', 'shutdown'];
