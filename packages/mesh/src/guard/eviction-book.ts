import type { Asn, IpAddress } from '@meshrs/network';
import type { Eviction, EvictionReason } from '@meshrs/contract';

export interface Offender {
  readonly address: IpAddress;
  readonly group?: string;
  readonly remoteAsn?: Asn;
  readonly remoteRouterId?: IpAddress;
  readonly reason: EvictionReason;
}

/** Who is kept out, and who was: a value; each function returns the next one. Times are of a clock that never steps. */
export interface EvictionBook {
  readonly inForce: ReadonlyMap<IpAddress, Eviction>;
  /** How often an address was evicted in a row, and when its last eviction ended or will end. */
  readonly history: ReadonlyMap<IpAddress, PastEvictions>;
}

export interface PastEvictions {
  readonly count: number;
  readonly until: number;
}

export const emptyBook: EvictionBook = { inForce: new Map(), history: new Map() };

const shortestMs = 60_000;
export const longestEvictionMs = 3_600_000;
/** An address that behaved for this long after its eviction begins again with the shortest. */
const forgottenAfterMs = 2 * longestEvictionMs;
/** Who comes from many addresses in turn makes no book of any size; the past of the first is forgotten. */
const longestHistory = 4000;

/** The book with the offender kept out: a minute the first time, then twice as long each time, at most an hour. */
export function evict(book: EvictionBook, offender: Offender, now: number): EvictionBook {
  const before = book.history.get(offender.address);
  const isForgotten = before === undefined || now > before.until + forgottenAfterMs;
  const count = isForgotten ? 1 : before.count + 1;
  const until = now + evictionMs(count);
  const history = new Map(book.history);
  // At the end, also of one that is in it: the first of a Map is the one that was set first.
  history.delete(offender.address);
  history.set(offender.address, { count, until });
  const [first] = history.keys();
  if (history.size > longestHistory && first !== undefined) history.delete(first);
  return {
    inForce: new Map(book.inForce).set(offender.address, { ...offender, count, since: now, until }),
    history,
  };
}

/** How long the eviction with this number in a row lasts. */
export function evictionMs(count: number): number {
  return Math.min(shortestMs * 2 ** (count - 1), longestEvictionMs);
}

/** The book with what another book had: its evictions take the place of those that are here, the rest is added. */
export function merge(
  book: EvictionBook,
  evictions: readonly Eviction[],
  past: readonly (PastEvictions & { readonly address: IpAddress })[],
): EvictionBook {
  const [inForce, history] = [new Map(book.inForce), new Map(book.history)];
  for (const { address, count, until } of past) if (!inForce.has(address)) history.set(address, { count, until });
  for (const eviction of evictions) {
    const { address, count, until } = eviction;
    inForce.set(address, eviction);
    history.set(address, { count, until });
  }
  return { inForce, history };
}

/** Ends what has expired, and forgets who has behaved long enough. */
export function expire(
  book: EvictionBook,
  now: number,
): { readonly book: EvictionBook; readonly expired: readonly Eviction[] } {
  const expired = [...book.inForce.values()].filter(({ until }) => until <= now);
  const history = new Map([...book.history].filter(([, { until }]) => now <= until + forgottenAfterMs));
  if (expired.length === 0 && history.size === book.history.size) return { book, expired };
  const inForce = new Map(book.inForce);
  for (const { address } of expired) inForce.delete(address);
  return { book: { inForce, history }, expired };
}

/** Lets these come back, with a clean slate: the reason is gone, or a person says so. */
export function release(book: EvictionBook, addresses: readonly IpAddress[]): EvictionBook {
  if (addresses.length === 0) return book;
  const [inForce, history] = [new Map(book.inForce), new Map(book.history)];
  for (const address of addresses) {
    inForce.delete(address);
    history.delete(address);
  }
  return { inForce, history };
}

/** These are as they were in a book of before, with their backoff. */
export function undo(book: EvictionBook, before: EvictionBook, addresses: readonly IpAddress[]): EvictionBook {
  if (addresses.length === 0) return book;
  const [inForce, history] = [new Map(book.inForce), new Map(book.history)];
  for (const address of addresses) {
    putBack(inForce, before.inForce, address);
    putBack(history, before.history, address);
  }
  return { inForce, history };
}

function putBack<T>(map: Map<IpAddress, T>, before: ReadonlyMap<IpAddress, T>, address: IpAddress): void {
  const value = before.get(address);
  if (value === undefined) map.delete(address);
  else map.set(address, value);
}

/** The evictions in force, by address as text. */
export function listEvictions(book: EvictionBook): readonly Eviction[] {
  return [...book.inForce.values()].sort((one, other) => (one.address < other.address ? -1 : 1));
}
