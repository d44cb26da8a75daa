import { drainBounds } from '@meshrs/contract';
import { z } from 'zod';

/** What is kept of how long sessions are held, for an agent that takes the place of this one. In milliseconds. */
export interface KeptHold {
  /** `drain.holdSeconds` of the settings in force. */
  readonly lastMs: number;
  /** The longest that counts still. */
  readonly longestMs: number;
  /** When a file changed it, by CLOCK_MONOTONIC; 0: none has. */
  readonly changedAtMs: number;
}

export const longestHoldOfDrainMs = drainBounds.holdSeconds.max * 1000;

/** `past`: a moment of this boot that has been. */
export function keptHoldSchema(past: z.ZodType<number>): z.ZodType<KeptHold> {
  const time = z.number().min(0).max(longestHoldOfDrainMs);
  return z.strictObject({ lastMs: time, longestMs: time, changedAtMs: past });
}
