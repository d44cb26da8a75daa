import type { EvictionBook } from '@meshrs/mesh';
import type { IpAddress } from '@meshrs/network';
import { addressesOf, type Running } from './eviction-news.ts';

/** The evictions that an answer has let go for one attempt to bring them. */
export interface EvictionTries {
  /**
   * @param before the book without them
   */
  begin(before: EvictionBook, tried: Running): void;
  isTried: (address: IpAddress) => boolean;
  /** Undefined while no attempt is on. */
  end(running: Running): EndOfTry | undefined;
}

export interface EndOfTry {
  readonly before: EvictionBook;
  readonly done: readonly IpAddress[];
  readonly failed: readonly IpAddress[];
}

export function createEvictionTries(): EvictionTries {
  let tried: { readonly before: EvictionBook; readonly addresses: ReadonlySet<IpAddress> } | undefined;

  return {
    begin: (before, evictions) => {
      tried = { before, addresses: addressesOf(evictions) };
    },
    isTried: (address) => tried?.addresses.has(address) === true,
    end: (running) => {
      if (!tried) return undefined;
      const { before, addresses } = tried;
      const there = addressesOf(running);
      tried = undefined;
      return {
        before,
        done: [...addresses].filter((address) => there.has(address)),
        failed: [...addresses].filter((address) => !there.has(address)),
      };
    },
  };
}
