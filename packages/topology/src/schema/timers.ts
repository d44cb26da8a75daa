import { timerBounds, within, type BgpTimers } from '@meshrs/contract';
import { z } from 'zod';

/** Keepalive and hold time of a kind of session, with that kind's defaults. */
export function timers(defaults: BgpTimers) {
  return z
    .strictObject({
      keepaliveSeconds: within(timerBounds.keepaliveSeconds)
        .default(defaults.keepaliveSeconds)
        .meta({ description: 'Interval of keepalives; at most a third of the hold time (RFC 4271).' }),
      holdSeconds: within(timerBounds.holdSeconds).default(defaults.holdSeconds).meta({
        description: 'A session without a message for this long is dead (RFC 4271: at least 3); a gate counts on it.',
      }),
    })
    .prefault({});
}
