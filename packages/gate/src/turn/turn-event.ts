import { turnWords, type TurnSpec, type TurnState } from '@meshrs/contract';
import { describeOpenTurn } from './describe-turn.ts';

/** What a write of a turn leaves in the list of Events, which the cluster keeps for an hour or longer. */
export interface TurnEvent {
  readonly reason: 'TurnOpened' | 'TurnClosed';
  readonly message: string;
}

/** In characters; who shows Events shows them in a line. */
const longestMessage = 1000;

export function turnEvent(was: TurnState, now: TurnSpec): TurnEvent {
  if (now.open !== turnWords.closed) {
    const until = now.until === undefined ? '' : ` until ${now.until}`;
    return {
      reason: 'TurnOpened',
      message: bounded(
        `${sides(now.open)} may change${until}, opened by ${now.by}: ${now.reason ?? 'no reason given'}`,
      ),
    };
  }
  const before = was.state === 'open' ? `; it was ${describeOpenTurn(was)}` : '';
  return {
    reason: 'TurnClosed',
    message: bounded(`No side may change, closed by ${now.by}: ${now.reason ?? 'no reason given'}${before}`),
  };
}

function sides(open: string): string {
  return open === turnWords.all ? 'All sides and what they share' : `Side ${open}`;
}

function bounded(text: string): string {
  return text.length <= longestMessage ? text : `${text.slice(0, longestMessage - 1)}…`;
}
