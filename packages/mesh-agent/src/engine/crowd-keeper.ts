import { lookAtCrowd, nobodyWaits, type RangeTable } from '@meshrs/mesh';
import type { IpAddress } from '@meshrs/network';
import type { RangeLook, RangeNeighborCount } from './mesh-engine.ts';

/** Keeps who is on the way to a session, and since when, and ends those who hold a scarce place for too long. */
export interface CrowdKeeper {
  /** `end` ends one connection if it is no session by then, and says whether it did. */
  look(range: RangeTable, nowMs: number, end: (address: IpAddress) => Promise<boolean>): Promise<RangeLook>;
  /** Another process of the daemon has other connections. */
  forget(): void;
}

export function createCrowdKeeper(): CrowdKeeper {
  let book = nobodyWaits;
  return {
    look: async (range, nowMs, end) => {
      const looked = lookAtCrowd(book, range, nowMs);
      book = looked.book;
      const cleared: IpAddress[] = [];
      for (const address of looked.overdue) if (await end(address)) cleared.push(address);
      return { ...countRange(range), waiting: book.size, cleared };
    },
    forget: () => {
      book = nobodyWaits;
    },
  };
}

export function countRange({ neighbors, limit }: RangeTable): RangeNeighborCount {
  const established = neighbors.filter(({ state }) => state === 'established').length;
  return { count: neighbors.length, established, limit };
}
