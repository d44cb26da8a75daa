import type { Eviction } from '@meshrs/contract';
import type { GuardPolicy } from '@meshrs/mesh';
import type { GuardResult, MeshEngine } from '../engine/mesh-engine.ts';
import { evictionStatus, heldStatus, pinStatus } from '../engine/shown-guard.ts';
import { describeFailure } from '../failure.ts';
import { createCrowdLog, nextCrowdLookMs } from './crowd-log.ts';
import { firstOf } from '../log/first-of.ts';
import type { Log } from '../log/log.ts';
import type { Clock } from '../async/clock.ts';
import { createPause, hasAborted } from '../async/pause.ts';
import { createSingleFlight, type SingleFlight } from '../async/single-flight.ts';
import { startTimer } from '../async/timer.ts';

export interface GuardLoopOptions {
  readonly engine: MeshEngine;
  readonly policy: () => GuardPolicy;
  readonly isConnected: () => boolean;
  readonly log: Log;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onResult: (result: GuardResult) => void;
  readonly onFailed: (code: string) => void;
}

/** A session change may go unheard; a forbidden session is found after this time all the same. */
const longestMs = 10_000;
/** A look at once when a session changes, and not more often than this while sessions go on changing. */
const gapMs = 250;

/** Evicts sessions that break the policy, ends evictions in time, watches who is closed again and again. Ask for a look when sessions change. */
export function createGuardLoop(options: GuardLoopOptions): SingleFlight {
  const { clock, engine, log, signal } = options;
  const pause = createPause();
  let timer: NodeJS.Timeout | undefined;
  let overCapacityBefore = '';
  let failedBefore = '';
  let lookAgainMs = longestMs;
  /** Since it was last told. */
  let reserved = 0;
  const crowdLog = createCrowdLog(log);

  const flight = createSingleFlight(async () => {
    clearTimeout(timer);
    if (signal.aborted) return;
    if (options.isConnected()) await look();
    await pause.wait(gapMs, signal);
    if (hasAborted(signal)) return;
    timer = startTimer(flight.request, nextLookMs(engine.evictions(), clock.monotonicMs(), lookAgainMs));
  });
  signal.addEventListener(
    'abort',
    () => {
      clearTimeout(timer);
    },
    { once: true },
  );
  return flight;

  async function look(): Promise<void> {
    lookAgainMs = longestMs;
    try {
      const result = await engine.guard(options.policy(), signal);
      if (result.rejected) fail(result.rejected);
      else failedBefore = '';
      tell(result);
      // There are more, and each look takes few.
      if (result.reserved.length > 0) lookAgainMs = gapMs;
      if (result.range) {
        crowdLog.tell(result.range);
        lookAgainMs = Math.min(lookAgainMs, nextCrowdLookMs(result.range));
      }
      options.onResult(result);
    } catch (thrown) {
      if (!signal.aborted) fail(thrown);
    }
  }

  function fail(thrown: unknown): void {
    const failure = describeFailure(thrown);
    // The engine that is gone is told of once, by the link.
    if (options.isConnected() && failure.code !== failedBefore) log.error('engine-failed', { failure });
    failedBefore = failure.code;
    options.onFailed(failure.code);
  }

  function tell(result: GuardResult): void {
    for (const eviction of result.evicted) log.warn('session-evicted', { ...evictionStatus(eviction, clock) });
    for (const { why, ...eviction } of result.ended) {
      log.info('eviction-ended', { ...evictionStatus(eviction, clock), why });
    }
    for (const pin of result.pinned) log.warn('client-pinned', { ...pinStatus({ ...pin, standing: 'down' }, clock) });
    reserved += result.reserved.length;
    if (result.reserved.length === 0 && reserved > 0) {
      log.info('range-addresses-reserved', { count: reserved });
      reserved = 0;
    }
    for (const { address, group, why } of result.unpinned) log.info('client-unpinned', { address, group, why });
    for (const client of result.held) log.warn('client-held', { ...heldStatus(client, clock) });
    for (const client of result.released) log.info('client-released', { ...heldStatus(client, clock) });
    const text = JSON.stringify(result.overCapacity);
    if (result.overCapacity.length > 0 && text !== overCapacityBefore) {
      log.error('evictions-full', firstOf('sessions', result.overCapacity));
    }
    overCapacityBefore = text;
  }
}

function nextLookMs(evictions: readonly Eviction[], nowMs: number, longestMs: number): number {
  // One whose time is over, and that runs still, waits for something else than a look.
  const left = evictions.map(({ until }) => until - nowMs).filter((ms) => ms > 0);
  return Math.max(Math.min(...left, longestMs), 100);
}
