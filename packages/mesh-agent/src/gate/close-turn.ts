import { closedTurn, type BudgetIntent } from '@meshrs/contract';
import { describeTurn } from '@meshrs/gate';
import { createPause, hasAborted } from '../async/pause.ts';
import { AgentFailure } from '../failure.ts';
import { reachApi } from './reach-api.ts';
import { writeTerminationMessage } from './termination-log.ts';
import type { AgentPaths } from '../paths.ts';
import {
  budgetRights,
  createBudgetObject,
  readHoldOrNot,
  type BudgetObject,
  type BudgetRoom,
} from '../turn/budget-object.ts';
import { createTurnObject, turnRights, type TurnObject } from '../turn/turn-object.ts';
import { createTurnRecord } from '../turn/turn-record.ts';

export interface ClosingSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly stopSignal: Promise<void>;
}

const tryForMs = 60_000;
const tryAgainMs = 1000;

/**
 * `mesh-agent close-turn`: closes what a gate opened, when its sync has come to its end. When the next one begins it takes over,
 * as its gates do: what a person opened is closed as well, since the wave after it writes the budget, which nobody may while a
 * side is open. Resolves with 0 when nothing is open that it has to close.
 */
export async function closeTurn(
  paths: AgentPaths,
  {
    name,
    budget: intent,
    takesOver,
  }: { readonly name: string; readonly budget: BudgetIntent; readonly takesOver: boolean },
  { env, out, err, stopSignal }: ClosingSurroundings,
): Promise<number> {
  const stop = new AbortController();
  void stopSignal.then(() => {
    stop.abort();
  });
  const ending = AbortSignal.any([stop.signal, AbortSignal.timeout(tryForMs)]);
  const { client, namespace } = await reachApi(paths, env, `${turnRights}; ${budgetRights}`);
  const budget = createBudgetObject(client, namespace, intent);
  const record = createTurnRecord(client, name, {
    ...{ component: 'meshrs-gate', type: 'Normal' },
    onFailure: ({ message }) => {
      err(`The closing is not in the list of Events: ${message}\n`);
    },
  });
  const object = createTurnObject(client, name, record);
  const tellHoldNotKnown = createNotKnown(err);
  let why = 'it was asked to end';
  try {
    while (!ending.aborted) {
      const closing = await tryToClose({ object, budget, takesOver, tellHoldNotKnown }, ending);
      if (closing.kind === 'done') {
        out(`${closing.word}\n`);
        await writeTerminationMessage(paths.terminationLog, closing.word);
        return 0;
      }
      if (closing.kind === 'refused') {
        err(`${closing.why}\n`);
        await writeTerminationMessage(paths.terminationLog, closing.why);
        return 1;
      }
      if (!hasAborted(ending)) why = closing.why;
      await createPause().wait(tryAgainMs, ending);
    }
  } finally {
    client.close();
  }
  const word = `Turn ${name} was not closed: ${why}. The next gate closes it, or an agent when its time is over.`;
  err(`${word}\n`);
  await writeTerminationMessage(paths.terminationLog, word);
  return 1;
}

type Closing =
  | { readonly kind: 'done'; readonly word: string }
  | { readonly kind: 'not-yet'; readonly why: string }
  /** Nothing was written, and another try would say the same. */
  | { readonly kind: 'refused'; readonly why: string };

function describeRoom({ wanted, running, evictable }: BudgetRoom): string {
  return (
    `This commit was not rolled out: its disruption budget (${wanted}) would let ${String(evictable)} of the ${String(running)} ` +
    'route servers that run now be evicted at once, of both sides perhaps. Take route servers away one side after the other, in ' +
    'commits of their own (docs/errors.md, budget-too-loose); what still runs is counted, also of before.'
  );
}

/** Once, for as many tries as there are. */
function createNotKnown(err: (text: string) => void): (failure: AgentFailure) => void {
  let isTold = false;
  return ({ message }) => {
    if (isTold) return;
    isTold = true;
    err(`Nobody knows how the disruption budget is held, so that an agent gives it back later: ${message}\n`);
  };
}

interface ToClose {
  readonly object: TurnObject;
  readonly budget: BudgetObject;
  readonly takesOver: boolean;
  readonly tellHoldNotKnown: (failure: AgentFailure) => void;
}

async function tryToClose(
  { object, budget, takesOver, tellHoldNotKnown }: ToClose,
  signal: AbortSignal,
): Promise<Closing> {
  try {
    // Before the turn: whoever opens it after this has held the budget anew.
    const hold = await readHoldOrNot(budget, signal, tellHoldNotKnown);
    const seen = await object.read(signal);
    const now = describeTurn(seen.turn);
    // What begins writes the budget of its commit next, and nothing else asks what it does to the pods that run.
    const room = takesOver ? await budget.readRoom(signal) : undefined;
    if (room !== undefined && room.evictable > 1) return { kind: 'refused', why: describeRoom(room) };
    if (seen.turn.state === 'closed') {
      if (hold) await budget.release(hold, signal);
      return { kind: 'done', word: `Turn ${object.name} was closed already.` };
    }
    if (seen.turn.state === 'unknown') return { kind: 'not-yet', why: `it is ${now}` };
    const own = await object.ownName(signal);
    // At the end of a sync a person who opened it meanwhile has work in hand, and a time.
    if (!takesOver && seen.turn.by !== own) return { kind: 'done', word: `Turn ${object.name} is left: it is ${now}.` };
    const written = await object.write(seen, closedTurn(own, takesOver ? 'a sync begins' : 'its sync is over'), signal);
    if (written && hold) await budget.release(hold, signal);
    return written
      ? { kind: 'done', word: `Turn ${object.name} was ${now}; it is closed.` }
      : { kind: 'not-yet', why: 'somebody else wrote it at the same moment' };
  } catch (thrown) {
    if (!(thrown instanceof AgentFailure)) throw thrown;
    return { kind: 'not-yet', why: thrown.message };
  }
}
