import { closedTurn, turnBounds, type TurnState } from '@meshrs/contract';
import { describeTurn, decideCopies } from '@meshrs/gate';
import type { Clock } from '../async/clock.ts';
import { createPause, hasAborted } from '../async/pause.ts';
import { AgentFailure, describeFailure } from '../failure.ts';
import type { Log } from '../log/log.ts';
import type { ApiServers } from '../turn/api-servers.ts';
import type { BudgetObject } from '../turn/budget-object.ts';
import type { SeenTurn, TurnObject } from '../turn/turn-object.ts';

/** What a gate does with the turn of its fleet: closed while it looks, and open for its side when it has passed. */
export interface GateTurn {
  /**
   * What is still lacking until nothing is open and every API server goes by that; empty: nothing. It closes whatever is
   * open when the gate begins, and what this gate itself opened; what a person opens later it waits for.
   * @throws AgentFailure
   */
  close(signal: AbortSignal): Promise<readonly string[]>;
  /** The version by which every API server went when `close` last looked: another one was written in between. */
  closedAs(): string | undefined;
  /** Opens it for the gate's side, where it is still closed as `close` saw it. @throws AgentFailure */
  open(wanted: WantedTurn, signal: AbortSignal): Promise<OpeningTurn>;
  /** Closes what this gate opened, and lets evictions go on, for the gate has not passed. */
  giveUp(): Promise<void>;
}

export interface WantedTurn {
  readonly side: string;
  readonly revision: string | undefined;
  /** In words, for people. */
  readonly reason: string;
}

export type OpeningTurn =
  | { readonly kind: 'open'; readonly until: string }
  /** It is written, and not every API server has it yet. */
  | { readonly kind: 'spreading'; readonly obstacles: readonly string[] }
  /** Somebody else wrote it meanwhile: what the gate has seen does not count any more. */
  | { readonly kind: 'lost'; readonly obstacles: readonly string[] };

export interface GateTurnOptions {
  readonly object: TurnObject;
  readonly servers: ApiServers;
  readonly budget: BudgetObject;
  readonly next: string;
  readonly openSeconds: number;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly log: Log;
}

/** A copy follows within 0.3 s: for so long a pass waits for it, and this often it asks. */
const spreadMs = 1000;
const askAgainMs = 100;
/** How long a gate that ends tries to close what it opened; after that the agents do, when its time is over. */
const giveUpMs = 5000;

export function createGateTurn(options: GateTurnOptions): GateTurn {
  const { object, budget, next, openSeconds, log } = options;
  const { spread, everywhere } = createSpread(options);
  let hasClosed = false;
  let isHeld = false;
  let isOpening = false;
  let opened: { readonly seen: SeenTurn; readonly until: string } | undefined;

  return { close, closedAs: everywhere, open, giveUp };

  async function close(signal: AbortSignal): Promise<readonly string[]> {
    const seen = await object.read(signal);
    if (seen.resourceVersion === undefined) return [`the turn of the fleet: it is ${describeTurn(seen.turn)}`];
    if (seen.turn.state === 'closed') return await whenClosed(seen, signal);
    const own = await object.ownName(signal);
    if (hasClosed && !isOwn(seen.turn, own)) return [`the end of a turn: it is ${describeTurn(seen.turn)}`];
    log.info('turn-closing', { was: describeTurn(seen.turn) });
    const written = await object.write(
      seen,
      closedTurn(own, `the gate before side ${next} looks at its clients`),
      signal,
    );
    if (!written) return ['a turn that nobody else writes at the same moment'];
    return await whenClosed(written, signal);
  }

  async function whenClosed(seen: SeenTurn, signal: AbortSignal): Promise<readonly string[]> {
    hasClosed = true;
    if (!isHeld) tellHold(await budget.hold(signal), log);
    isHeld = true;
    return await spread(seen, signal);
  }

  async function open({ side, revision, reason }: WantedTurn, signal: AbortSignal): Promise<OpeningTurn> {
    if (!opened) {
      const seen = await object.read(signal);
      if (seen.turn.state !== 'closed' || seen.resourceVersion !== everywhere()) return lost(seen.turn);
      // Once more: a sync may have written what Git says, or an agent what it found.
      await budget.hold(signal);
      const until = endOf(seen, openSeconds);
      const by = await object.ownName(signal);
      isOpening = true;
      const spec = {
        ...{ open: side, until, by, reason: reason.slice(0, turnBounds.reason) },
        ...(revision !== undefined && { revision }),
      };
      const written = await object.write(seen, spec, signal);
      if (!written) return lost(undefined);
      opened = { seen: written, until };
      log.info('turn-open', { side, until, ...(revision !== undefined && { revision }) });
    }
    const { until, seen } = opened;
    const now = await object.read(signal);
    if (now.resourceVersion !== seen.resourceVersion) return lost(now.turn);
    const obstacles = await spread(seen, signal);
    return obstacles.length === 0 ? { kind: 'open', until } : { kind: 'spreading', obstacles };
  }

  function lost(turn: TurnState | undefined): OpeningTurn {
    opened = undefined;
    const now = turn === undefined ? 'just been written by somebody else' : `become ${describeTurn(turn)}`;
    return { kind: 'lost', obstacles: [`a turn that stays as the gate wrote it: it has ${now}`] };
  }

  async function giveUp(): Promise<void> {
    const signal = AbortSignal.timeout(giveUpMs);
    try {
      if (isOpening) await closeOwn(signal);
      if (isHeld) await budget.release(signal);
    } catch (thrown) {
      // The agents do, when its time is over.
      log.error('turn-not-closed', { failure: describeFailure(thrown) });
    }
  }

  async function closeOwn(signal: AbortSignal): Promise<void> {
    const [seen, own] = [await object.read(signal), await object.ownName(signal)];
    if (!isOwn(seen.turn, own)) return;
    const written = await object.write(seen, closedTurn(own, `the gate before side ${next} did not pass`), signal);
    if (written) log.info('turn-closed', { was: describeTurn(seen.turn) });
  }

  function isOwn(turn: TurnState, own: string): boolean {
    return turn.state === 'open' && turn.open === next && turn.by === own;
  }
}

/** One that is not as generated is the user's; one that is not there orders nothing. */
function tellHold(hold: Awaited<ReturnType<BudgetObject['hold']>>, log: Log): void {
  if (hold !== 'held') log.warn('budget-not-held', { budget: hold });
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
