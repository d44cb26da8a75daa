import { closedTurn, turnBounds } from '@meshrs/contract';
import { describeTurn } from '@meshrs/gate';
import { hasAborted } from '../async/pause.ts';
import { AgentFailure } from '../failure.ts';
import { readHoldOrNot, type BudgetHold, type BudgetObject, type BudgetRoom } from '../turn/budget-object.ts';
import type { SeenTurn, TurnObject } from '../turn/turn-object.ts';

export type Closing =
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

export interface ToClose {
  readonly object: Pick<TurnObject, 'name' | 'read' | 'write' | 'ownName'>;
  readonly budget: Pick<BudgetObject, 'readHold' | 'release' | 'readRoom'>;
  readonly takesOver: boolean;
  readonly tellHoldNotKnown: (failure: AgentFailure) => void;
  /** Resolves when what was changed before the closing has had its effect, or the signal aborts. */
  readonly settle: (signal: AbortSignal) => Promise<void>;
}

/** One try to close what is open, and to let evictions go on that were held back for it. */
export async function tryToClose(
  { object, budget, takesOver, tellHoldNotKnown, settle }: ToClose,
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
    if (seen.turn.state === 'closed') return await whenClosed({ object, budget, settle }, { seen, hold }, signal);
    if (seen.turn.state === 'unknown') return { kind: 'not-yet', why: `it is ${now}` };
    const own = await object.ownName(signal);
    // At the end of a sync a person who opened it meanwhile has work in hand, and a time.
    if (!takesOver && seen.turn.by !== own) return { kind: 'done', word: `Turn ${object.name} is left: it is ${now}.` };
    const written = await object.write(seen, closedTurn(own, takesOver ? 'a sync begins' : 'its sync is over'), signal);
    if (!written) return writtenByOthers;
    const isBack = await giveBack({ budget, settle }, hold, signal);
    return { kind: 'done', word: `Turn ${object.name} was ${now}; it is closed.${isBack ? '' : ` ${givenBackLater}`}` };
  } catch (thrown) {
    if (!(thrown instanceof AgentFailure)) throw thrown;
    return { kind: 'not-yet', why: thrown.message };
  }
}

/**
 * Nobody has held the budget for a turn that is closed, unless he is about to open it: then it is written first, so that he finds
 * another one, looks again, and holds the budget anew. It was closed when nobody has written it until the end.
 */
async function whenClosed(
  { object, budget, settle }: Pick<ToClose, 'object' | 'budget' | 'settle'>,
  { seen, hold }: { readonly seen: SeenTurn; readonly hold: BudgetHold | undefined },
  signal: AbortSignal,
): Promise<Closing> {
  const alreadyClosed = { kind: 'done', word: `Turn ${object.name} was closed already.` } as const;
  const stays = hold?.at === undefined ? seen : await closeAnew(object, { seen, heldAt: hold.at }, signal);
  if (!stays) return writtenByOthers;
  if (!(await giveBack({ budget, settle }, hold, signal)))
    return { kind: 'done', word: `${alreadyClosed.word} ${givenBackLater}` };
  const { resourceVersion } = await object.read(signal);
  return resourceVersion === stays.resourceVersion ? alreadyClosed : writtenByOthers;
}

/** Whether evictions go on, as far as this closing has to do with it. */
async function giveBack(
  { budget, settle }: Pick<ToClose, 'budget' | 'settle'>,
  hold: BudgetHold | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  if (!hold) return true;
  // One that nobody holds has nothing to wait for.
  if (hold.at !== undefined) await settle(signal);
  if (hasAborted(signal)) return false;
  await budget.release(hold, signal);
  return true;
}

const givenBackLater =
  'Evictions wait until an agent gives the disruption budget back, since this was asked to end before it could.';

const writtenByOthers = { kind: 'not-yet', why: 'somebody else wrote it at the same moment' } as const;

/** The reason names the hold: the API server makes no new version of an object that stays the same. */
async function closeAnew(
  object: ToClose['object'],
  { seen, heldAt }: { readonly seen: SeenTurn; readonly heldAt: string },
  signal: AbortSignal,
): Promise<SeenTurn | undefined> {
  const why = `nothing was open, and evictions go on, which a gate held back (${heldAt})`;
  return await object.write(seen, closedTurn(await object.ownName(signal), why.slice(0, turnBounds.reason)), signal);
}
