import { closedTurn, type InterlockState } from '@meshrs/contract';
import { careForTurn, describeTurn, type CopyAnswer } from '@meshrs/gate';
import { createPause, hasAborted } from '../async/pause.ts';
import { AgentFailure, describeFailure } from '../failure.ts';
import type { Log } from '../log/log.ts';
import { afterClosingMs } from './after-closing.ts';
import { readHoldOrNot, type BudgetObject } from './budget-object.ts';
import type { SeenTurn, TurnObject } from './turn-object.ts';
import { interlockOf, type TurnWatch } from './turn-watch.ts';

export interface TurnCareOptions {
  readonly object: TurnObject;
  /** Undefined: nobody said which. */
  readonly budget: BudgetObject | undefined;
  /** What the API server says to a dry run that its policies refuse. @throws AgentFailure where `signal` ends it */
  readonly probe: (signal: AbortSignal) => Promise<CopyAnswer>;
  readonly onSeen: TurnWatch['see'];
  readonly log: Log;
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** Left out: as below. */
  readonly times?: { readonly everyMs: number; readonly spreadMs: number; readonly settleMs: number };
}

/**
 * One agent of each fleet looks every moment, and 500 of them ask eight times a second together. When a turn is over, the
 * first of them closes it, and those whose moment comes later find it closed.
 */
export const turnCareTimes = { everyMs: 60_000, spreadMs: 10_000, settleMs: afterClosingMs } as const;

/**
 * Looks after the turn of the fleet for as long as the agent runs: closes it when its time is over, whoever opened it, and
 * never opens one. What the API says of a turn changes nothing else of the agent.
 */
export function startTurnCare(options: TurnCareOptions): void {
  const { object, budget, probe, onSeen, log, random, signal, times = turnCareTimes } = options;
  let told = '';
  let toldOfBudget = '';
  let interlock: InterlockState | undefined;
  void run();

  async function run(): Promise<void> {
    // At the start of a fleet not all at once.
    let waitMs = times.spreadMs * random();
    while (!signal.aborted) {
      await createPause().wait(waitMs, signal);
      if (hasAborted(signal)) return;
      waitMs = await look();
    }
  }

  /** How long until the next look. */
  async function look(): Promise<number> {
    const laterMs = times.everyMs * (0.5 + random());
    try {
      const seen = await object.read(signal);
      onSeen({ turn: seen.turn, interlock: await lookAtInterlock(seen), msLeft: msLeft(seen) });
      tell(seen.turn.state === 'unknown' ? seen.turn.why : '');
      const care = careForTurn(seen.turn, msLeft(seen), { ...times, random: random() });
      if (care.kind === 'wait') {
        if (seen.turn.state === 'closed') await releaseLeftOver();
        return care.milliseconds;
      }
      const why = `its time is over since ${String(Math.round(care.overdueMs / 1000))} s; ${care.by} had opened it for ${care.open}`;
      // Nothing of the budget keeps a side open beyond its time.
      const hold = budget && (await readHoldOrNot(budget, signal, tellBudget));
      const written = await object.write(seen, closedTurn(await object.ownName(signal), why.slice(0, 400)), signal);
      // Somebody else was quicker, or opened another: it is looked at again.
      if (!written) return laterMs;
      log.warn('turn-closed', { was: describeTurn(seen.turn), why });
      if (hold) {
        await createPause().wait(times.settleMs, signal);
        await withBudget(() => budget.release(hold, signal));
      }
      return laterMs;
    } catch (thrown) {
      if (hasAborted(signal)) return laterMs;
      if (!(thrown instanceof AgentFailure)) throw thrown;
      onSeen({ turn: { state: 'unknown', why: thrown.message }, interlock: 'unknown', msLeft: undefined });
      tell(thrown.message, thrown);
      return laterMs;
    }
  }

  async function releaseLeftOver(): Promise<void> {
    if (await withBudget(() => budget?.releaseLeftOver(signal))) log.warn('budget-released');
  }

  /** What fails is tried again when the budget has been held for longer than any gate looks; of the turn it says nothing. */
  async function withBudget<T>(work: () => Promise<T> | undefined): Promise<T | undefined> {
    try {
      const done = await work();
      toldOfBudget = '';
      return done;
    } catch (thrown) {
      if (!(thrown instanceof AgentFailure)) throw thrown;
      tellBudget(thrown);
      return undefined;
    }
  }

  function tellBudget(failure: AgentFailure): void {
    if (hasAborted(signal) || failure.message === toldOfBudget) return;
    toldOfBudget = failure.message;
    log.warn('budget-not-known', { failure: describeFailure(failure) });
  }

  /** Anybody who may may take a binding away, and no policy hinders it: that nothing keeps the sides apart has to be seen. */
  async function lookAtInterlock({ resourceVersion }: SeenTurn): Promise<InterlockState> {
    const now = resourceVersion === undefined ? 'unknown' : interlockOf(await probe(signal));
    if (now === 'absent' && interlock !== 'absent') log.error('interlock-absent');
    if (now === 'enforced' && interlock === 'absent') log.info('interlock-enforced');
    if (now !== 'unknown') interlock = now;
    return now;
  }

  /** Once for each reason: it is looked at for years. */
  function tell(why: string, thrown?: AgentFailure): void {
    if (why === told) return;
    told = why;
    if (why !== '') log.warn('turn-not-known', { why, ...(thrown && { failure: describeFailure(thrown) }) });
  }
}

/** By the clock of the API server alone. */
function msLeft({ turn, dateMs }: SeenTurn): number | undefined {
  if (turn.state !== 'open' || dateMs === undefined) return undefined;
  const left = Date.parse(turn.until) - dateMs;
  return Number.isNaN(left) ? undefined : left;
}
