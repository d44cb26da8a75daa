import type { OpenTurn, TurnState } from '@meshrs/contract';
import type { GatePlace } from '../gate-words.ts';

/** What a turn says, in words: "open for side b, by …, until …". */
export function describeTurn(turn: TurnState): string {
  switch (turn.state) {
    case 'closed':
      return 'closed';
    case 'open':
      return describeOpenTurn(turn);
    case 'unknown':
      return `not known (${turn.why})`;
  }
}

export function describeOpenTurn({ open, by, until, reason }: OpenTurn): string {
  return `open for side ${open}, by ${by} until ${until}: ${reason}`;
}

/** When the time of a gate was over while its turn was not as it wanted it. */
export function describeTurnRefusal(obstacles: readonly string[], place: GatePlace, waitedSeconds: number): string {
  return [
    `Gate timed out after ${String(waitedSeconds)} s; side ${place.next} was not changed: the gate waited for ${obstacles.join('; ')}.`,
    "Look at the interlock's Application and at the turn (kubectl get turns); then sync again.",
  ].join(' ');
}

/** What the turn is when a gate has passed. */
export function describeTurnAfter(
  after: { readonly turn: 'none' | 'stays-closed' } | { readonly turn: 'opened'; readonly until: string },
): readonly string[] {
  switch (after.turn) {
    case 'none':
      return [];
    case 'opened':
      return [`Its turn is open until ${after.until}.`];
    case 'stays-closed':
      return [
        'Its turn stays closed, since its clients are not known to be kept elsewhere: what somebody changed of it by hand is put back by a later sync.',
      ];
  }
}
