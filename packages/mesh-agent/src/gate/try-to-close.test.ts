import { closedTurn, type TurnSpec, type TurnState } from '@meshrs/contract';
import { describe, expect, it } from 'vitest';
import type { BudgetHold } from '../turn/budget-object.ts';
import type { SeenTurn } from '../turn/turn-object.ts';
import { tryToClose } from './try-to-close.ts';

/* The order of reads and writes against a gate that opens meanwhile; with a real API server: test/live/gate-turn.test.ts. */

const signal = new AbortController().signal;
const gate = 'system:serviceaccount:meshrr:gate';
const openFor = (side: string): TurnSpec => ({
  open: side,
  until: '2026-03-01T11:00:00.000Z',
  by: 'alice',
  reason: 'x',
});

/** A turn and a budget in store; `before` is called at each request, with its name. */
function world(start: TurnSpec, heldAt: string | undefined) {
  const store = { turn: start, version: 1, heldAt };
  let before: (request: string) => void = () => undefined;
  /** What was done, in its order. */
  const done: string[] = [];
  const request = async (name: string) => {
    await Promise.resolve();
    before(name);
    done.push(name);
  };
  const seen = (): SeenTurn => ({
    turn: (store.turn.open === 'none'
      ? { state: 'closed', by: store.turn.by }
      : { state: 'open', ...store.turn }) as TurnState,
    resourceVersion: String(store.version),
    dateMs: 0,
  });
  const write = (spec: TurnSpec) => {
    // As the API server: the same once more is no new version.
    if (JSON.stringify(spec) !== JSON.stringify(store.turn)) store.version += 1;
    store.turn = spec;
  };
  const object = {
    name: 'fleet',
    read: async () => {
      await request('read turn');
      return seen();
    },
    write: async ({ resourceVersion }: SeenTurn, spec: TurnSpec) => {
      await request('write turn');
      if (resourceVersion !== String(store.version)) return undefined;
      write(spec);
      return seen();
    },
    ownName: () => Promise.resolve(gate),
  };
  const budget = {
    readHold: async () => {
      await request('read budget');
      return { at: store.heldAt };
    },
    release: async ({ at }: BudgetHold) => {
      await request('release');
      if (store.heldAt !== at) return false;
      store.heldAt = undefined;
      return true;
    },
    readRoom: () => Promise.resolve(undefined),
  };
  return {
    store,
    done,
    close: (takesOver: boolean, ending = signal) =>
      tryToClose(
        { object, budget, takesOver, tellHoldNotKnown: () => undefined, settle: () => request('settle') },
        ending,
      ),
    /** It is asked to end at that request. */
    endAt: (at: string, stop: AbortController) => {
      before = (name) => {
        if (name === at) stop.abort();
      };
    },
    /** Another one opens, by the versions that it saw: it holds the budget, and then writes the turn. */
    gateThat: (...steps: readonly { readonly at: string; readonly does: 'holds' | 'opens' }[]) => {
      const left = [...steps];
      const versionSeen = store.version;
      before = (name) => {
        if (left[0]?.at !== name) return;
        const { does } = left.shift() ?? {};
        if (does === 'holds') store.heldAt = 'by the gate';
        else if (store.version === versionSeen) write(openFor('b'));
      };
    },
  };
}

