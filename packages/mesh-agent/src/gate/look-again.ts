import {
  confirmOpening,
  describeNotYet,
  describeObstacles,
  untilNextLookMs,
  type Confirmation,
  type GatePlace,
  type GateVerdict,
  type OpeningLook,
} from '@meshrs/gate';
import { hasAborted } from '../async/pause.ts';
import { AgentFailure } from '../failure.ts';
import type { GateLooks } from './gate-looks.ts';
import type { GateTiming } from './gate-timing.ts';
import { pollMs, type LaterLook } from './open-turn.ts';

export interface LookingAgain {
  readonly place: GatePlace;
  readonly timing: GateTiming;
  /** Whether it tries until the signal ends where clients are not kept; otherwise the first look that says so is its last. */
  readonly isPatient: boolean;
  readonly signal: AbortSignal;
}

/** Two looks more, as before the opening, at a side that is open. */
export async function lookAgain(
  looks: GateLooks,
  { place, timing, isPatient, signal }: LookingAgain,
): Promise<LaterLook> {
  const { clock, confirmAfterMs: afterMs } = timing;
  let first: OpeningLook | undefined;
  let last: LaterLook = { kind: 'not-seen', lacking: ['a look at the clients, which was not done in time'] };
  for (let count = 0; !hasAborted(signal); count++) {
    try {
      // What else of the sides was changed is asked each time: nobody holds it as before an opening.
      const { verdict, view } = await looks.look(undefined, String(count), signal);
      const confirmation = confirmOpening(first, { atMs: clock.monotonicMs(), verdict, view, afterMs });
      if (confirmation.kind === 'open') return { kind: 'kept' };
      // Whom there was no time to ask has not said that he lacks anything.
      if (hasAborted(signal)) break;
      first = confirmation.first;
      last = {
        // One look that was well says that nothing is wrong; there was no time for the other.
        kind: verdict.kind === 'shut' ? 'not-kept' : 'not-seen',
        lacking: obstaclesOf(verdict, confirmation, place),
      };
      if (verdict.kind === 'shut' && !isPatient) return last;
    } catch (thrown) {
      if (!(thrown instanceof AgentFailure)) throw thrown;
      first = undefined;
      if (!hasAborted(signal)) last = { kind: 'not-seen', lacking: [thrown.message] };
    }
    await timing.wait(untilNextLookMs(first, { atMs: clock.monotonicMs(), afterMs, pollMs }), signal);
  }
  return last;
}

/** What a look waits for, in words. */
export function obstaclesOf(verdict: GateVerdict, confirmation: Confirmation, place: GatePlace): readonly string[] {
  if (verdict.kind === 'shut') return describeObstacles(verdict, place);
  return confirmation.kind === 'open' ? [] : [describeNotYet(confirmation.why)];
}
