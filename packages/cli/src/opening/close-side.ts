import { setTimeout as sleep } from 'node:timers/promises';
import { closedTurn, turnName } from '@meshrs/contract';
import { describeTurn } from '@meshrs/gate';
import { budgetIntent, gateAccount } from '@meshrs/manifests';
import {
  afterClosingMs,
  AgentFailure,
  createBudgetObject,
  createTurnObject,
  createTurnRecord,
  readHoldOrNot,
  type BudgetHold,
  type BudgetObject,
} from '@meshrs/mesh-agent/by-hand';
import { Failure } from '@meshrs/tools/failure';
import type { Topology } from '@meshrs/topology';
import type { ClusterApi } from '../status/cluster-api.ts';
import { createPersonClient } from './person-client.ts';
import { turnMissing } from './refusals.ts';

const closeMs = 30_000;

/**
 * Closes what another has left open: a terminal that was killed, a laptop that sleeps, a sync that was ended. That disturbs
 * nobody; a roll that has begun goes on.
 */
export async function closeSide(
  { reason, isForced }: { readonly reason: string; readonly isForced: boolean },
  {
    api,
    topology,
    say,
  }: { readonly api: ClusterApi; readonly topology: Topology; readonly say: (line: string) => void },
): Promise<void> {
  const signal = AbortSignal.timeout(closeMs);
  const { app, namespace } = topology.routeServers;
  const client = createPersonClient(api);
  const name = turnName(topology.routeServers);
  const record = createTurnRecord(client, name, {
    ...{ component: 'meshrs', type: 'Warning' },
    onFailure: ({ message }) => {
      say(`This is not in the list of Events: ${message}`);
    },
  });
  const object = createTurnObject(client, name, record);
  const budget = createBudgetObject(client, namespace, budgetIntent({ topology }));
  for (;;) {
    const seen = await object.read(signal);
    if (seen.resourceVersion === undefined) throw await turnMissing(client, name, api);
    const was = describeTurn(seen.turn);
    if (seen.turn.state === 'closed') {
      say(`Turn ${name} is closed already.`);
      return;
    }
    const isGates =
      seen.turn.state === 'open' && seen.turn.by === `system:serviceaccount:${namespace}:${gateAccount(app)}`;
    if (isGates && !isForced) {
      throw new Failure({
        code: 'turn-open',
        message: `The turn is ${was}. A sync is under way, and would fail.`,
        next: 'wait for its end; --force closes it all the same',
      });
    }
    let whyNot: string | undefined;
    const hold = await readHoldOrNot(budget, signal, ({ message }) => {
      whyNot = message;
    });
    if (!(await object.write(seen, closedTurn(await object.ownName(signal), reason), signal))) continue;
    // The turn is closed, whatever becomes of the budget.
    say(`Turn ${name} was ${was}; it is closed.`);
    if (hold?.at !== undefined) {
      say(`Evictions wait for ${String(afterClosingMs / 1000)} s more: a change of just now may still withdraw a VIP.`);
      await sleep(afterClosingMs);
    }
    if (hold) whyNot = await whyNotReleased(budget, hold, AbortSignal.timeout(closeMs));
    say(wordsOfBudget(whyNot));
    return;
  }
}

async function whyNotReleased(
  budget: BudgetObject,
  hold: BudgetHold,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    await budget.release(hold, signal);
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof AgentFailure)) throw thrown;
    return thrown.message;
  }
}

function wordsOfBudget(whyNot: string | undefined): string {
  return whyNot === undefined
    ? 'The disruption budget allows again what it should.'
    : `The disruption budget could not be given back (an agent does it when it has been held for longer than any gate looks): ${whyNot}`;
}
