import type { TurnSpec, TurnState } from '@meshrs/contract';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { AgentFailure } from '../failure.ts';
import type { ApiServers } from '../turn/api-servers.ts';
import type { BudgetObject } from '../turn/budget-object.ts';
import type { SeenTurn, TurnObject } from '../turn/turn-object.ts';
import { createGateTurn } from './gate-turn.ts';

const failure = (code: AgentFailure['code']) =>
  new AgentFailure('It was not answered.', { code, operation: 'write', retryable: true });

/**
 * A turn in a store that takes its time to write one that opens: whoever does not wait for the answer does not know. `refusal`: it writes
 * none, and says so.
 */
function createStore({ lateMs = 0, refusal }: { lateMs?: number; refusal?: AgentFailure['code'] } = {}) {
  let version = 1;
  const history: TurnSpec[] = [{ open: 'none', by: 'sa', reason: 'before' }];
  const last = () => history.at(-1) ?? { open: 'none', by: 'sa' };
  const seen = (): SeenTurn => {
    const { until } = last();
    const turn = until === undefined ? { state: 'closed' } : { state: 'open', ...last() };
    return { turn: turn as TurnState, resourceVersion: String(version), dateMs: Date.now() };
  };
  const write = (before: SeenTurn, spec: TurnSpec): SeenTurn | undefined => {
    if (before.resourceVersion !== String(version)) return undefined;
    // As an API server does: a patch that changes nothing makes no version.
    if (JSON.stringify(spec) !== JSON.stringify(last())) version += 1;
    history.push(spec);
    return seen();
  };
  const object: TurnObject = {
    name: 'fleet.meshrr',
    ownName: () => Promise.resolve('sa'),
    read: () => Promise.resolve(seen()),
    write: (before, spec, signal) => {
      if (spec.until === undefined) return Promise.resolve(write(before, spec));
      if (refusal !== undefined) return Promise.reject(failure(refusal));
      return new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => {
          reject(failure('api-timeout'));
        });
        setTimeout(() => {
          resolve(write(before, spec));
        }, lateMs);
      });
    },
  };
  let isHeld = false;
  const hold = { at: 'now' };
  const budget = {
    hold: () => {
      isHeld = true;
      return Promise.resolve({ kind: 'held', hold, before: hold });
    },
    release: () => {
      isHeld = false;
      return Promise.resolve();
    },
  } as unknown as BudgetObject;
  const servers = {
    askAll: () =>
      Promise.resolve({
        anyServer: { kind: 'holds', resourceVersion: String(version) },
        servers: { kind: 'known', copies: [] },
      }),
  } as unknown as ApiServers;
  const turn = createGateTurn({
    ...{ object, budget, servers, next: 'a', openSeconds: 600, takesOver: true, mustHold: true, sharesName: false },
    ...{ who: 'the gate before side a', clock: { monotonicMs: () => performance.now() } },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  });
  return { turn, history, now: () => ({ state: seen().turn.state, isHeld }) };
}

const wanted = { side: 'a', revision: undefined, reason: 'a test', isFresh: () => true };

/** Opens, and is asked to end before the answer. */
async function endWhileItOpens(store: ReturnType<typeof createStore>, afterMs: number) {
  expect(await store.turn.close(AbortSignal.timeout(5000))).toEqual([]);
  await expect(store.turn.open(wanted, AbortSignal.timeout(afterMs))).rejects.toThrow('It was not answered.');
  return await store.turn.giveUp();
}

it('leaves nothing open whose writing was under way when it gave up', async () => {
  const store = createStore({ lateMs: 300 });
  expect(await endWhileItOpens(store, 50)).toEqual({ kind: 'done', closed: false });
  await sleep(500);
  expect(store.now()).toEqual({ state: 'closed', isHeld: false });
  // The next one, too, though it says the same.
  expect(await endWhileItOpens(store, 50)).toEqual({ kind: 'done', closed: false });
  await sleep(500);
  expect(store.now()).toEqual({ state: 'closed', isHeld: false });
});

it('closes what came to be without an answer before it gave up', async () => {
  const store = createStore({ lateMs: 100 });
  expect(await store.turn.close(AbortSignal.timeout(5000))).toEqual([]);
  await expect(store.turn.open(wanted, AbortSignal.timeout(50))).rejects.toThrow('It was not answered.');
  await sleep(200);
  expect(store.now().state).toBe('open');
  expect(await store.turn.giveUp()).toEqual({ kind: 'done', closed: true });
  expect(store.now()).toEqual({ state: 'closed', isHeld: false });
});

it.each(['api-forbidden', 'api-unauthorized', 'api-not-found'] as const)(
  'writes nothing where its opening was refused: %s',
  async (refusal) => {
    const store = createStore({ refusal });
    expect(await endWhileItOpens(store, 5000)).toEqual({ kind: 'done', closed: false });
    expect(store.history).toHaveLength(1);
  },
);

it('writes nothing where it has opened nothing', async () => {
  const store = createStore();
  expect(await store.turn.close(AbortSignal.timeout(5000))).toEqual([]);
  expect(await store.turn.giveUp()).toEqual({ kind: 'done', closed: false });
  expect(store.history).toHaveLength(1);
});
