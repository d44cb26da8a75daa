import type { EvictionBook } from '@meshrs/mesh';
import type { IpAddress } from '@meshrs/network';
import { addressesOf, type Running } from './eviction-news.ts';
import type { GuardResult } from './mesh-engine.ts';

type OverCapacity = GuardResult['overCapacity'];

/** The evictions that an answer has let go for one attempt to bring them. */
export interface EvictionTries {
  /**
   * @param before the book without them
   */
  begin(before: EvictionBook, tried: { readonly decided: Running; readonly overCapacity: OverCapacity }): void;
  isTried: (address: IpAddress) => boolean;
  /** Undefined while no attempt is on. */
  end(running: Running): EndOfTry | undefined;
  /** For whom attempts had no room since this was asked last. */
  takeOverCapacity: () => OverCapacity;
}

export interface EndOfTry {
  readonly before: EvictionBook;
  readonly done: readonly IpAddress[];
  readonly failed: readonly IpAddress[];
}

export function createEvictionTries(): EvictionTries {
  let tried: { readonly before: EvictionBook; readonly addresses: ReadonlySet<IpAddress> } | undefined;
  let withoutRoom: OverCapacity = [];

  return {
    begin: (before, { decided, overCapacity }) => {
      tried = { before, addresses: addressesOf(decided) };
      const added = addressesOf(overCapacity);
      withoutRoom = [...withoutRoom.filter(({ address }) => !added.has(address)), ...overCapacity];
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
    takeOverCapacity: () => {
      const taken = withoutRoom;
      withoutRoom = [];
      return taken;
    },
  };
}
