import type { EngineChange } from '@meshrs/contract';
import { lastInARow, relentlessCount, type Closings } from '@meshrs/mesh';
import { parseAddress, type IpAddress } from '@meshrs/network';

/**
 * When the daemon itself closed the session of an address. It says nothing of why, so nobody is punished for it: it is a
 * reason to look closer. What the agent's own changes reset is no such reason.
 */
export interface ClosingRecord {
  note(address: IpAddress, now: number): void;
  /** What still counts; the rest is forgotten. */
  recent(now: number): Closings;
  forget(addresses: readonly IpAddress[]): void;
  /** These changes were carried out between two moments: they closed sessions, and may yet. */
  disregard(changes: readonly EngineChange[], from: number, to: number): void;
}

/** Peers choose how many there are; the one that was closed longest ago is forgotten first. */
const mostAddresses = 10_000;
/** How late the daemon may tell of a closing. */
const lateMs = 10_000;

export function createClosingRecord(): ClosingRecord {
  const times = new Map<IpAddress, readonly number[]>();
  const expected = new Map<IpAddress, number>();
  let allExpectedUntil = -Infinity;

  return {
    note: (address, now) => {
      if (now < allExpectedUntil || now < (expected.get(address) ?? -Infinity)) return;
      const before = times.get(address) ?? [];
      // At the end: the first is the one that was set longest ago.
      times.delete(address);
      times.set(address, [...before, now].slice(-relentlessCount));
      const [first] = times.keys();
      if (times.size > mostAddresses && first !== undefined) times.delete(first);
    },
    recent: (now) => {
      for (const [address, all] of times) {
        const left = lastInARow(all, now);
        if (left.length === 0) times.delete(address);
        else times.set(address, left);
      }
      for (const [address, until] of expected) if (until <= now) expected.delete(address);
      return times;
    },
    forget: (addresses) => {
      for (const address of addresses) times.delete(address);
    },
    disregard: (changes, from, to) => {
      const resetting = changes.filter(({ resets }) => resets !== 'none');
      if (resetting.length === 0) return;
      const isOfMany = resetting.some(({ resets }) => resets !== 'neighbor');
      if (isOfMany) allExpectedUntil = to + lateMs;
      const named = resetting.flatMap(({ subject = '' }) => parseAddress(subject) ?? []);
      for (const address of isOfMany ? times.keys() : named) {
        if (!isOfMany) expected.set(address, to + lateMs);
        const left = times.get(address)?.filter((time) => time < from) ?? [];
        if (left.length === 0) times.delete(address);
        else times.set(address, left);
      }
    },
  };
}
