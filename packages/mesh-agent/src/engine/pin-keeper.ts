import {
  dismiss,
  findLeaving,
  findSuspects,
  findUnpinned,
  keep,
  keepNarrow,
  keepOnly,
  reviewPins,
  listPins,
  noPins,
  noteClosings,
  pin,
  unpin,
  type Suspect,
  type CountedClosings,
  type GuardedPeer,
  type GuardSight,
  type Pin,
  type PinBook,
} from '@meshrs/mesh';
import type { RangeAddress } from '@meshrs/contract';
import type { IpAddress } from '@meshrs/network';
import type { ClosingRecord } from './closing-record.ts';
import type { RangesToRun } from './engine-driver.ts';
import type { UnpinnedClient, WatchedClient } from './mesh-engine.ts';

/** The clients that the daemon watches as neighbors of their group, and the record of whom it closed. */
export interface PinKeeper {
  list(): readonly WatchedClient[];
  has(address: IpAddress): boolean;
  /** The daemon itself closed the session of an address. */
  noteClosing(address: IpAddress, now: number): void;
  /** Closings that have another explanation. */
  forgetClosings(addresses: readonly IpAddress[]): void;
  /** Those that the daemon knows as neighbors stay, for as long as it lives: see `Pin.isKept`. Those of a life before go. */
  takeOver(left: readonly Pick<Pin, 'address' | 'group'>[], now: number): void;
  dump(): readonly Pin[];
  /** What the agent before this one knew of those of them that it had pinned itself. */
  restore(pins: readonly Pin[]): void;
  /**
   * Drops those that no range holds in what is to run now, and pins the addresses of narrow ranges from which nobody can have come as a
   * dynamic neighbor; a look pins the others.
   */
  review(sight: GuardSight, ranges: RangesToRun, now: number): void;
  /**
   * Neighbors that run and are none of them, although their range lets them in: they may have sessions, and are let go as soon as they
   * are down.
   */
  takeBack(running: readonly Pick<Pin, 'address' | 'group'>[], ranges: RangesToRun, now: number): void;
  /** They have come as dynamic neighbors meanwhile: a look pins them when their sessions have ended. */
  postpone(addresses: readonly IpAddress[]): void;
  /** Lets go who is down and behaves, and pins who is down and was closed too often or is of a narrow range; few at a time. */
  look(sight: GuardSight, peers: readonly GuardedPeer[], now: number): PinLook;
  /**
   * Whether a look has just pinned it although it is up, because the daemon closes it again and again, faster than anybody looks: for the
   * attempt that follows the look.
   */
  isTakenUp(address: IpAddress): boolean;
  /** That attempt is over. Who is a neighbor of the daemon by it has a clean slate; the others are as suspect as before. */
  settle(isThere: (pin: Pick<Pin, 'address'>) => boolean): void;
  /** Takes back what a look has pinned: the daemon does not take it, and is not asked again at once. */
  refuse(pins: readonly Pin[], now: number): void;
  /**
   * Lets one or all go: those that are down now, the others as soon as they are; without peers nobody is known to be down. Those of
   * narrow ranges stay; without a sight nobody is known to be one.
   */
  dismiss(
    which: IpAddress | 'all',
    at: { readonly sight: GuardSight | undefined; readonly peers: readonly GuardedPeer[] | undefined },
    now: number,
  ): Dismissed;
}

export interface Dismissed {
  readonly unpinned: readonly Pin[];
  /** They are up. */
  readonly leaving: readonly WatchedClient[];
}

export interface PinLook {
  readonly pinned: readonly Pin[];
  /** Of narrow ranges, whatever they have done. */
  readonly reserved: readonly Pin[];
  /** With those that a review has dropped since the look before. */
  readonly unpinned: readonly UnpinnedClient[];
  /** Who would be pinned if there was room. */
  readonly overCapacity: readonly IpAddress[];
}

/**
 * Between the look at the sessions and a neighbor's statement a client may come back, and is then cleared once more: so
 * few at a time that this is a matter of milliseconds.
 */
const mostAtOnce = 20;
/** What the daemon has refused it refuses again, and each time costs an undo. */
const refusedPauseMs = 10 * 60_000;

