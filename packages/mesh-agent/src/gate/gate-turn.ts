import { closedTurn, turnBounds, type TurnSpec, type TurnState } from '@meshrs/contract';
import { describeTurn, decideCopies } from '@meshrs/gate';
import type { Clock } from '../async/clock.ts';
import { createPause, hasAborted } from '../async/pause.ts';
import { AgentFailure, describeFailure } from '../failure.ts';
import type { Log } from '../log/log.ts';
import type { ApiServers } from '../turn/api-servers.ts';
import type { BudgetHold, BudgetObject, HeldOrNot } from '../turn/budget-object.ts';
import type { SeenTurn, TurnObject } from '../turn/turn-object.ts';

/** What a gate does with the turn of its fleet: closed while it looks, and open for its side when it has passed. */
export interface GateTurn {
  /**
   * What is still lacking until nothing is open and every API server goes by that; empty: nothing. Where it takes over, it
   * closes whatever is open when it begins, and what it opened itself; what another opens later it waits for.
   * @throws AgentFailure
   */
  close(signal: AbortSignal): Promise<readonly string[]>;
  /** The version by which every API server went when `close` last looked: another one was written in between. */
  closedAs(): string | undefined;
  /** Opens it for the gate's side, where it is still closed as `close` saw it. @throws AgentFailure */
  open(wanted: WantedTurn, signal: AbortSignal): Promise<OpeningTurn>;
  /**
   * Closes what this gate opened, and lets evictions go on; `why` is left out where the gate has not passed. What it could
   * not do is told, and never thrown: the agents do it, when its time is over.
   */
  giveUp(why?: string): Promise<GivenUp>;
}

export type GivenUp =
  /** `closed`: by this call; otherwise it was not open by this gate any more. */
  { readonly kind: 'done'; readonly closed: boolean } | { readonly kind: 'failed'; readonly failure: unknown };

export interface WantedTurn {
  readonly side: string;
  readonly revision: string | undefined;
  /** Of the side, where they are known: by these alone policies know its pods of a DaemonSet. */
  readonly nodes?: readonly string[];
  /** In words, for people. */
  readonly reason: string;
  /** Whether what the gate has seen of clients is young enough to write the turn by it, now. */
  readonly isFresh: () => boolean;
}

export type OpeningTurn =
  | { readonly kind: 'open'; readonly until: string }
  /** It is written, and not every API server has it yet. */
  | { readonly kind: 'spreading'; readonly until: string; readonly obstacles: readonly string[] }
  /** Somebody else wrote it meanwhile: what the gate has seen does not count any more. */
  | { readonly kind: 'lost'; readonly obstacles: readonly string[] };

export interface GateTurnOptions {
  readonly object: TurnObject;
  readonly servers: ApiServers;
  readonly budget: BudgetObject;
  readonly next: string;
  readonly openSeconds: number;
  /**
   * Whether it closes what others have opened before it begins. A sync does, which comes once for each commit; a person
   * does not, unless he says so.
   */
  readonly takesOver: boolean;
  /** Whether it opens nothing while evictions are not held back; a person in an emergency does. */
  readonly mustHold: boolean;
  /** Whether others have its name, too, as administrators by one certificate do. */
  readonly sharesName: boolean;
  /**
   * How long one that ends tries to close what it opened, after which the agents do, when its time is over. Left out: 5 s, for a pod that is
   * ended; a person may wait longer.
   */
  readonly giveUpMs?: number;
  /** For whom it looks and opens: "the gate before side b". */
  readonly who: string;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly log: TurnLog;
}

/** The part of the log that is told of a turn. */
export type TurnLog = Pick<Log, 'info' | 'warn' | 'error'>;

/** A copy follows within 0.3 s: for so long a pass waits for it, and this often it asks. */
const spreadMs = 1000;
const askAgainMs = 100;
const usualGiveUpMs = 5000;
/** What is answered so was not written; by any other answer it may have been. */
const refusals: ReadonlySet<string> = new Set(['api-unauthorized', 'api-forbidden', 'api-not-found']);

