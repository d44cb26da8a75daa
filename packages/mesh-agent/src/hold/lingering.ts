import type { HoldPurpose } from '@meshrs/contract';
import { answerMs } from '../engine/consent.ts';

/** From the end of what was decided on, until the engine was looked at again. */
const lookedAtMs = 5000;

/** A wait that has let changes go, as the other sides are told of it until their sessions have ended. */
export interface Lingers {
  readonly id: string;
  readonly for: readonly HoldPurpose[];
  readonly untilMs: number;
}

/** Sessions that are about to end are told as that: whoever counts on them meanwhile ends the other one. */
export interface Lingering {
  /** An `apply` carries out what this wait has let go. */
  readonly decided: (wait: Omit<Lingers, 'untilMs'>) => void;
  /** It has ended, also by a failure. */
  readonly ended: () => void;
  readonly now: () => Lingers | undefined;
}

/** @param now milliseconds of a clock that never steps */
export function createLingering(now: () => number): Lingering {
  let last: Lingers | undefined;
  let isCarriedOut = false;

  return {
    decided: (wait) => {
      // No longer than an `apply` goes by what it was answered; its end says the rest.
      last = { ...wait, untilMs: now() + answerMs + lookedAtMs };
      isCarriedOut = true;
    },
    ended: () => {
      if (last && isCarriedOut) last = { ...last, untilMs: Math.min(last.untilMs, now() + lookedAtMs) };
      isCarriedOut = false;
    },
    now: () => (last && now() < last.untilMs ? last : undefined),
  };
}
