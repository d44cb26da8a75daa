import type { PendingChange } from '../engine/mesh-engine.ts';

/** Since when clients are kept, and until when at most: that is told to the other sides, and stays. */
export interface WaitingTime {
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** A change that waits; its time is that of its clients, who may have been kept by one that it took the place of. */
export interface WaitingChange extends PendingChange, WaitingTime {}
