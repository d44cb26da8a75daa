import type { InterlockState, TurnState, TurnStatus } from '@meshrs/contract';
import type { CopyAnswer } from '@meshrs/gate';
import type { Clock } from '../async/clock.ts';

/** What an agent has seen of the turn last, for who asks the agent. */
export interface TurnSight {
  readonly turn: TurnState;
  readonly interlock: InterlockState;
  /** Until its end, when it was seen; undefined where it is not open, or the API server did not tell its time. */
  readonly msLeft: number | undefined;
  /** Of the clock that never steps. */
  readonly atMs: number;
}

export interface TurnWatch {
  readonly see: (sight: Omit<TurnSight, 'atMs'>) => void;
  /** Undefined before the first look. */
  readonly last: () => TurnSight | undefined;
}

export function createTurnWatch(clock: Pick<Clock, 'monotonicMs'>): TurnWatch {
  let last: TurnSight | undefined;
  return {
    see: (sight) => {
      last = { ...sight, atMs: clock.monotonicMs() };
    },
    last: () => last,
  };
}

/** What a refused dry run says of the interlock, and what one that passes. */
export function interlockOf({ kind }: CopyAnswer): InterlockState {
  if (kind === 'holds') return 'enforced';
  return kind === 'unguarded' ? 'absent' : 'unknown';
}

export function turnStatus({ turn, interlock, msLeft, atMs }: TurnSight, clock: Clock): TurnStatus {
  const read = { readAt: new Date(clock.wallMs(atMs)).toISOString(), interlock };
  switch (turn.state) {
    case 'unknown':
      return { state: 'unreadable', ...read, why: turn.why };
    case 'closed': {
      const { state, by, reason } = turn;
      return { state, ...read, ...(by !== undefined && { by }), ...(reason !== undefined && { reason }) };
    }
    case 'open': {
      const { state, open, by, reason, until } = turn;
      const overdueMs = msLeft === undefined ? undefined : clock.monotonicMs() - atMs - msLeft;
      return {
        ...{ state, ...read, open, by, reason, until },
        ...(overdueMs !== undefined && { overdueSeconds: Math.max(0, Math.floor(overdueMs / 1000)) }),
      };
    }
  }
}
