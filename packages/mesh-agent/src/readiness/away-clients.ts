import type { AwayClient, BgpSession } from '@meshrs/contract';
import { isOfClient } from '@meshrs/contract';
import { addressSchema, type IpAddress } from '@meshrs/network';
import { z } from 'zod';

/**
 * Who had a session with this route server a short time ago, and has none now: such a client is on its way back, and counts
 * for gates and drains. Other than those who were lost to another route server, it counts wherever it is, or is not.
 */
export interface AwayClients {
  /** What the engine has now. */
  readonly look: (sessions: readonly BgpSession[]) => void;
  /** Of those whom `takes` lets come back. */
  readonly list: (takes: (address: IpAddress) => boolean) => readonly AwayClient[];
  /** Whether it had a session at the last look, this agent's or the one's before it, or a short time ago. */
  readonly has: (address: IpAddress) => boolean;
  /** What an agent before this one knew. */
  readonly restore: (kept: KeptAway) => void;
}

/** The record as the agent keeps it over its own restart. */
export interface KeptAway {
  /** With a session at the last look: who has none at the next one went away while no agent looked. */
  readonly here: readonly IpAddress[];
  readonly away: readonly { readonly address: IpAddress; readonly sinceMs: number }[];
}

/** More are not remembered: a route server takes 5000 clients of its ranges, and some thousands that are declared. */
export const mostAway = 10_000;

/** Moments are of the past. */
export function keptAwaySchema(past: z.ZodType<number>): z.ZodType<KeptAway> {
  return z.strictObject({
    here: z.array(addressSchema).max(mostAway),
    away: z.array(z.strictObject({ address: addressSchema, sinceMs: past })).max(mostAway),
  });
}

export function createAwayClients(options: {
  /** After which time a client has left. */
  readonly returnMs: number;
  readonly onChange: (kept: KeptAway) => void;
  readonly now: () => number;
}): AwayClients {
  const { returnMs, onChange, now } = options;
  let here: ReadonlySet<IpAddress> = new Set();
  let away: ReadonlyMap<IpAddress, number> = new Map();

  return {
    look: (sessions) => {
      // Whole: they are kept as text.
      const nowMs = Math.floor(now());
      const clients = sessions.filter(isOfClient);
      const isKeptOut = new Set(sessions.filter(({ kind }) => kind === 'evicted').map(({ address }) => address));
      // One in a state that is not known may be here still.
      const hereNow = new Set(
        clients
          .filter(({ address, state }) => state === 'established' || (state === 'unknown' && here.has(address)))
          .map(({ address }) => address),
      );
      const gone = [...here].filter((address) => !hereNow.has(address)).map((address) => [address, nowMs] as const);
      const awayNow = new Map(
        [...away, ...gone]
          .filter(([address, sinceMs]) => !hereNow.has(address) && !isKeptOut.has(address) && isYoung(sinceMs, nowMs))
          // Who comes and goes by many addresses pushes out those who went first.
          .slice(-mostAway),
      );
      const isSame = isSameSet(here, hereNow) && isSameMap(away, awayNow);
      here = hereNow;
      away = awayNow;
      if (isSame) return;
      onChange({
        here: [...here].slice(0, mostAway),
        away: [...away].map(([address, sinceMs]) => ({ address, sinceMs })),
      });
    },
    list: (takes) => {
      const nowMs = now();
      return [...away]
        .filter(([address, sinceMs]) => isYoung(sinceMs, nowMs) && takes(address))
        .map(([address, sinceMs]) => ({ address, sinceMs, forMs: Math.max(0, nowMs - sinceMs) }));
    },
    has: (address) => here.has(address) || isYoung(away.get(address) ?? -Infinity, now()),
    restore: (kept) => {
      here = new Set(kept.here);
      away = new Map(kept.away.map(({ address, sinceMs }) => [address, sinceMs]));
    },
  };

  function isYoung(sinceMs: number, nowMs: number): boolean {
    return nowMs - sinceMs <= returnMs;
  }
}

function isSameSet(one: ReadonlySet<IpAddress>, other: ReadonlySet<IpAddress>): boolean {
  return one.size === other.size && [...one].every((each) => other.has(each));
}

function isSameMap(one: ReadonlyMap<IpAddress, number>, other: ReadonlyMap<IpAddress, number>): boolean {
  return one.size === other.size && [...one].every(([address, sinceMs]) => other.get(address) === sinceMs);
}
