import type { IpAddress } from '@meshrs/network';

/**
 * Who has a session, or had one a short time ago. A client of a listen range is forgotten by the daemon with its session; one
 * that starts anew is told of those that the daemon before it had.
 */
export interface RecentClients {
  /** The daemon tells that a session of this address began. */
  readonly began: (address: IpAddress) => void;
  /** All that have a session at this moment. */
  look(established: readonly IpAddress[]): void;
  /** Those whose sessions began last. */
  list(): readonly IpAddress[];
  has(address: IpAddress): boolean;
  /** Another number where the list may be another one. */
  version(): number;
}

/**
 * A neighbor that is down costs bgpd 10.7.1 130 KiB, and what it takes to show its configuration grows with their square: 60
 * ms with 1000 neighbors, 1.3 s with 5000. One that ended the daemon as soon as it had its session is among those who came last.
 */
export const mostListed = 1000;
/** As many as all listen ranges together let in. */
export const mostKnown = 5000;
/** Who was not seen for longer than this comes as somebody new. */
export const knownForMs = 2 * 3_600_000;

export function createRecentClients(now: () => number): RecentClients {
  /** When each was seen last, in the order in which their sessions began. */
  const seen = new Map<IpAddress, number>();
  let version = 0;

  return {
    began: (address) => {
      if (!seen.delete(address) || seen.size >= mostListed) version += 1;
      add(address);
    },
    look: (established) => {
      for (const address of established) {
        if (!seen.has(address)) version += 1;
        add(address);
      }
      for (const [address, atMs] of seen) {
        if (now() - atMs <= knownForMs) continue;
        seen.delete(address);
        version += 1;
      }
    },
    list: () => [...seen.keys()].slice(-mostListed),
    has: (address) => now() - (seen.get(address) ?? -Infinity) <= knownForMs,
    version: () => version,
  };

  function add(address: IpAddress): void {
    seen.set(address, now());
    const [first] = seen.keys();
    if (seen.size > mostKnown && first !== undefined) seen.delete(first);
  }
}
