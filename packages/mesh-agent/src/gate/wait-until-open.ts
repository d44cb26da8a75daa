import { isElsewhere } from '@meshrs/contract';
import {
  confirmOpening,
  describeFleetPassed,
  describeNobodysPods,
  describeOpening,
  describeRefusal,
  describeTurnAfter,
  describeTurnRefusal,
  describeUnconfirmed,
  describeWarnings,
  untilNextLookMs,
  type Confirmation,
  type GatePlace,
  type GateVerdict,
  type OpeningLook,
} from '@meshrs/gate';
import { hasAborted } from '../async/pause.ts';
import { AgentFailure } from '../failure.ts';
import type { ParsedGateIntent } from './arguments.ts';
import { createGateLooks, type LookingFrom } from './gate-looks.ts';
import type { GateTurn, TurnLog, WantedTurn } from './gate-turn.ts';
import type { Look } from './look.ts';
import { lookAgain, obstaclesOf } from './look-again.ts';
import { openTurn, pollMs, type LaterLook, type TurnOfOpening } from './open-turn.ts';

export interface Watching extends LookingFrom {
  /** Undefined: nothing but the order of a sync keeps the sides apart. */
  readonly turn: GateTurn | undefined;
  /** What the turn says beside the side; left out: what the gate has seen. */
  readonly says?: Partial<Pick<WantedTurn, 'reason' | 'nodes'>>;
  /**
   * For how long it asks of a side of which no object changes what it asks of one that does, since something else of it is to
   * change in its turn; left out: such a side is passed at once.
   */
  readonly insistsSeconds?: number;
  readonly log: TurnLog;
  readonly stopSignal: Promise<void>;
}

/** The gate opens. `until`: of the turn, where it was opened. */
export interface GateOpened {
  readonly kind: 'open';
  readonly message: string;
  readonly until?: string;
  /** Looks once more whether the side may be disturbed still, until the signal ends. */
  readonly again: (signal: AbortSignal) => Promise<LaterLook>;
}

export type Outcome =
  | GateOpened
  /** `obstacles`: what the last look waited for. */
  | { readonly kind: 'refused'; readonly message: string; readonly obstacles: readonly string[] };

/**
 * Closes the turn, looks again and again, and opens it, until two looks open the gate, the time is over, or the process is
 * asked to end.
 *
 * Long: what one look leaves for the next stands in one place.
 */
export async function waitUntilOpen(intent: ParsedGateIntent, watching: Watching): Promise<Outcome> {
  const { turn, says, log, timing, insistsSeconds = 0 } = watching;
  const { next, timeoutSeconds, revision } = intent;
  const { clock } = timing;
  const place = placeOf(intent);
  const again = { place, timing };
  const { stop, ending } = endOf(watching.stopSignal, timing.deadline(timeoutSeconds * 1000));
  const startedAtMs = clock.monotonicMs();
  const looks = createGateLooks(intent, watching);
  const { tell, last } = tellChanges(log);
  let first: OpeningLook | undefined;
  let closedAs: string | undefined;
  let refusal = `Gate timed out after ${String(timeoutSeconds)} s; side ${next} was not changed: nothing was seen of the cluster.`;
  while (!ending.aborted) {
    try {
      const unclosed = (await turn?.close(ending)) ?? [];
      if (unclosed.length > 0 || turn?.closedAs() !== closedAs) first = undefined;
      closedAs = turn?.closedAs();
      if (unclosed.length > 0) {
        tell(unclosed, []);
        refusal = describeTurnRefusal(unclosed, place, timeoutSeconds);
      } else {
        const beganMs = clock.monotonicMs();
        const insists = beganMs - startedAtMs < insistsSeconds * 1000;
        const { verdict, view, seen } = await looks.look(insists ? undefined : revision, closedAs ?? '', ending);
        if (hasAborted(ending)) break;
        const atMs = clock.monotonicMs();
        const confirmation = confirmOpening(first, { atMs, verdict, view, afterMs: timing.confirmAfterMs });
        const warnings = warningsOf(verdict, seen, place);
        if (confirmation.kind === 'open' && verdict.kind === 'open') {
          const seconds = (atMs - startedAtMs) / 1000;
          const message = describeOpening(verdict, place, seconds);
          const opening = await openTurn(
            turn,
            verdict,
            { side: next, revision, reason: message, ...says },
            {
              ...{ tell, ending, timing, lookedAtMs: atMs, lookTookMs: atMs - beganMs },
              again: (signal) => lookAgain(looks, { ...again, signal, isPatient: false }),
            },
          );
          if (opening.kind === 'open') {
            return {
              ...tellOpen(verdict, opening, { log, seconds, message, warnings }),
              again: (signal) => lookAgain(looks, { ...again, signal, isPatient: true }),
            };
          }
          first = undefined;
          tell(opening.obstacles, warnings);
          refusal = describeTurnRefusal(opening.obstacles, place, timeoutSeconds);
        } else {
          first = confirmation.kind === 'open' ? undefined : confirmation.first;
          tell(obstaclesOf(verdict, confirmation, place), warnings);
          refusal = refusalOf(verdict, confirmation, { place, timeoutSeconds });
        }
      }
    } catch (thrown) {
      if (hasAborted(ending)) break;
      if (!(thrown instanceof AgentFailure)) throw thrown;
      // The API may be away for a moment, or the Role on its way; without a look nothing opens, and none is confirmed.
      first = undefined;
      tell([thrown.message], []);
      refusal = `Gate timed out after ${String(timeoutSeconds)} s; side ${next} was not changed: ${thrown.message}`;
    }
    const atMs = clock.monotonicMs();
    await timing.wait(untilNextLookMs(first, { atMs, afterMs: timing.confirmAfterMs, pollMs }), ending);
  }
  return stop.aborted
    ? {
        kind: 'refused',
        message: `Side ${next} was not changed: the gate was asked to end before it opened; sync again when you like.`,
        obstacles: last(),
      }
    : { kind: 'refused', message: refusal, obstacles: last() };
}

