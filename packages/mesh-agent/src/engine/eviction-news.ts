import type { Eviction } from '@meshrs/contract';
import type { IpAddress } from '@meshrs/network';
import type { EndedEviction, GuardResult } from './mesh-engine.ts';

/** The neighbors that the engine holds down one by one. */
export type Running = readonly { readonly address: IpAddress }[];

/** One that is not decided on any more, and may run still. */
export interface Leaving {
  readonly eviction: Eviction;
  /** Undefined: who ended it tells of it. */
  readonly why: EndedEviction['why'] | undefined;
}

/** What has become of decisions in the engine, and is not told yet: what has never run is told by nobody. */
export interface EvictionNews {
  /** These are decided on, and not seen to run yet. */
  await(addresses: readonly IpAddress[]): void;
  /** These are decided on no more, and have never run. */
  forget(addresses: Iterable<IpAddress>): void;
  /** These are decided on no more. */
  leave(gone: readonly Leaving[]): void;
  /** The eviction of one who is let in, and whom the engine keeps out still. */
  leavingOf(address: IpAddress): Eviction | undefined;
  /** What of it runs has begun, whatever becomes of it before that is told. */
  note: (running: Running) => void;
  /** What has begun and ended since this was asked last. */
  take: (running: Running) => Pick<GuardResult, 'evicted' | 'ended'>;
}

/**
 * @param decided the eviction of an address that is decided on
 */
export function createEvictionNews(decided: (address: IpAddress) => Eviction | undefined): EvictionNews {
  let awaited: ReadonlySet<IpAddress> = new Set();
  /** Seen to run, and not told. */
  let begun: readonly Eviction[] = [];
  let leaving: ReadonlyMap<IpAddress, Leaving> = new Map();

  return {
    await: (addresses) => {
      awaited = new Set([...awaited, ...addresses]);
    },
    forget,
    leave: (gone) => {
      const next = new Map(leaving);
      for (const each of gone) if (!awaited.has(each.eviction.address)) next.set(each.eviction.address, each);
      leaving = next;
      forget(gone.map(({ eviction }) => eviction.address));
    },
    leavingOf: (address) => leaving.get(address)?.eviction,
    note,
    take: (running) => {
      note(running);
      const runs = addressesOf(running);
      const evicted = begun;
      begun = [];
      awaited = new Set([...awaited].filter((address) => decided(address) !== undefined));
      // One that is kept out anew has ended, too, whatever the engine has seen of that.
      const isOver = (address: IpAddress): boolean => !runs.has(address) || decided(address) !== undefined;
      const gone = [...leaving].filter(([address]) => isOver(address));
      leaving = new Map([...leaving].filter(([address]) => !isOver(address)));
      return { evicted, ended: gone.flatMap(([, { eviction, why }]) => (why ? [{ ...eviction, why }] : [])) };
    },
  };

  function note(running: Running): void {
    const runs = addressesOf(running);
    const seen = [...awaited].filter((address) => runs.has(address));
    begun = [...begun, ...seen.flatMap((address) => decided(address) ?? [])];
    forget(seen);
  }

  function forget(addresses: Iterable<IpAddress>): void {
    const left = new Set(addresses);
    awaited = new Set([...awaited].filter((address) => !left.has(address)));
  }
}

export function addressesOf(evictions: Running): ReadonlySet<IpAddress> {
  return new Set(evictions.map(({ address }) => address));
}
