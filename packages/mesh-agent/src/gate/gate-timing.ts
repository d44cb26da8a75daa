import { speakerLookSeconds } from '@meshrs/contract';
import { confirmAfterMs } from '@meshrs/gate';
import { machineClock, type Clock } from '../async/clock.ts';
import { createPause, type Pause } from '../async/pause.ts';

export interface GateTiming {
  /** How long after a look that would open the one follows that confirms it. */
  readonly confirmAfterMs: number;
  /**
   * For how long it counts that a client was heard from: a VIP may have gone since. Longer than the longest keepalive time, or who sends
   * one so seldom would not always count.
   */
  readonly heardForMs: number;
  /** How long a look at a side that is open may wait for its clients to be kept. */
  readonly lookAgainMs: number;
  /** What time it is at the API server, by the date of its answers. */
  readonly apiTimeMs: (dateMs: number) => number;
  /** By which the time between two looks is measured. */
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Where an API server of Kubernetes' own list is dialled: that must not hold loopback addresses, which tests have. */
  readonly dialled: (server: string) => string;
  /** The wait between two looks. */
  readonly wait: Pause['wait'];
  /** Aborts when the time that a gate was given is over. */
  readonly deadline: (milliseconds: number) => AbortSignal;
}

export const defaultTiming: GateTiming = {
  confirmAfterMs,
  heardForMs: 120_000,
  lookAgainMs: speakerLookSeconds * 1000,
  apiTimeMs: (dateMs) => dateMs,
  clock: machineClock,
  dialled: (server) => server,
  wait: (milliseconds, signal) => createPause().wait(milliseconds, signal),
  // Node takes whole milliseconds alone.
  deadline: (milliseconds) => AbortSignal.timeout(Math.ceil(milliseconds)),
};
