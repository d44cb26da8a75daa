import type { Eviction } from '@meshrs/contract';
import {
  emptyBook,
  evict,
  expire,
  listEvictions,
  merge,
  reasonGone,
  release,
  undo,
  type EvictionBook,
  type GuardPolicy,
  type GuardSight,
  type Offender,
} from '@meshrs/mesh';
import type { IpAddress } from '@meshrs/network';
import type { GuardRecord } from './guard-record.ts';
import type { EndedEviction, GuardResult } from './mesh-engine.ts';

/** The evictions in force. Each method that changes them says what changed; the engine then has to be told. */
export interface EvictionKeeper {
  list(): readonly Eviction[];
  has(address: IpAddress): boolean;
  /** Evictions of the agent before this one go on; those that have no record have no reason either. */
  takeOver(left: readonly Omit<Offender, 'reason'>[], now: number): void;
  /** Ends those whose reason does not hold where this is wanted, with their backoff: they were right. */
  review(sight: GuardSight, policy: GuardPolicy | undefined): boolean;
  /** Ends those whose time is over. */
  expire(now: number): boolean;
  /** Evicts who is not evicted yet, as far as there is room. */
  evict(offenders: readonly Offender[], now: number): Pick<GuardResult, 'evicted' | 'overCapacity'>;
  /**
   * Evicts who is let go by an answer, as far as there is room. That counts for the attempt to bring it which follows: `settle` ends it.
   */
  tryToEvict(offenders: readonly Offender[], now: number): void;
  /** Evicted by an answer, in the attempt that is on. */
  isTried(address: IpAddress): boolean;
  /** The attempt is over: those of them that do not run are as they were before it. Returns the others. */
  settle(running: readonly IpAddress[]): readonly IpAddress[];
  /** Whom attempts have evicted since this was asked last, and for whom there was no room. */
  takeTried(): Pick<GuardResult, 'evicted' | 'overCapacity'>;
  clear(which: IpAddress | 'all'): readonly Eviction[];
  /** For the agent after this one, without those that are tried. */
  dump(): Pick<GuardRecord, 'evictions' | 'past'>;
  /** What the agent before this one knew takes the place of what was taken over without a reason. */
  restore(record: Pick<GuardRecord, 'evictions' | 'past'>): void;
  /** What has ended since this was asked last. */
  takeEnded(): readonly EndedEviction[];
}

export function createEvictionKeeper(options: {
  /** Most evictions in force at once. */
  readonly maximum: number;
}): EvictionKeeper {
  let book: EvictionBook = emptyBook;
  let ended: readonly EndedEviction[] = [];
  let tried: { readonly before: EvictionBook; readonly addresses: ReadonlySet<IpAddress> } | undefined;
  let toTell: Pick<GuardResult, 'evicted' | 'overCapacity'> = { evicted: [], overCapacity: [] };

  return {
    list: () => listEvictions(book),
    has: (address) => book.inForce.has(address),
    takeOver: (left, now) => {
      for (const each of left) {
        if (!book.inForce.has(each.address)) book = evict(book, { ...each, reason: 'taken-over' }, now);
      }
    },
    review: (sight, policy) => {
      const gone = listEvictions(book).flatMap((eviction): readonly EndedEviction[] => {
        const why = reasonGone(sight, policy, eviction);
        return why === undefined ? [] : [{ ...eviction, why }];
      });
      book = release(
        book,
        gone.map(({ address }) => address),
      );
      ended = [...ended, ...gone];
      return gone.length > 0;
    },
    expire: (now) => {
      const { book: next, expired } = expire(book, now);
      book = next;
      ended = [...ended, ...expired.map((eviction) => ({ ...eviction, why: 'expired' as const }))];
      return expired.length > 0;
    },
    evict: evictSome,
    tryToEvict: (offenders, now) => {
      const before = book;
      const { evicted, overCapacity } = evictSome(offenders, now);
      tried = { before, addresses: new Set(evicted.map(({ address }) => address)) };
      toTell = { ...toTell, overCapacity };
    },
    isTried,
    settle: (running) => {
      if (!tried) return [];
      const there = new Set(running);
      const failed = [...tried.addresses].filter((address) => !there.has(address));
      const done = [...tried.addresses].filter((address) => there.has(address));
      book = undo(book, tried.before, failed);
      tried = undefined;
      const evicted = done.flatMap((address) => book.inForce.get(address) ?? []);
      toTell = { ...toTell, evicted: [...toTell.evicted, ...evicted] };
      return done;
    },
    takeTried: () => {
      const taken = toTell;
      toTell = { evicted: [], overCapacity: [] };
      return taken;
    },
    clear: (which) => {
      const cleared = listEvictions(book).filter(({ address }) => which === 'all' || address === which);
      book = which === 'all' ? emptyBook : release(book, [which]);
      return cleared;
    },
    dump: () => ({
      evictions: listEvictions(book).filter(({ address }) => !isTried(address)),
      past: [...book.history].flatMap(([address, past]) => (book.inForce.has(address) ? [] : [{ address, ...past }])),
    }),
    restore: ({ evictions, past }) => {
      const others = [...book.inForce.keys()].filter((own) => evictions.every(({ address }) => address !== own));
      book = merge(book, evictions.slice(0, Math.max(0, options.maximum - others.length)), past);
    },
    takeEnded: () => {
      const taken = ended;
      ended = [];
      return taken;
    },
  };

  function isTried(address: IpAddress): boolean {
    return tried?.addresses.has(address) === true;
  }

  function evictSome(offenders: readonly Offender[], now: number): Pick<GuardResult, 'evicted' | 'overCapacity'> {
    const added = offenders.filter(({ address }) => !book.inForce.has(address));
    const room = Math.max(0, options.maximum - book.inForce.size);
    const [taken, left] = [added.slice(0, room), added.slice(room)];
    for (const offender of taken) book = evict(book, offender, now);
    return {
      evicted: taken.flatMap(({ address }) => book.inForce.get(address) ?? []),
      overCapacity: left.map(({ address, reason }) => ({ address, reason })),
    };
  }
}