export function createGateTurn(options: GateTurnOptions): GateTurn {
  const { object, openSeconds, takesOver, giveUpMs = usualGiveUpMs, who, log } = options;
  const budget = createHeldBudget(options);
  const { spread, everywhere } = createSpread(options);
  const own = createOwnOpening(options);
  let hasClosed = false;
  let opened: { readonly seen: SeenTurn; readonly until: string } | undefined;

  return { close, closedAs: everywhere, open, giveUp };

  async function close(signal: AbortSignal): Promise<readonly string[]> {
    const seen = await object.read(signal);
    if (seen.resourceVersion === undefined) return [`the turn of the fleet: it is ${describeTurn(seen.turn)}`];
    if (seen.turn.state === 'closed') return await whenClosed(seen, signal);
    const name = await object.ownName(signal);
    const mayClose = (takesOver && !hasClosed) || own.isOpenIn(seen.turn, name);
    if (!mayClose) return [`the end of a turn: it is ${describeTurn(seen.turn)}`];
    log.info('turn-closing', { was: describeTurn(seen.turn) });
    const closed = await object.write(seen, closedTurn(name, `${who} looks at its clients`), signal);
    if (!closed) return ['a turn that nobody else writes at the same moment'];
    return await whenClosed(closed, signal);
  }

  async function whenClosed(seen: SeenTurn, signal: AbortSignal): Promise<readonly string[]> {
    hasClosed = true;
    opened = undefined;
    const obstacles = budget.isSettled() ? [] : await budget.hold(signal);
    return obstacles.length > 0 ? obstacles : await spread(seen, signal);
  }

  async function open(wanted: WantedTurn, signal: AbortSignal): Promise<OpeningTurn> {
    if (!opened) {
      const seen = await object.read(signal);
      if (seen.turn.state !== 'closed' || seen.resourceVersion !== everywhere()) return lost(seen.turn);
      // Once more: a sync may have written what Git says, or an agent what it found.
      const obstacles = await budget.holdOn(signal);
      if (obstacles.length > 0) return { kind: 'lost', obstacles };
      const until = endOf(seen, openSeconds);
      const by = await object.ownName(signal);
      if (!wanted.isFresh())
        return { kind: 'lost', obstacles: ['a look at the clients that is not too old when the turn is written'] };
      const answer = await own.open(seen, specOf(wanted, until, by), signal);
      if (!answer) return lost(undefined);
      opened = { seen: answer, until };
      const { side, revision } = wanted;
      log.info('turn-open', { side, until, ...(revision !== undefined && { revision }) });
    }
    const { until, seen } = opened;
    const now = await object.read(signal);
    if (now.resourceVersion !== seen.resourceVersion) return lost(now.turn);
    const obstacles = await spread(seen, signal);
    return obstacles.length === 0 ? { kind: 'open', until } : { kind: 'spreading', until, obstacles };
  }

  function lost(turn: TurnState | undefined): OpeningTurn {
    opened = undefined;
    // Whoever wrote it may have given the budget back.
    budget.unsettle();
    const now = turn === undefined ? 'just been written by somebody else' : `become ${describeTurn(turn)}`;
    return { kind: 'lost', obstacles: [`a turn that stays as the gate wrote it: it has ${now}`] };
  }

  async function giveUp(why = `${who} did not pass`): Promise<GivenUp> {
    const signal = AbortSignal.timeout(giveUpMs);
    try {
      const after = await own.close(why, signal);
      // Whoever has opened it since, or is about to, holds the budget, too.
      if (after !== 'open-by-another') await budget.release(signal);
      return { kind: 'done', closed: after === 'closed-by-this' };
    } catch (thrown) {
      // The agents do, when its time is over.
      log.error('turn-not-closed', { failure: describeFailure(thrown) });
      return { kind: 'failed', failure: thrown };
    }
  }
}

/** What a gate has opened itself. */
function createOwnOpening(options: Pick<GateTurnOptions, 'object' | 'next' | 'sharesName' | 'log'>) {
  const { object, log } = options;
  /** What this one has written, or tried to: whether it came to be, an answer may not have told. */
  let written: TurnSpec | undefined;
  /** An answer to that has not come: it may come to be later. */
  let isUnanswered = false;

  return { open, close, isOpenIn };

  function isOpenIn(turn: TurnState, name: string): boolean {
    return isOwn(turn, name, { ...options, written });
  }

  async function open(seen: SeenTurn, spec: TurnSpec, signal: AbortSignal): Promise<SeenTurn | undefined> {
    written = spec;
    isUnanswered = true;
    try {
      const answer = await object.write(seen, spec, signal);
      isUnanswered = false;
      return answer;
    } catch (thrown) {
      isUnanswered = !(thrown instanceof AgentFailure && refusals.has(thrown.code));
      throw thrown;
    }
  }

  async function close(why: string, signal: AbortSignal): Promise<'closed-by-this' | 'not-open' | 'open-by-another'> {
    for (;;) {
      const [seen, name] = [await object.read(signal), await object.ownName(signal)];
      if (seen.turn.state === 'closed' && written && isUnanswered) {
        // Written anew, so that the other one meets another version and is refused.
        const reason = `${why}; no answer has come to its opening until ${written.until ?? ''}`;
        if (!(await object.write(seen, closedTurn(name, reason), signal))) continue;
        isUnanswered = false;
      }
      if (seen.turn.state !== 'open') return 'not-open';
      if (written === undefined || !isOpenIn(seen.turn, name)) return 'open-by-another';
      if (!(await object.write(seen, closedTurn(name, why), signal))) continue;
      log.info('turn-closed', { was: describeTurn(seen.turn) });
      return 'closed-by-this';
    }
  }
}

function specOf({ side, revision, nodes, reason }: WantedTurn, until: string, by: string): TurnSpec {
  return {
    ...{ open: side, until, by, reason: reason.slice(0, turnBounds.reason) },
    ...(revision !== undefined && { revision }),
    ...(nodes !== undefined && nodes.length > 0 && { nodes }),
  };
}

