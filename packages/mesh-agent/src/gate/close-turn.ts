import type { BudgetIntent } from '@meshrs/contract';
import { createPause, hasAborted } from '../async/pause.ts';
import type { AgentFailure } from '../failure.ts';
import { reachApi } from './reach-api.ts';
import { writeTerminationMessage } from './termination-log.ts';
import type { AgentPaths } from '../paths.ts';
import { budgetRights, createBudgetObject } from '../turn/budget-object.ts';
import { createTurnObject, turnRights } from '../turn/turn-object.ts';
import { createTurnRecord } from '../turn/turn-record.ts';
import { afterClosingMs } from '../turn/after-closing.ts';
import { tryToClose } from './try-to-close.ts';

export interface ClosingSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly stopSignal: Promise<void>;
  /** How long after the closing evictions go on; left out: `afterClosingMs`. */
  readonly settleMs?: number;
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
  { env, out, err, stopSignal, settleMs = afterClosingMs }: ClosingSurroundings,
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
  const settle = (signal: AbortSignal) => createPause().wait(settleMs, signal);
  let why = 'it was asked to end';
  try {
    while (!ending.aborted) {
      const closing = await tryToClose({ object, budget, takesOver, tellHoldNotKnown, settle }, ending);
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

/** Once, for as many tries as there are. */
function createNotKnown(err: (text: string) => void): (failure: AgentFailure) => void {
  let isTold = false;
  return ({ message }) => {
    if (isTold) return;
    isTold = true;
    err(`Nobody knows how the disruption budget is held, so that an agent gives it back later: ${message}\n`);
  };
}
