import type { Eviction, EvictionStatus, HeldStatus, PinStatus } from '@meshrs/contract';
import type { Clock } from '../async/clock.ts';
import type { HeldSince } from './held-keeper.ts';
import type { WatchedClient } from './mesh-engine.ts';

/** An eviction with its times as text. */
export function evictionStatus(eviction: Eviction, clock: Clock): EvictionStatus {
  return { ...eviction, since: toText(eviction.since, clock), until: toText(eviction.until, clock) };
}

/** Those of whom there is something to tell: everybody who was there when the engine ended is kept, and has his session. */
export function toldPins(pins: readonly WatchedClient[]): readonly WatchedClient[] {
  return pins.filter(({ isKept, isLeaving, standing }) => isKept !== true || isLeaving || standing === 'held');
}

/** A pinned client with its times as text. */
export function pinStatus({ sinceMs, closedAtMs, ...pin }: WatchedClient, clock: Clock): PinStatus {
  return { ...pin, since: toText(sinceMs, clock), closedAt: toText(closedAtMs, clock) };
}

/** A client that is held down, with the time as text. */
export function heldStatus({ sinceMs, ...held }: HeldSince, clock: Clock): HeldStatus {
  return { ...held, since: toText(sinceMs, clock) };
}

function toText(atMonotonicMs: number, { wallMs }: Clock): string {
  return new Date(wallMs(atMonotonicMs)).toISOString();
}