describe('a turn that is closed', () => {
  it('was closed already, and what a gate that is gone has held is given back', async () => {
    for (const heldAt of [undefined, 'before']) {
      const { store, close } = world(closedTurn(gate, 'its sync is over'), heldAt);
      expect(await close(false)).toEqual({ kind: 'done', word: 'Turn fleet was closed already.' });
      expect(store).toMatchObject({ heldAt: undefined, turn: { open: 'none' } });
    }
  });

  it.each(['read turn', 'write turn', 'release'])(
    'is not said to be closed already where another one opens it at "%s"',
    async (at) => {
      for (const heldAt of [undefined, 'before']) {
        const { store, close, gateThat } = world(closedTurn(gate, 'x'), heldAt);
        if (heldAt === undefined && at === 'write turn') continue;
        gateThat({ at, does: 'opens' });
        const closing = await close(false);
        if (store.turn.open === 'none') expect(closing.kind).toBe('done');
        else expect(closing).not.toMatchObject({ word: 'Turn fleet was closed already.' });
      }
    },
  );

  const steps = ['read budget', 'read turn', 'write turn', 'release'];
  it.each(steps.flatMap((holds, index) => steps.slice(index).map((opens) => [holds, opens] as const)))(
    'is never open with a budget that was given back: a gate holds it at "%s" and opens at "%s"',
    async (holds, opens) => {
      for (const heldAt of ['by the gate', 'before', undefined]) {
        const { store, close, gateThat } = world(closedTurn(gate, 'x'), heldAt);
        gateThat({ at: holds, does: 'holds' }, { at: opens, does: 'opens' });
        const closing = await close(true);
        if (store.turn.open === 'b') expect(store.heldAt).toBe('by the gate');
        if (closing.kind === 'done') expect(store.turn.open).toBe('none');
      }
    },
  );
});

describe('a turn that is open', () => {
  it('is closed where it is a gate’s, or is taken over, and left to a person at the end of a sync', async () => {
    const ofGate = { ...openFor('b'), by: gate };
    for (const [turn, takesOver, isClosed] of [
      [ofGate, false, true],
      [openFor('b'), true, true],
      [openFor('b'), false, false],
    ] as const) {
      const { store, close } = world(turn, 'held');
      expect((await close(takesOver)).kind).toBe('done');
      expect([store.turn.open, store.heldAt]).toEqual(isClosed ? ['none', undefined] : ['b', 'held']);
    }
  });

  it('and was written meanwhile is looked at again', async () => {
    const { store, close, gateThat } = world(openFor('a'), 'held');
    gateThat({ at: 'write turn', does: 'opens' });
    expect(await close(true)).toMatchObject({ kind: 'not-yet' });
    expect(store.heldAt).toBe('held');
  });
});

describe('evictions after a closing', () => {
  const order = ['write turn', 'settle', 'release'];
  const ofOrder = (done: readonly string[]) => done.filter((name) => order.includes(name));
  const closedBefore = closedTurn(gate, 'x');

  it.each([
    ['a gate has opened for the last side', { ...openFor('b'), by: gate }, false],
    ['a person has opened', openFor('a'), true],
    ['is closed, and a gate that is gone held evictions back', closedBefore, false],
    ['is closed when a sync begins, and evictions are held back', closedBefore, true],
  ])('go on when what was changed before has had its effect: %s', async (_, turn, takesOver) => {
    const { store, close, done } = world(turn, 'held');
    expect(await close(takesOver)).toMatchObject({ kind: 'done' });
    expect(ofOrder(done)).toEqual(order);
    expect(store.heldAt).toBeUndefined();
  });

  it('do not wait where nobody holds them back', async () => {
    const { close, done } = world(closedBefore, undefined);
    await close(true);
    expect(done).not.toContain('settle');
  });

  it('are left to an agent where it is asked to end meanwhile, and the turn is closed all the same', async () => {
    for (const turn of [{ ...openFor('b'), by: gate }, closedBefore]) {
      const stop = new AbortController();
      const { store, close, endAt } = world(turn, 'held');
      endAt('settle', stop);
      expect(await close(false, stop.signal)).toMatchObject({
        kind: 'done',
        word: expect.stringContaining('Evictions wait until an agent') as string,
      });
      expect([store.turn.open, store.heldAt]).toEqual(['none', 'held']);
    }
  });

  it('are not let go again that another gate has held back meanwhile', async () => {
    const { store, close, gateThat } = world({ ...openFor('a'), by: gate }, 'held');
    gateThat({ at: 'settle', does: 'holds' });
    await close(false);
    expect(store.heldAt).toBe('by the gate');
  });
});