/** `stop`: the process is asked to end; `ending`: that, or the time is over. */
function endOf(stopSignal: Promise<void>, deadline: AbortSignal) {
  const stop = new AbortController();
  void stopSignal.then(() => {
    stop.abort();
  });
  return { stop: stop.signal, ending: AbortSignal.any([stop.signal, deadline]) };
}

function placeOf({ next, sides }: ParsedGateIntent): GatePlace {
  return {
    next,
    others: sides
      .filter(({ name }) => name !== next)
      .map((side) => ({ name: side.name, statefulSets: isElsewhere(side) ? [] : side.statefulSets })),
  };
}

function warningsOf(verdict: GateVerdict, { nobodys }: Look, place: GatePlace): readonly string[] {
  return [
    ...describeNobodysPods(nobodys),
    ...('fleetPassed' in verdict ? describeFleetPassed(verdict.fleetPassed ?? [], place) : []),
    ...('comparison' in verdict ? describeWarnings(verdict.comparison, place) : []),
  ];
}

function refusalOf(
  verdict: GateVerdict,
  confirmation: Confirmation,
  { place, timeoutSeconds }: { readonly place: GatePlace; readonly timeoutSeconds: number },
): string {
  if (verdict.kind === 'shut') return describeRefusal(verdict, place, timeoutSeconds);
  return describeUnconfirmed(confirmation, place, timeoutSeconds);
}

type Tell = (obstacles: readonly string[], warnings: readonly string[]) => void;

/** One line when what is waited for changes, and one for each warning. */
function tellChanges(log: TurnLog): { readonly tell: Tell; readonly last: () => readonly string[] } {
  let last: readonly string[] = [];
  const told = new Set<string>();
  return {
    last: () => last,
    tell: (obstacles, warnings) => {
      if (obstacles.join('\n') !== last.join('\n')) log.info('gate-waiting', { obstacles });
      last = obstacles;
      for (const warning of warnings.filter((each) => !told.has(each))) {
        told.add(warning);
        log.warn('gate-warning', { warning });
      }
    },
  };
}

function tellOpen(
  verdict: Extract<GateVerdict, { kind: 'open' }>,
  opening: Extract<TurnOfOpening, { kind: 'open' }>,
  told: {
    readonly log: TurnLog;
    readonly seconds: number;
    readonly message: string;
    readonly warnings: readonly string[];
  },
): Omit<GateOpened, 'again'> {
  const message = [told.message, ...describeTurnAfter(opening)].join(' ');
  told.log.info('gate-open', {
    why: verdict.why,
    seconds: Number(told.seconds.toFixed(3)),
    ...('comparison' in verdict && { clients: verdict.comparison.clientCount }),
    turn: opening.turn,
    message,
  });
  return {
    ...{ kind: 'open', message: [message, ...told.warnings].join('\n') },
    ...(opening.turn === 'opened' && { until: opening.until }),
  };
}
