import type { EvictionKeeper } from './eviction-keeper.ts';
import type { Running } from './eviction-news.ts';
import { fromEntries, toEntries } from './guard-record.ts';
import type { MeshEngine } from './mesh-engine.ts';
import type { PinKeeper } from './pin-keeper.ts';

/** What the guard knows: for people, and for the agent after this one. */
export function createGuardMemory(
  { evictions, pins }: { readonly evictions: EvictionKeeper; readonly pins: PinKeeper },
  { evictedNow, now }: { readonly evictedNow: () => Running; readonly now: () => number },
): Pick<MeshEngine, 'evictions' | 'pins' | 'guardRecord' | 'restoreGuardRecord'> {
  return {
    evictions: () => evictions.inForce(evictedNow()),
    pins: () => pins.list(),
    guardRecord: () => toEntries({ ...evictions.dump(evictedNow()), pins: pins.dump() }),
    restoreGuardRecord: (entries) => {
      const record = fromEntries(entries, now());
      if (!record) return false;
      evictions.restore(record);
      pins.restore(record.pins);
      return true;
    },
  };
}
