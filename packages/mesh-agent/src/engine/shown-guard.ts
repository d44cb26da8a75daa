import type { Eviction, EvictionStatus, PinStatus } from '@meshrs/contract';
import type { Clock } from '../async/clock.ts';
import type { WatchedClient } from './mesh-engine.ts';

/** An eviction with its times as text. */
export function evictionStatus(eviction: Eviction, clock: Clock): EvictionStatus {
  return { ...eviction, since: toText(eviction.since, clock), until: toText(eviction.until, clock) };
}

/** A pinned client with its times as text. */
export function pinStatus({ sinceMs, closedAtMs, ...pin }: WatchedClient, clock: Clock): PinStatus {
  return { ...pin, since: toText(sinceMs, clock), closedAt: toText(closedAtMs, clock) };
}

function toText(atMonotonicMs: number, { wallMs }: Clock): string {
  return new Date(wallMs(atMonotonicMs)).toISOString();
}
