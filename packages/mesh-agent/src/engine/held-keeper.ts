import { findHeld, type GuardedPeer, type GuardSight, type HeldClient } from '@meshrs/mesh';
import type { IpAddress } from '@meshrs/network';

/** A client that the daemon holds down, and since when the agent has seen it so, by a clock that never steps. */
export interface HeldSince extends HeldClient {
  readonly sinceMs: number;
}

/** Whom the daemon holds down for its maximum-prefix, as it was seen last. */
export interface HeldKeeper {
  /** By address as text. */
  readonly list: () => readonly HeldSince[];
  look(sight: GuardSight, peers: readonly GuardedPeer[], now: number): HeldLook;
  /** Their holds are ended by order. */
  forget(addresses: readonly IpAddress[]): void;
}

export interface HeldLook {
  /** Since this look. */
  readonly held: readonly HeldSince[];
  /** No longer, by this look. */
  readonly released: readonly HeldSince[];
}

export function createHeldKeeper(): HeldKeeper {
  let known: ReadonlyMap<IpAddress, HeldSince> = new Map();
  return {
    list: () => [...known.values()].sort((one, other) => (one.address < other.address ? -1 : 1)),
    look: (sight, peers, now) => {
      const before = known;
      known = new Map(
        findHeld(sight.intent, peers, () => sight).map((each) => [
          each.address,
          { ...each, sinceMs: before.get(each.address)?.sinceMs ?? now },
        ]),
      );
      return {
        held: [...known.values()].filter(({ address }) => !before.has(address)),
        released: [...before.values()].filter(({ address }) => !known.has(address)),
      };
    },
    forget: (addresses) => {
      if (addresses.length > 0) known = new Map([...known].filter(([address]) => !addresses.includes(address)));
    },
  };
}
