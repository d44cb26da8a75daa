import type { TurnState } from '@meshrs/contract';

/** What an agent does about the turn of its fleet. It only ever closes. */
export type TurnCare =
  /** Closed, or its time is not over yet: look again, after this long at the latest. */
  | { readonly kind: 'wait'; readonly milliseconds: number }
  | { readonly kind: 'close'; readonly open: string; readonly by: string; readonly overdueMs: number };

export interface TurnCareTimes {
  /** Between two looks where nothing is known to end earlier. */
  readonly everyMs: number;
  /** Over how long the agents of a fleet spread what all of them would do at one moment. */
  readonly spreadMs: number;
  /** From 0 to 1, another for each call. */
  readonly random: number;
}

/**
 * Whether the turn is overdue. `msLeft` of an open one is by the API server's clock alone: the date of the answer that told
 * the turn, as `until` was reckoned from an answer. Where it is not known, or the turn cannot be read, nothing is closed:
 * unknown is not overdue.
 */
export function careForTurn(
  turn: TurnState,
  msLeft: number | undefined,
  { everyMs, spreadMs, random }: TurnCareTimes,
): TurnCare {
  // Between a half and one and a half, so that those who began together do not look together for ever.
  const laterMs = Math.round(everyMs * (0.5 + random));
  if (turn.state !== 'open' || msLeft === undefined) return { kind: 'wait', milliseconds: laterMs };
  if (msLeft <= 0) return { kind: 'close', open: turn.open, by: turn.by, overdueMs: 0 - msLeft };
  return { kind: 'wait', milliseconds: Math.min(laterMs, Math.ceil(msLeft + spreadMs * random)) };
}
