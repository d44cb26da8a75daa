import type { ClientSession } from './route-server-sight.ts';

/**
 * An established session proves nothing about a side that has just been changed: were its VIP withdrawn by that change,
 * its sessions would stay until their hold time. So each must have been heard from after the change took effect.
 */
export const effectSeconds = 10;

/** Longer than any hold time in use (RFC 4271 proposes 90 s, some vendors 180 s): who was silent since then has no session. */
const longestHoldSeconds = 240;

/** What is remembered of each session from look to look. */
export type HeardSessions = ReadonlyMap<string, Heard>;

interface Heard {
  readonly uptimeSeconds: number;
  /** How many messages it had received when the change had taken effect; undefined: not told. */
  readonly messages: number | undefined;
  readonly isHeard: boolean;
}

/**
 * Listens once more to these sessions. `secondsSinceChange` is of the session's side; a side that is not in it has not
 * changed.
 */
export function listen(
  sessions: readonly ClientSession[],
  secondsSinceChange: ReadonlyMap<string, number>,
  before: HeardSessions,
): HeardSessions {
  return new Map(
    sessions.flatMap((session) => {
      const seconds = secondsSinceChange.get(session.side) ?? Infinity;
      const effective = seconds - effectSeconds;
      if (effective < 0) return [];
      const uptimeSeconds = session.uptimeSeconds ?? 0;
      const known = before.get(sessionKey(session));
      const isSame = known !== undefined && uptimeSeconds >= known.uptimeSeconds;
      const messages = isSame ? known.messages : session.receivedMessages;
      const hasMore =
        messages !== undefined && session.receivedMessages !== undefined && session.receivedMessages > messages;
      const isHeard =
        (isSame && known.isHeard) || hasMore || uptimeSeconds < effective || effective > longestHoldSeconds;
      return [[sessionKey(session), { uptimeSeconds, messages, isHeard }] as const];
    }),
  );
}

/** One session of a client with a route server, as long as both live: another pod of that name has other sessions. */
export function sessionKey({ routeServer, identity, address }: ClientSession): string {
  return JSON.stringify([routeServer, identity, address]);
}
