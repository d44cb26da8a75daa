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
import { addressesOf, createEvictionNews, type Leaving, type Running } from './eviction-news.ts';
import { createEvictionTries } from './eviction-tries.ts';
import type { GuardResult } from './mesh-engine.ts';

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
  /** For whom of these there is no room. */
  withoutRoom: (offenders: readonly Offender[]) => readonly Offender[];
  /** The attempt is over: those of them that do not run are as they were before it. Returns the others. */
  settle(running: Running): readonly IpAddress[];
  /** What is decided on and does not run is so no more where `isStill` does not hold: it was never in force. */
  drop(running: Running, isStill: (eviction: Eviction) => boolean): void;
  /** What of it runs has begun, whatever becomes of it before that is told. */
  note(running: Running): void;
  clear(which: IpAddress | 'all'): readonly Eviction[];
  /** For the agent after this one, without those that are tried and do not run. */
  dump(running: Running): Pick<GuardRecord, 'evictions' | 'past'>;
  /** What the agent before this one knew takes the place of what was taken over without a reason. */
  restore(record: Pick<GuardRecord, 'evictions' | 'past'>): void;
  /** What has begun and ended in the engine since this was asked last; what has never run is not told. */
  takeTold(running: Running): Pick<GuardResult, 'evicted' | 'ended'>;
}

export interface Evicted extends Pick<GuardResult, 'overCapacity'> {
  readonly decided: readonly Eviction[];
}

export interface EvictionKeeperOptions {
  /** Most evictions in force at once. */
  readonly maximum: number;
}

export function createEvictionKeeper({ maximum }: EvictionKeeperOptions): EvictionKeeper {
  let book: EvictionBook = emptyBook;
  const news = createEvictionNews((address) => book.inForce.get(address));
  const tries = createEvictionTries();

  return {
    list: () => listEvictions(book),
    has: (address) => book.inForce.has(address),
    inForce: (running) => running.flatMap(({ address }) => book.inForce.get(address) ?? news.leavingOf(address) ?? []),
    takeOver: (left, now) => {
      for (const each of left) {
        if (!book.inForce.has(each.address)) book = evict(book, { ...each, reason: 'taken-over' }, now);
      }
    },
    review: (sight, policy) => {
      const gone = outdatedIn(book, sight, policy);
      book = release(
        book,
        gone.map(({ eviction }) => eviction.address),
      );
      news.leave(gone);
      return gone.length > 0;
    },
    expire: (now) => {
      const { book: next, expired } = expire(book, now);
      book = next;
      news.leave(expired.map((eviction) => ({ eviction, why: 'expired' })));
      return expired.length > 0;
    },
    evict: evictSome,
    tryToEvict: (offenders, now) => {
      tries.begin(book, evictSome(offenders, now).decided);
    },
    isTried: tries.isTried,
    withoutRoom: (offenders) => fitted(book, offenders, maximum).left,
    settle: (running) => {
      news.note(running);
      const ended = tries.end(running);
      if (!ended) return [];
      book = undo(book, ended.before, ended.failed);
      news.forget(ended.failed);
      return ended.done;
    },
    drop: (running, isStill) => {
      const there = addressesOf(running);
      const gone = addressesOf(listEvictions(book).filter((each) => !there.has(each.address) && !isStill(each)));
      book = release(book, [...gone]);
      news.forget(gone);
    },
    note: news.note,
    clear: (which) => {
      const cleared = listEvictions(book).filter(({ address }) => which === 'all' || address === which);
      book = which === 'all' ? emptyBook : release(book, [which]);
      news.leave(cleared.map((eviction) => ({ eviction, why: undefined })));
      return cleared;
    },
    dump: (running) => {
      const there = addressesOf(running);
      return {
        evictions: listEvictions(book).filter(({ address }) => !tries.isTried(address) || there.has(address)),
        past: pastOf(book),
      };
    },
    restore: (before) => {
      book = restored(book, before, maximum);
    },
    takeTold: news.take,
  };

  function evictSome(offenders: readonly Offender[], now: number): Evicted {
    const { taken, left } = fitted(book, offenders, maximum);
    for (const offender of taken) book = evict(book, offender, now);
    news.await(taken.map(({ address }) => address));
    return {
      decided: taken.flatMap(({ address }) => book.inForce.get(address) ?? []),
      overCapacity: left.map(({ address, reason }) => ({ address, reason })),
    };
  }
}

/** With as many of those of before as there is room for. */
function restored(
  book: EvictionBook,
  { evictions, past }: Parameters<EvictionKeeper['restore']>[0],
  maximum: number,
): EvictionBook {
  const others = [...book.inForce.keys()].filter((own) => evictions.every(({ address }) => address !== own));
  return merge(book, evictions.slice(0, Math.max(0, maximum - others.length)), past);
}

/** Of those that are not in force. */
function pastOf({ history, inForce }: EvictionBook): GuardRecord['past'] {
  return [...history].flatMap(([address, past]) => (inForce.has(address) ? [] : [{ address, ...past }]));
}

function fitted(
  book: EvictionBook,
  offenders: readonly Offender[],
  maximum: number,
): Record<'taken' | 'left', readonly Offender[]> {
  const added = offenders.filter(({ address }) => !book.inForce.has(address));
  const room = Math.max(0, maximum - book.inForce.size);
  return { taken: added.slice(0, room), left: added.slice(room) };
}

/** Those whose reason does not hold where this is wanted. */
function outdatedIn(book: EvictionBook, sight: GuardSight, policy: GuardPolicy | undefined): readonly Leaving[] {
  return listEvictions(book).flatMap((eviction): readonly Leaving[] => {
    const why = reasonGone(sight, policy, eviction);
    return why === undefined ? [] : [{ eviction, why }];
  });
}