/** A gate closes what one before it has left; a person only what he wrote himself. */
function isOwn(
  turn: TurnState,
  own: string,
  {
    next,
    sharesName,
    written,
  }: Pick<GateTurnOptions, 'next' | 'sharesName'> & { readonly written: TurnSpec | undefined },
): boolean {
  if (turn.state !== 'open' || turn.open !== next || turn.by !== own) return false;
  return !sharesName || (turn.until === written?.until && turn.reason === written.reason);
}

/** The budget as this gate holds it. */
function createHeldBudget({ budget, mustHold, log }: Pick<GateTurnOptions, 'budget' | 'mustHold' | 'log'>) {
  let isSettled = false;
  let held: BudgetHold | undefined;

  return {
    isSettled: () => isSettled,
    /** What this gate has seen counts no more: the next look begins by holding it. */
    unsettle: (): void => {
      isSettled = false;
    },
    /** What is lacking until no eviction passes. @throws AgentFailure */
    hold: async (signal: AbortSignal): Promise<readonly string[]> => (await hold(signal)).obstacles,
    /**
     * The same, where it is held as this gate held it last: given back meanwhile, even if another gate holds it since, who has
     * looked may not have seen whom that let go.
     */
    holdOn: async (signal: AbortSignal): Promise<readonly string[]> => {
      const own = held;
      const { obstacles, before } = await hold(signal);
      const isGap = own !== undefined && before?.at !== own.at;
      return obstacles.length === 0 && mustHold && isGap ? [gap] : obstacles;
    },
    /** Where this gate has held it last. @throws AgentFailure */
    release: async (signal: AbortSignal): Promise<void> => {
      if (held) await budget.release(held, signal);
    },
  };

  async function hold(
    signal: AbortSignal,
  ): Promise<{ readonly obstacles: readonly string[]; readonly before: BudgetHold | undefined }> {
    const outcome = await budget.hold(signal);
    const { hold: now, before } = outcome.kind === 'held' ? outcome : { hold: undefined, before: undefined };
    held = now;
    isSettled = held !== undefined || !mustHold;
    if (outcome.kind === 'held') return { obstacles: [], before };
    if (mustHold) return { obstacles: [describeNotHeld(outcome)], before };
    log.warn('budget-not-held', { budget: outcome.kind });
    return { obstacles: [], before };
  }
}

/** Somebody gave it back: an agent, another gate's end, or a sync. */
const gap = 'a look during which nobody could be evicted: the disruption budget was given back meanwhile';

/** A drain could take a pod of another side while this one is open. */
function describeNotHeld(outcome: Exclude<HeldOrNot, { kind: 'held' }>): string {
  const again = 'A sync of the whole Application writes it as it is committed.';
  if (outcome.kind === 'absent')
    return `the disruption budget of the fleet, without which a drain takes pods of any side. ${again}`;
  return `the disruption budget as the topology has it: it allows ${outcome.allows}, and not ${outcome.wanted}, so that a drain could take pods of another side. ${again}`;
}

/** Waits until every API server goes by a version of the turn. */
function createSpread({ object, servers, clock, log }: GateTurnOptions) {
  /** Since when the turn is in store as it is, as far as this gate has seen. */
  let stored: { readonly resourceVersion: string; readonly atMs: number } | undefined;
  /** The version that every API server had. */
  let everywhere: string | undefined;

  return {
    everywhere: () => everywhere,
    /** What is lacking until every one goes by what was seen in store. @throws AgentFailure */
    spread: async ({ resourceVersion }: SeenTurn, signal: AbortSignal): Promise<readonly string[]> => {
      if (resourceVersion === undefined) return ['a turn that is in store'];
      if (everywhere === resourceVersion) return [];
      if (stored?.resourceVersion !== resourceVersion) stored = { resourceVersion, atMs: clock.monotonicMs() };
      const startedAtMs = clock.monotonicMs();
      for (;;) {
        const asked = await servers.askAll(object.name, signal);
        const msSinceStored = clock.monotonicMs() - stored.atMs;
        const verdict = decideCopies({ ...asked, resourceVersion, msSinceStored });
        if (verdict.kind === 'everywhere') {
          everywhere = resourceVersion;
          for (const note of verdict.notes) log.warn('turn-not-asked', { note });
          return [];
        }
        if (clock.monotonicMs() - startedAtMs >= spreadMs || hasAborted(signal)) return verdict.obstacles;
        await createPause().wait(askAgainMs, signal);
      }
    },
  };
}

/** By the clock of the API server, which is the one that says whether it is over. */
function endOf({ dateMs }: SeenTurn, openSeconds: number): string {
  if (dateMs !== undefined) return new Date(dateMs + openSeconds * 1000).toISOString();
  throw new AgentFailure('The Kubernetes API does not say what time it is, so that no turn can be given an end.', {
    ...{ code: 'api-answer-not-understood', operation: 'open a turn', retryable: true },
  });
}
