import { effectSeconds } from '@meshrs/gate';

/**
 * How long after a turn was closed its budget is given back. What was changed just before may withdraw a VIP until then, and its
 * clients are heard from until it does: a route server of another side that a drain takes meanwhile would let them go by that.
 * Who listens later hears nothing of a VIP that has gone (docs/decisions/0035).
 */
export const afterClosingMs = effectSeconds * 1000;
