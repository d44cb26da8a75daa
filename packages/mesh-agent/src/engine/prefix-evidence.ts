import { recentlyExceeded } from '@meshrs/mesh';
import type { IpAddress } from '@meshrs/network';

/** Who exceeded the maximum-prefix, and when: the evidence that an eviction for it needs. */
export interface PrefixEvidence {
  note(address: IpAddress, time: number): void;
  /** What still counts; the rest is forgotten. */
  recent(time: number): ReadonlyMap<IpAddress, readonly number[]>;
  forget(addresses: readonly IpAddress[]): void;
}

export function createPrefixEvidence(): PrefixEvidence {
  let exceeded: ReadonlyMap<IpAddress, readonly number[]> = new Map();
  return {
    note: (address, time) => {
      exceeded = new Map(exceeded).set(address, [...(exceeded.get(address) ?? []), time]);
    },
    recent: (time) => {
      exceeded = recentlyExceeded(exceeded, time);
      return exceeded;
    },
    forget: (addresses) => {
      exceeded = new Map([...exceeded].filter(([address]) => !addresses.includes(address)));
    },
  };
}