export function createPinKeeper(options: {
  /** Most clients that are pinned at once. */
  readonly maximum: number;
  readonly record: ClosingRecord;
}): PinKeeper {
  const { maximum, record } = options;
  const noted = createNotedBook();
  const { book, set } = noted;
  let dropped: readonly UnpinnedClient[] = [];
  let taken: readonly Suspect[] = [];
  let standing: ReadonlyMap<IpAddress, WatchedClient['standing']> = new Map();
  const refusals = createRefusals();

  return {
    list,
    has: (address) => noted.has(address),
    noteClosing: (address, now) => {
      if (noted.has(address)) noted.noteClosing(address, now);
      else record.note(address, now);
    },
    forgetClosings: (addresses) => {
      record.forget(addresses);
    },
    takeOver: (left, now) => {
      set(keep(keepOnly(book(), new Set(addressesOf(left))), closedAt(left, now), now));
    },
    dump: () => listPins(book()).filter(({ isKept }) => isKept !== true),
    restore: (pins) => {
      set(restored(book(), pins, maximum - watchedCount(book())));
    },
    review: (sight, ranges, now) => {
      const { next, gone } = reviewed(book(), sight, ranges);
      set(reserve(next, sight, newIn(sight, ranges), now));
      dropped = [...dropped, ...gone];
    },
    takeBack: (running, { groupOf }, now) => {
      set(withLeaving(book(), running, groupOf, now));
    },
    postpone: (addresses) => {
      set(unpin(book(), addresses));
    },
    look: (sight, peers, now) => {
      const leaving = findLeaving(book(), peers, now).slice(0, mostAtOnce);
      drop(leaving);
      const unpinned = [...dropped, ...leaving.map(told)];
      dropped = [];
      const found = findSuspects(sight, { peers, closings: record.recent(now) }, now);
      const suspects = found.filter(({ address }) => !noted.has(address));
      const room = Math.max(0, maximum - watchedCount(book()));
      taken = suspects.slice(0, Math.min(room, mostAtOnce));
      set(pin(book(), taken, now));
      const reserved = findUnpinned(book(), sight.narrow(), peers).filter(refusals.isDue(now)).slice(0, mostAtOnce);
      set(reserve(book(), sight, reserved, now));
      standing = standingOf(book(), peers);
      const [pinned, others] = [pinsOf(book(), taken), pinsOf(book(), reserved)];
      return { pinned, reserved: others, unpinned, overCapacity: addressesOf(suspects.slice(room)) };
    },
    isTakenUp: (address) => taken.some((each) => each.address === address && each.isUp === true),
    settle: (isThere) => {
      record.forget(addressesOf(taken.filter(isThere)));
      taken = [];
    },
    refuse: (pins, now) => {
      refusals.note(pins, now);
      record.forget(addressesOf(pins));
      drop(pins);
    },
    dismiss: (which, { sight, peers }, now) => {
      set(dismiss(book(), which, sight?.narrow() ?? new Map()));
      const isMeant = ({ address, isLeaving }: Pin) => isLeaving && (which === 'all' || address === which);
      const unpinned = peers ? findLeaving(book(), peers, now).filter(isMeant) : [];
      drop(unpinned);
      return { unpinned, leaving: list().filter(isMeant) };
    },
  };

  function list(): readonly WatchedClient[] {
    return listPins(book()).map((each) => ({ ...each, standing: standing.get(each.address) ?? 'down' }));
  }

  function drop(pins: readonly Pin[]): void {
    set(unpin(book(), addressesOf(pins)));
  }
}

/** The book, and the closings that stand in it only when somebody reads it: thousands may come in one moment. */
function createNotedBook() {
  let noted: PinBook = noPins;
  const closings = new Map<IpAddress, CountedClosings>();
  return {
    has: (address: IpAddress): boolean => noted.has(address),
    noteClosing: (address: IpAddress, now: number): void => {
      closings.set(address, { count: (closings.get(address)?.count ?? 0) + 1, lastMs: now });
    },
    book: (): PinBook => {
      if (closings.size > 0) noted = noteClosings(noted, closings);
      closings.clear();
      return noted;
    },
    set: (next: PinBook): void => {
      noted = next;
    },
  };
}

