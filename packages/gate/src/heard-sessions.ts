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
  /** How many messages each had received when the listening began; `notTold`. */
  readonly messages: Uint32Array;
}

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
}

/**
 * Listens once more to the sessions of a route server.
 * @param before what was heard since the same beginning (`forgetHeard`)
 * @param find the same session in the look before; undefined where there was none
 */
export function listen(
  { clients: columns, unchangedSeconds, ageMs }: Pick<ClientsRead, 'clients' | 'unchangedSeconds' | 'ageMs'>,
  { sinceChange: seconds, listened = Infinity }: ListeningTimes,
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
  if (Math.min(effective, listened) > longestHoldSeconds) {
    return { isHeard: () => true, remembered: undefined, isWaiting: false };
  }
  const youngSeconds = Math.min(effective, listened + recentSeconds);
  // Less time than in the look before: another change, after which nothing was heard yet.
  const known = before && before.seconds <= seconds ? before : undefined;
  const states = new Uint8Array(columns.count);
  const messages = new Uint32Array(columns.count);
  let isWaiting = false;
  for (let index = 0; index < columns.count; index++) {
    if (((columns.states[index] ?? 0) & sessionBits.established) === 0) continue;
    const told = columns.uptimes[index] ?? notTold;
    const uptime = told === notTold ? 0 : told + unchangedSeconds;
    const now = columns.messages[index] ?? notTold;
    const then = known && find(index);
    const isSame = then !== undefined && uptime >= then.uptimeSeconds;
    const stateThen = isSame ? (known?.states[then.index] ?? unheardOf) : unheardOf;
    // What was counted some time ago may have been counted before the change, or before anybody listened.
    const canCount = unchangedSeconds === 0 && ageMs / 1000 <= listened;
    const first =
      stateThen === unheardOf ? (canCount ? now : notTold) : (known?.messages[then?.index ?? -1] ?? notTold);
    const hasMore = first !== notTold && now !== notTold && now > first;
    // Young or not it was in its first look: what is told is whole seconds, and as old as the other's own look. What is not told is not young.
    const isYoung = stateThen === unheardOf && told !== notTold && uptime + ageMs / 1000 < youngSeconds;
    const isHeard = stateThen === heard || hasMore || isYoung;
    states[index] = isHeard ? heard : stateThen === unheardOf && !canCount ? unheardOf : silent;
    messages[index] = first;
    isWaiting ||= !isHeard;
  }
  return { isHeard: (index) => states[index] === heard, remembered: { seconds, states, messages }, isWaiting };
}
