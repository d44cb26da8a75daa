import type { Eviction } from '@meshrs/contract';
import { clear, emptyBook, evict, expire, keep, listEvictions, type EvictionBook, type Offender } from '@meshrs/mesh';
import type { IpAddress } from '@meshrs/network';
import type { GuardResult } from './mesh-engine.ts';

/** The evictions in force. Each method that changes them says what changed; the engine then has to be told. */
export interface EvictionKeeper {
  list(): readonly Eviction[];
  /** Evictions of the agent before this one go on; the reasons went with it. */
  takeOver(left: readonly Omit<Offender, 'reason'>[]): void;
  /** Keeps those that still mean something. */
  retain(holding: (evictions: readonly Eviction[]) => readonly Eviction[]): void;
  expire(time: number): readonly Eviction[];
  /** Evicts who is not evicted yet, as far as there is room. */
  evict(offenders: readonly Offender[], time: number): Pick<GuardResult, 'evicted' | 'overCapacity'>;
  clear(which: IpAddress | 'all'): readonly Eviction[];
}

export function createEvictionKeeper(options: {
  /** Most evictions in force at once. */
  readonly maximum: number;
  readonly now: () => number;
}): EvictionKeeper {
  let book: EvictionBook = emptyBook;

  return {
    list: () => listEvictions(book),
    takeOver: (left) => {
      for (const each of left) book = evict(book, { ...each, reason: 'taken-over' }, options.now());
    },
    retain: (holding) => {
      if (book.inForce.size > 0) book = keep(book, holding(listEvictions(book)));
    },
    expire: (time) => {
      const ended = expire(book, time);
      book = ended.book;
      return ended.expired;
    },
    evict: (offenders, time) => {
      const added = offenders.filter(({ address }) => !book.inForce.has(address));
      const room = Math.max(0, options.maximum - book.inForce.size);
      const [taken, left] = [added.slice(0, room), added.slice(room)];
      for (const offender of taken) book = evict(book, offender, time);
      return {
        evicted: taken.flatMap(({ address }) => book.inForce.get(address) ?? []),
        overCapacity: left.map(({ address, reason }) => ({ address, reason })),
      };
    },
    clear: (which) => {
      const next = clear(book, which);
      book = next.book;
      return next.cleared;
    },
  };
}
