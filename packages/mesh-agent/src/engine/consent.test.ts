import type { EngineChange } from '@meshrs/contract';
import { address } from '@meshrs/network/test-data';
import { describe, expect, it } from 'vitest';
import { createApplyAnswers, pinningIn, withAdditions, type Decided } from './consent.ts';
import type { PendingChange } from './mesh-engine.ts';

const [evicted, pinned, other] = [address('192.0.2.1'), address('192.0.2.2'), address('192.0.2.3')];
const nothingClosed: Decided = {
  isClosed: () => false,
  isEvicted: (at) => at === evicted,
  isPinned: (at) => at === pinned,
  isTakenUp: () => false,
};

function change(kind: EngineChange['kind'], ...clients: readonly ReturnType<typeof address>[]): PendingChange {
  const [subject] = clients;
  return { key: kind, change: { kind, resets: 'neighbor', ...(subject && { subject }) }, clients };
}

describe('a change that ends sessions', () => {
  const pinning = change('neighbor-added', pinned);
  it.each<[string, PendingChange, { readonly alone: boolean; readonly asked?: boolean }]>([
    ['of who is evicted goes', change('neighbor-changed', evicted), { alone: true }],
    [
      'of who is evicted, and of another one, is asked about',
      change('group-changed', evicted, other),
      { alone: false, asked: true },
    ],
    ['of a client is asked about', change('neighbor-removed', other), { alone: false, asked: true }],
    ['of a pinned client is asked about', change('neighbor-removed', pinned), { alone: false, asked: true }],
    ['to pin a client goes never', pinning, { alone: false, asked: false }],
    ['of a client that is declared is asked about', change('neighbor-added', other), { alone: false, asked: true }],
    ['of nobody goes', change('group-changed'), { alone: true }],
  ])('%s', (_, each, { alone, asked }) => {
    expect(withAdditions(undefined, nothingClosed).mayEnd(each)).toBe(alone);
    const seen: PendingChange[] = [];
    const mayEnd = (one: PendingChange) => {
      seen.push(one);
      return true;
    };
    const consent = withAdditions({ mayEnd, onDecided: () => undefined }, nothingClosed);
    expect(consent.mayEnd(each)).toBe(alone || asked);
    expect(seen).toEqual(asked ? [each] : []);
    const refusing = withAdditions({ mayEnd: () => false, onDecided: () => undefined }, nothingClosed);
    expect(refusing.mayEnd(each)).toBe(alone);
    expect(withAdditions(undefined, { ...nothingClosed, isClosed: () => true }).mayEnd(each)).toBe(true);
  });

  it('to pin a client that comes back again and again goes, and of that client alone', () => {
    const decided: Decided = { ...nothingClosed, isTakenUp: (at) => at === pinned || at === other };
    expect(withAdditions(undefined, decided).mayEnd(pinning)).toBe(true);
    expect(withAdditions(undefined, decided).mayEnd(change('group-changed', pinned))).toBe(false);
    expect(withAdditions(undefined, decided).mayEnd(change('neighbor-added', pinned, evicted))).toBe(false);
  });

  it('is told as one that waits, but for pins: a look makes them later', () => {
    let told: readonly PendingChange[] = [];
    const onDecided = (left: readonly PendingChange[]) => {
      told = left;
    };
    const removed = change('neighbor-removed', pinned);
    withAdditions({ mayEnd: () => false, onDecided }, nothingClosed).onDecided([pinning, removed]);
    expect(told).toEqual([removed]);
    expect(pinningIn([pinning, removed, change('neighbor-added', other)], nothingClosed.isPinned)).toEqual([pinned]);
  });
});

describe('the answers of an apply', () => {
  const [removed, changed] = [change('neighbor-removed', other), change('group-changed', other, pinned)];
  it('count for any change of that client, for ten seconds, and for nobody else', () => {
    const world = { now: 0, may: true, asked: 0 };
    const { ask, askAgain } = createApplyAnswers(
      () => {
        world.asked += 1;
        return world.may;
      },
      () => world.now,
    );
    expect(ask(removed)).toBe(true);
    world.may = false;
    world.now = 9999;
    expect([askAgain(removed), askAgain(change('group-changed', other)), world.asked]).toEqual([true, true, 1]);
    expect([askAgain(changed), world.asked]).toEqual([false, 2]);
    world.now = 10_000;
    expect([askAgain(removed), world.asked]).toEqual([false, 3]);
    world.may = true;
    expect([askAgain(removed), askAgain(removed), world.asked]).toEqual([true, true, 4]);
  });
});
