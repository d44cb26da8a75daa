import { longestHoldSeconds, notTold, sessionBits } from '@meshrs/contract';
import type { ClientsRead } from './route-server-sight.ts';

/**
 * An established session proves nothing about a side whose VIP was withdrawn: its sessions stay until their hold time. Where
 * the side was changed, the change may have withdrawn it; so each session must have been heard from after that took effect.
 * A fault may withdraw any VIP at any moment; so each must have been heard from since somebody began to listen, too.
 */
export const effectSeconds = 10;

/** Whose session came up so short a time before somebody began to listen was heard then: a keepalive is no younger. */
export const recentSeconds = 10;

/** The next look may come so much later. */
const nextLookSeconds = 5;

/** What is remembered from look to look of the sessions of a route server that is listened to, by their columns. */
export interface HeardSessions {
  /** Since the change that they were listened to after. */
  readonly seconds: number;
  /** `unheardOf`, `silent` or `heard`. */
  readonly states: Uint8Array;
  /** How many messages each had received when they were counted last; `notTold`. */
  readonly messages: Uint32Array;
  /** When that was, in seconds since somebody began to listen. */
  readonly countedAt: number;
  /** Of those that were heard: the last message came after this moment, in seconds since somebody began to listen. */
  readonly heardAt: Float32Array;
  /** It may have come as late as this: the reading that was the first to show it, or the session. */
  readonly quietSince: Float32Array;
}

/** An engine that is busy tells uptimes a moment after it was asked. */
const lateSeconds = 2;

/** Its messages were not counted yet. */
const unheardOf = 0;
const silent = 1;
const heard = 2;

export interface HeardNow {
  readonly isHeard: (index: number) => boolean;
  /** Undefined: nothing that counts later. */
  readonly remembered: HeardSessions | undefined;
  /** Some session is established and was not heard from. */
  readonly isWaiting: boolean;
}

/** A session as it was in the look before. */
export interface SessionBefore {
  readonly index: number;
  readonly uptimeSeconds: number;
}

/** Since when messages count, in seconds before this look. */
export interface ListeningTimes {
  /** Since the side was changed; one that has not changed was changed an infinite time ago. */
  readonly sinceChange: number;
  /** Since somebody began to listen; undefined: nobody looks again, and a side that has not changed is accepted as it tells. */
  readonly listened: number | undefined;
  /** For how long a message counts; undefined: as long as somebody listens. */
  readonly heardFor?: number | undefined;
}

/**
 * Listens once more to the sessions of a route server.
 * @param before what was heard since the same beginning (`forgetHeard`)
 * @param find the same session in the look before; undefined where there was none
 */
export function listen(
  { clients: columns, unchangedSeconds, ageMs }: Pick<ClientsRead, 'clients' | 'unchangedSeconds' | 'ageMs'>,
  { sinceChange: seconds, listened = Infinity, heardFor }: ListeningTimes,
  before: HeardSessions | undefined,
  find: (index: number) => SessionBefore | undefined,
): HeardNow {
  const effective = seconds - effectSeconds;
  if (effective < 0) {
    return {
      isHeard: () => false,
      remembered: undefined,
      isWaiting: columns.count > 0 && effective >= -nextLookSeconds,
    };
  }
  const beganAgo = Math.min(effective, listened);
  if (heardFor === undefined && beganAgo > longestHoldSeconds) {
    return { isHeard: () => true, remembered: undefined, isWaiting: false };
  }
  const youngSeconds = Math.min(effective, listened + recentSeconds);
  // Less time than in the look before: another change, after which nothing was heard yet.
  const known = before && before.seconds <= seconds ? before : undefined;
  const states = new Uint8Array(columns.count);
  const messages = new Uint32Array(columns.count);
  const heardAt = new Float32Array(columns.count);
  const quietSince = new Float32Array(columns.count);
  const countedAt = listened - unchangedSeconds - ageMs / 1000;
  let isWaiting = false;
  for (let index = 0; index < columns.count; index++) {
    if (((columns.states[index] ?? 0) & sessionBits.established) === 0) continue;
    const told = columns.uptimes[index] ?? notTold;
    const uptime = told === notTold ? 0 : told + unchangedSeconds;
    const now = columns.messages[index] ?? notTold;
    const then = known && find(index);
    const isSame = then !== undefined && uptime >= then.uptimeSeconds - lateSeconds;
    const stateThen = isSame ? (known?.states[then.index] ?? unheardOf) : unheardOf;
    // What was counted some time ago may have been counted before the change, or before anybody listened.
    const canCount = unchangedSeconds === 0 && ageMs / 1000 <= beganAgo;
    const last = stateThen === unheardOf ? notTold : (known?.messages[then?.index ?? -1] ?? notTold);
    const hasMore = last !== notTold && now !== notTold && now > last;
    // Young or not it was in its first look: what is told is whole seconds, and as old as the other's own look. What is not told is not young.
    const isYoung = stateThen === unheardOf && told !== notTold && uptime + ageMs / 1000 < youngSeconds;
    const wasHeard = stateThen === heard || hasMore || isYoung;
    states[index] = wasHeard ? heard : stateThen === unheardOf && !canCount ? unheardOf : silent;
    messages[index] = stateThen === unheardOf ? (canCount ? now : notTold) : greater(last, now);
    heardAt[index] = hasMore
      ? (known?.countedAt ?? 0)
      : isYoung
        ? listened - uptime
        : (known?.heardAt[then?.index ?? -1] ?? 0);
    const isQuiet = stateThen !== unheardOf && !hasMore;
    quietSince[index] = isQuiet ? (known?.quietSince[then?.index ?? -1] ?? countedAt) : countedAt;
    isWaiting ||= !keeps(index) || isToBeAsked(index);
  }
  return { isHeard: keeps, remembered: { seconds, states, messages, countedAt, heardAt, quietSince }, isWaiting };

  function keeps(index: number): boolean {
    const wasHeard = states[index] === heard;
    if (heardFor === undefined) return wasHeard;
    return (wasHeard && silentFor(index) <= heardFor) || wouldBeGone(index);
  }

  function silentFor(index: number): number {
    return listened - (heardAt[index] ?? 0);
  }

  /** Who was seen to send nothing for longer than any hold time has none. */
  function wouldBeGone(index: number): boolean {
    return beganAgo > longestHoldSeconds && countedAt - (quietSince[index] ?? 0) > longestHoldSeconds;
  }

  /** So early that the next message is counted before the last one does not count any more. */
  function isToBeAsked(index: number): boolean {
    return heardFor !== undefined && silentFor(index) > heardFor / 2 && !wouldBeGone(index);
  }
}

function greater(one: number, other: number): number {
  if (one === notTold) return other;
  return other === notTold ? one : Math.max(one, other);
}
