import type { Asn, IpAddress } from '@meshrs/network';
import type { Eviction, EvictionReason } from '@meshrs/contract';

/** Who is kept out, and who was: a value; each function returns the next one. Times are milliseconds of a clock that never steps. */
export interface EvictionBook {
  readonly inForce: ReadonlyMap<IpAddress, Eviction>;
  /** How often an address was evicted in a row, and when its last eviction ended or will end. */
  readonly history: ReadonlyMap<IpAddress, { readonly count: number; readonly until: number }>;
}

export const emptyBook: EvictionBook = { inForce: new Map(), history: new Map() };

const shortestMs = 60_000;
const longestMs = 3_600_000;
/** An address that behaved for this long after its eviction begins again with the shortest. */
const forgottenAfterMs = 2 * longestMs;

export interface Offender {
  readonly address: IpAddress;
  readonly group?: string;
  readonly remoteAsn?: Asn;
  readonly remoteRouterId?: IpAddress;
  readonly reason: EvictionReason;
}

/** The book with the offender kept out: a minute the first time, then twice as long each time, at most an hour. */
export function evict(book: EvictionBook, offender: Offender, now: number): EvictionBook {
  const before = book.history.get(offender.address);
  const isForgotten = before === undefined || now > before.until + forgottenAfterMs;
  const count = isForgotten ? 1 : before.count + 1;
  const until = now + evictionMs(count);
  return {
    inForce: new Map(book.inForce).set(offender.address, { ...offender, count, since: now, until }),
    history: new Map(book.history).set(offender.address, { count, until }),
  };
}

/** How long the eviction with this number in a row lasts. */
export function evictionMs(count: number): number {
  return Math.min(shortestMs * 2 ** (count - 1), longestMs);
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

/** Lets one address or all come back, with a clean slate. */
export function clear(
  book: EvictionBook,
  which: IpAddress | 'all',
): { readonly book: EvictionBook; readonly cleared: readonly Eviction[] } {
  const cleared = [...book.inForce.values()].filter(({ address }) => which === 'all' || address === which);
  if (which === 'all') return { book: emptyBook, cleared };
  const [inForce, history] = [new Map(book.inForce), new Map(book.history)];
  inForce.delete(which);
  history.delete(which);
  return { book: { inForce, history }, cleared };
}

/** Keeps only evictions that still mean something; who is dropped keeps its count. */
export function keep(book: EvictionBook, holding: readonly Eviction[]): EvictionBook {
  if (holding.length === book.inForce.size) return book;
  return { ...book, inForce: new Map(holding.map((eviction) => [eviction.address, eviction])) };
}

/** The evictions in force, by address as text. */
export function listEvictions(book: EvictionBook): readonly Eviction[] {
  return [...book.inForce.values()].sort((one, other) => (one.address < other.address ? -1 : 1));
}