/** Without those that mean nothing where this is wanted. */
function reviewed(
  book: PinBook,
  sight: GuardSight,
  { groupOf }: Parameters<PinKeeper['review']>[1],
): { readonly next: PinBook; readonly gone: readonly UnpinnedClient[] } {
  const next = reviewPins(book, sight, groupOf);
  const gone = listPins(book).filter(({ address }) => !next.has(address));
  return { next, gone: gone.map((each) => ({ ...each, why: 'no-range-client' as const })) };
}

function closedAt<Client>(
  clients: readonly Client[],
  now: number,
): readonly (Client & { readonly closedAtMs: number })[] {
  return clients.map((each) => ({ ...each, closedAtMs: now }));
}

function told(left: Pin): UnpinnedClient {
  return { ...left, why: left.isLeaving ? 'let-go' : 'behaves' };
}

function addressesOf(pins: readonly Pick<Pin, 'address'>[]): readonly IpAddress[] {
  return pins.map(({ address }) => address);
}

function pinsOf(book: PinBook, of: readonly Pick<Pin, 'address'>[]): readonly Pin[] {
  return of.flatMap(({ address }) => book.get(address) ?? []);
}

function restored(book: PinBook, pins: readonly Pin[], free: number): PinBook {
  const next = new Map(book);
  let room = free;
  for (const each of pins) {
    if (!next.has(each.address) && !each.isLeaving && room-- <= 0) continue;
    next.set(each.address, each);
  }
  return next;
}

/** With these addresses of narrow ranges, and all others of them that are pinned kept. */
function reserve(book: PinBook, sight: GuardSight, added: readonly RangeAddress[], now: number): PinBook {
  const clients = closedAt(added, now);
  return keepNarrow(clients.length > 0 ? keep(book, clients, now) : book, sight.narrow);
}

/** Addresses of narrow ranges that the daemon did not take as neighbors, and when. */
function createRefusals() {
  const refused = new Map<IpAddress, number>();
  return {
    note: (pins: readonly Pin[], now: number) => {
      for (const { address } of pins) refused.set(address, now);
    },
    isDue:
      (now: number) =>
      ({ address }: RangeAddress) =>
        (refused.get(address) ?? -Infinity) + refusedPauseMs <= now,
  };
}

/** The addresses of narrow ranges from which nobody has come: none of them is a dynamic neighbor when they are pinned. */
function newIn(sight: GuardSight, { groupOf, mayHaveLetIn }: RangesToRun): readonly RangeAddress[] {
  return [...sight.narrow().values()].filter(
    ({ address, group }) => groupOf(address) === group && !mayHaveLetIn(address),
  );
}

function withLeaving(
  book: PinBook,
  running: readonly Pick<Pin, 'address' | 'group'>[],
  groupOf: RangesToRun['groupOf'],
  now: number,
): PinBook {
  const left = running.filter(({ address, group }) => !book.has(address) && groupOf(address) === group);
  if (left.length === 0) return book;
  const next = new Map(book);
  for (const { address, group } of left) {
    next.set(address, { address, group, sinceMs: now, closedAtMs: now, closedCount: 0, isLeaving: true });
  }
  return next;
}

/**
 * Those that are kept have no part in the maximum: they are as many as the daemon was started with. Nor have those that are let go, and
 * stay until they are down: somebody who is to be watched needs the place.
 */
function watchedCount(book: PinBook): number {
  let count = 0;
  for (const { isKept, isLeaving } of book.values()) if (isKept !== true && !isLeaving) count += 1;
  return count;
}

function standingOf(book: PinBook, peers: readonly GuardedPeer[]): ReadonlyMap<IpAddress, WatchedClient['standing']> {
  if (book.size === 0) return new Map();
  return new Map(
    peers
      .filter(({ address }) => book.has(address))
      .map(({ address, state, isOverLimit }) => [
        address,
        isOverLimit === true ? 'held' : state === 'established' ? 'up' : 'down',
      ]),
  );
}
