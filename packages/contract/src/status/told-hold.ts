import { z } from 'zod';
import { holdPurposes } from '../hold.ts';
import { addedLater, wordOf } from './tolerance.ts';
import { address, text, timestamp } from './values.ts';

/** What a route server tells while it waits before it ends sessions of clients. */
export const toldHold = z.object({
  /** Which wait this is. */
  id: text,
  /** By the clock of its agent. */
  until: timestamp,
  /** Whom it lets go first. */
  waitsFor: z.array(z.object({ routerId: address, id: text })),
  /** What waits. */
  for: addedLater(z.array(wordOf(holdPurposes))),
});
