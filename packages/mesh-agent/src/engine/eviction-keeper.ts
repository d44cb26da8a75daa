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

/**
 * The evictions that are decided on. Each method that changes them says what changed; the engine then has to be told, and only what
 * it runs is in force: it may reject one, or have to leave it out.
 */
export interface EvictionKeeper {
  /** What is decided, whatever runs. */
  list(): readonly Eviction[];
  /** Whether it is decided that the address is kept out. */
  has(address: IpAddress): boolean;
  /** Whom the engine keeps out, of those that it holds down: also who may come again, as long as it has not taken that. */
  inForce(running: Running): readonly Eviction[];
  /** Evictions of the agent before this one go on; those that have no record have no reason either. */
  takeOver(left: readonly Omit<Offender, 'reason'>[], now: number): void;
  /** Ends those whose reason does not hold where this is wanted, with their backoff: they were right. */
  review(sight: GuardSight, policy: GuardPolicy | undefined): boolean;
  /** Ends those whose time is over. */
  expire(now: number): boolean;
  /** Evicts who is not evicted yet, as far as there is room; returns for whom there is none. */
  evict(offenders: readonly Offender[], now: number): Evicted;
  /**
   * Evicts who is let go by an answer, as far as there is room. That counts for the attempt to bring it which follows: `settle` ends it.
   */
  tryToEvict(offenders: readonly Offender[], now: number): void;
  /** Evicted by an answer, in the attempt that is on. */
  isTried(address: IpAddress): boolean;
  /** The attempt is over: those of them that do not run are as they were before it. Returns the others. */
  settle(running: readonly IpAddress[]): readonly IpAddress[];
  /** For whom attempts had no room since this was asked last. */
  takeOverCapacity(): GuardResult['overCapacity'];
  clear(which: IpAddress | 'all'): readonly Eviction[];
  /** For the agent after this one, without those that are tried. */
  dump(): Pick<GuardRecord, 'evictions' | 'past'>;
  /** What the agent before this one knew takes the place of what was taken over without a reason. */
  restore(record: Pick<GuardRecord, 'evictions' | 'past'>): void;
  /** What has begun and ended in the engine since this was asked last; what has never run is not told. */
  takeTold(running: Running): Pick<GuardResult, 'evicted' | 'ended'>;
}

/** The neighbors that the engine holds down one by one. */
export type Running = readonly { readonly address: IpAddress }[];

export interface Evicted extends Pick<GuardResult, 'overCapacity'> {
  readonly decided: readonly Eviction[];
}

/** One that is not decided on any more, and may run still. */
interface Leaving {
  readonly eviction: Eviction;
  /** Undefined: who ended it tells of it. */
  readonly why: EndedEviction['why'] | undefined;
}

export function createEvictionKeeper(options: {
  /** Most evictions in force at once. */
  readonly maximum: number;
}): EvictionKeeper {
  let book: EvictionBook = emptyBook;
  /** By the guard's own decision, and not seen to run yet. */
  let awaited: ReadonlySet<IpAddress> = new Set();
  let leaving: ReadonlyMap<IpAddress, Leaving> = new Map();
  let tried: { readonly before: EvictionBook; readonly addresses: ReadonlySet<IpAddress> } | undefined;
  let overCapacityOfTries: GuardResult['overCapacity'] = [];

  return {
    list: () => listEvictions(book),
    has: (address) => book.inForce.has(address),
    inForce: (running) =>
      running.flatMap(({ address }) => book.inForce.get(address) ?? leaving.get(address)?.eviction ?? []),
    takeOver: (left, now) => {
      for (const each of left) {
        if (!book.inForce.has(each.address)) book = evict(book, { ...each, reason: 'taken-over' }, now);
      }
    },
    review: (sight, policy) => {
      const gone = listEvictions(book).flatMap((eviction): readonly Leaving[] => {
        const why = reasonGone(sight, policy, eviction);
        return why === undefined ? [] : [{ eviction, why }];
      });
      book = release(
        book,
        gone.map(({ eviction }) => eviction.address),
      );
      leave(gone);
      return gone.length > 0;
    },
    expire: (now) => {
      const { book: next, expired } = expire(book, now);
      book = next;
      leave(expired.map((eviction) => ({ eviction, why: 'expired' })));
      return expired.length > 0;
    },
    evict: evictSome,
    tryToEvict: (offenders, now) => {
      const before = book;
      const { decided, overCapacity } = evictSome(offenders, now);
      tried = { before, addresses: new Set(decided.map(({ address }) => address)) };
      overCapacityOfTries = overCapacity;
    },
    isTried,
    settle: (running) => {
      if (!tried) return [];
      const there = new Set(running);
      const failed = new Set([...tried.addresses].filter((address) => !there.has(address)));
      const done = [...tried.addresses].filter((address) => there.has(address));
      book = undo(book, tried.before, [...failed]);
      awaited = new Set([...awaited].filter((address) => !failed.has(address)));
      tried = undefined;
      return done;
    },
    takeOverCapacity: () => {
      const taken = overCapacityOfTries;
      overCapacityOfTries = [];
      return taken;
    },
    clear: (which) => {
      const cleared = listEvictions(book).filter(({ address }) => which === 'all' || address === which);
      book = which === 'all' ? emptyBook : release(book, [which]);
      leave(cleared.map((eviction) => ({ eviction, why: undefined })));
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
    takeTold: (running) => {
      const runs = new Set(running.map(({ address }) => address));
      const begun = [...awaited].filter((address) => runs.has(address));
      const evicted = begun.flatMap((address) => book.inForce.get(address) ?? []);
      awaited = new Set([...awaited].filter((address) => !runs.has(address) && book.inForce.has(address)));
      // One that is kept out anew has ended, too, whatever the engine has seen of that.
      const gone = [...leaving].filter(([address]) => !runs.has(address) || book.inForce.has(address));
      leaving = new Map([...leaving].filter(([address]) => runs.has(address) && !book.inForce.has(address)));
      return { evicted, ended: gone.flatMap(([, { eviction, why }]) => (why ? [{ ...eviction, why }] : [])) };
    },
  };

  function isTried(address: IpAddress): boolean {
    return tried?.addresses.has(address) === true;
  }

  function evictSome(offenders: readonly Offender[], now: number): Evicted {
    const added = offenders.filter(({ address }) => !book.inForce.has(address));
    const room = Math.max(0, options.maximum - book.inForce.size);
    const [taken, left] = [added.slice(0, room), added.slice(room)];
    for (const offender of taken) book = evict(book, offender, now);
    awaited = new Set([...awaited, ...taken.map(({ address }) => address)]);
    return {
      decided: taken.flatMap(({ address }) => book.inForce.get(address) ?? []),
      overCapacity: left.map(({ address, reason }) => ({ address, reason })),
    };
  }

  /** What the engine has never run ends without a word. */
  function leave(gone: readonly Leaving[]): void {
    const next = new Map(leaving);
    for (const each of gone) if (!awaited.has(each.eviction.address)) next.set(each.eviction.address, each);
    leaving = next;
    const left = new Set(gone.map(({ eviction }) => eviction.address));
    awaited = new Set([...awaited].filter((address) => !left.has(address)));
  }
}
