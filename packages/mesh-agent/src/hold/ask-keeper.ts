import type { Drain, TakenClients } from '../drain/drain-machine.ts';
import type { DrainRefusal } from '../drain/refusal.ts';
import type { Log } from '../log/log.ts';
import { answerAsk, refusalOf, takenBy } from './answer-ask.ts';
import type { LookAtOthers } from './look-at-others.ts';

export interface AskOptions {
  readonly drain: () => Drain;
  /** How long after a drain by hand was asked for everybody has seen what it changes about readiness. */
  readonly seenMs: () => number;
  readonly acceptDrain: (takes: TakenClients | undefined) => void;
  readonly refuseDrain: () => void;
  readonly log: Log;
}

/** Decides about a drain by hand that was asked for, by looks at the other route servers. */
export interface AskKeeper {
  /** Another question: what was seen before does not count. */
  readonly begin: () => void;
  readonly conclude: (look: LookAtOthers, beganMs: number) => void;
  /** Of any look while a drain is on its way: why it does not go on is told by the last one. */
  readonly seen: (look: LookAtOthers) => void;
  readonly refusal: () => DrainRefusal;
}

export function createAskKeeper({ drain, seenMs, acceptDrain, refuseDrain, log }: AskOptions): AskKeeper {
  let before: LookAtOthers | undefined;
  let last: LookAtOthers | undefined;

  return {
    begin: () => {
      before = undefined;
      last = undefined;
    },
    seen: (look) => {
      last = look;
    },
    conclude: (look, beganMs) => {
      const asked = drain();
      if (asked.phase !== 'asked') return;
      const { request } = asked;
      const isSeen = !request.isUnreadyAtOnce || beganMs >= request.atMs + seenMs();
      const answer = answerAsk({ look, before, isForced: request.forced === true, isSeen });
      before = look;
      if (answer === 'refuse') refuseDrain();
      if (answer !== 'accept') return;
      const takes = takenBy(look);
      if (takes) log.warn('drain-takes', { requestedBy: request.by, ...takes });
      acceptDrain(takes);
    },
    refusal: () => refusalOf(last),
  };
}
